/** What comlink exposes of this thread. */
import { parentPort } from "node:worker_threads";
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";

expose({ echo: body => body }, nodeEndpoint(parentPort));
