/** From nothing to the first answer with one raw Worker. Prints how many milliseconds it took from the first line. */
const began = performance.now();
const { Worker } = await import("node:worker_threads");
const worker = new Worker(new URL("../peers/workers/raw-echo.mjs", import.meta.url));
const answer = await new Promise(resolve => {
  worker.on("message", resolve);
  worker.postMessage({ id: 1, body: { n: 1 } });
});
if (answer.body.n !== 1) throw new Error(`The answer was ${JSON.stringify(answer)}.`);
console.log(performance.now() - began);
await worker.terminate();
