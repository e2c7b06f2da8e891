/**
 * One worker asks other workers, by hand, in two ways: relayed, where every message passes through the main thread, and
 * direct, where the main thread only handed a MessagePort to both, and stays out of it.
 */

import { pathToFileURL } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";

export const rawRelayed = () => between("relayed", relay);
export const rawDirect = () => between("direct port", introduce);

function between(name, connect) {
  /** @type {Worker} */
  let client;
  /** @type {Worker[]} */
  let servers = [];
  return {
    name: `raw, ${name}`,
    async start(count) {
      const worker = file => new Worker(new URL(file, import.meta.url));
      servers = Array.from({ length: count }, () => worker("./workers/raw-server.mjs"));
      client = worker("./workers/raw-client.mjs");
      connect(client, servers);
    },
    /** Has the client keep so many requests in flight for a while; answers per second, as it counted them. */
    answersPerSecond(load) {
      return new Promise((resolve, reject) => {
        client.once("error", reject);
        client.on("message", function listen(message) {
          if (message.perSecond === undefined) return;
          client.off("message", listen);
          client.off("error", reject);
          resolve(message.perSecond);
        });
        client.postMessage({ load });
      });
    },
    async stop() {
      await Promise.all([client, ...servers].map(worker => worker.terminate()));
    },
  };
}

/** The main thread passes each message on, one post each, and each answer back. */
function relay(client, servers) {
  client.on("message", ({ id, body }) => {
    if (id !== undefined) servers[Math.floor(Math.random() * servers.length)].postMessage({ id, body });
  });
  for (const server of servers) server.on("message", answer => client.postMessage(answer));
}

/** A channel between the client and each server; after this the main thread is not needed. */
function introduce(client, servers) {
  const ports = servers.map(server => {
    const { port1, port2 } = new MessageChannel();
    server.postMessage({ port: port1 }, [port1]);
    return port2;
  });
  client.postMessage({ ports }, ports);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const peer of [rawRelayed(), rawDirect()]) {
    await peer.start(4);
    await peer.answersPerSecond({ inFlight: 1024, ms: 500 });
    const perSecond = await peer.answersPerSecond({ inFlight: 1024, ms: 1000 });
    console.log(`${peer.name}: 1 worker asks 4, 1,024 in flight: ${Math.round(perSecond / 1000)} k/s`);
    await peer.stop();
  }
}
