/** Comlink: a proxy over each worker; the caller chooses which, here at random. */
import { Worker } from "node:worker_threads";
import { wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { runAlone } from "./alone.mjs";

export function comlink() {
  /** @type {Worker[]} */
  let workers = [];
  let proxies = [];
  return {
    name: "comlink",
    async start(count) {
      workers = Array.from(
        { length: count },
        () => new Worker(new URL("./workers/comlink-echo.mjs", import.meta.url)),
      );
      proxies = workers.map(worker => {
        worker.setMaxListeners(0); // Comlink adds a listener for each call in flight.
        return wrap(nodeEndpoint(worker));
      });
      await Promise.all(proxies.map(proxy => proxy.echo(0)));
    },
    request: body => proxies[Math.floor(Math.random() * proxies.length)].echo(body),
    async stop() {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

await runAlone(import.meta.url, comlink());
