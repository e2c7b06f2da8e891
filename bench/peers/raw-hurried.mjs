/** A raw worker that is posted to faster than it can follow; nothing holds the sender back. */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { smallBody } from "../workers/load.mjs";

export function rawHurried() {
  const handled = new Int32Array(new SharedArrayBuffer(4));
  /** @type {Worker} */
  let worker;
  return {
    name: "raw postMessage",
    async start() {
      worker = new Worker(new URL("./workers/raw-sluggish.mjs", import.meta.url), { workerData: handled });
      await new Promise(resolve => worker.once("online", resolve));
    },
    /** Posts for so long, then says how many still lie in memory; waits for a while so that they become fewer. */
    async buffered(ms) {
      const before = Atomics.load(handled, 0);
      let posted = 0;
      for (const end = performance.now() + ms; performance.now() < end; ) {
        for (let n = 0; n < 64; n++) worker.postMessage({ body: smallBody(posted++) });
        await new Promise(setImmediate);
      }
      return posted - (Atomics.load(handled, 0) - before);
    },
    async stop() {
      await worker.terminate();
    },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const peer = rawHurried();
  await peer.start();
  console.log(
    `raw postMessage to a slow worker: ${await peer.buffered(500)} messages in memory after half a second`,
  );
  await peer.stop();
}
