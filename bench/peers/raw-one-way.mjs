/**
 * Messages that nobody answers, by hand: posted one by one to workers chosen at random, counted where they arrive. The
 * main thread takes a turn of its event loop now and then, as a program must, but is not held back: what the workers
 * have not read yet waits in memory.
 */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { smallBody } from "../workers/load.mjs";

export function rawOneWay() {
  /** @type {Worker[]} */
  let workers = [];
  return {
    name: "raw postMessage",
    async start(count) {
      workers = Array.from(
        { length: count },
        () => new Worker(new URL("./workers/raw-counter.mjs", import.meta.url)),
      );
      await counted(workers);
    },
    /** Posts so many and returns how many per second the receivers had counted when the last had arrived. */
    async deliveredPerSecond(messages) {
      const before = await counted(workers);
      const began = performance.now();
      for (let n = 0; n < messages; n++) {
        workers[Math.floor(Math.random() * workers.length)].postMessage({ body: smallBody(n) });
        if (n % 1024 === 1023) await new Promise(setImmediate);
      }
      const arrived = (await counted(workers)) - before;
      if (arrived !== messages) throw new Error(`${messages} were sent, ${arrived} arrived.`);
      return (messages / (performance.now() - began)) * 1000;
    },
    async stop() {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

/** Asks every worker how many it has counted: the question queues up behind the messages. */
async function counted(workers) {
  const counts = workers.map(worker => {
    const answer = new Promise(resolve => worker.once("message", resolve));
    worker.postMessage({ body: "how many?" });
    return answer;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const peer = rawOneWay();
  await peer.start(4);
  await peer.deliveredPerSecond(100_000);
  console.log(
    `${peer.name}, one way, 4 workers: ${Math.round((await peer.deliveredPerSecond(300_000)) / 1000)} k/s`,
  );
  await peer.stop();
}
