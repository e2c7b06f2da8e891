/** A broker of its own in this thread, with one service. */
import { parentPort, workerData } from "node:worker_threads";
import { ServiceBroker } from "moleculer";

const broker = new ServiceBroker(workerData);
broker.createService({ name: "echo", actions: { echo: context => context.params.body } });
await broker.start();
parentPort.postMessage("started");
