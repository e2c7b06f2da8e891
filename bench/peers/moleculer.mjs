/** Moleculer 0.14: a broker here and one in each worker thread, over its own TCP transporter, no discovery. */
import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { ServiceBroker } from "moleculer";
import { runAlone } from "./alone.mjs";

export function moleculer() {
  /** @type {ServiceBroker} */
  let broker;
  /** @type {Worker[]} */
  let workers = [];
  return {
    name: "moleculer over TCP",
    async start(count) {
      const ports = await freePorts(count + 1);
      const urls = ports.map((port, i) => `127.0.0.1:${port}/node-${i}`);
      broker = new ServiceBroker(brokerOptions(0, ports, urls));
      await broker.start();
      workers = ports.slice(1).map(
        (_, i) =>
          new Worker(new URL("./workers/moleculer-echo.mjs", import.meta.url), {
            workerData: brokerOptions(i + 1, ports, urls),
          }),
      );
      await Promise.all(workers.map(worker => new Promise(resolve => worker.once("message", resolve))));
      await broker.waitForServices("echo");
      while (broker.registry.actions.get("echo.echo").endpoints.length < count) {
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    },
    request: body => broker.call("echo.echo", { body }),
    async stop() {
      await Promise.all(workers.map(worker => worker.terminate()));
      await broker.stop();
    },
  };
}

function brokerOptions(i, ports, urls) {
  return {
    nodeID: `node-${i}`,
    logger: false,
    transporter: { type: "TCP", options: { udpDiscovery: false, port: ports[i], urls } },
  };
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise(resolve => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map(server => server.address().port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

await runAlone(import.meta.url, moleculer());
