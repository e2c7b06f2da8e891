/** Opens and closes a file for a while, in a container or in a thread by hand, and replies with how often in a second. */
import { closeSync, openSync, writeFileSync } from "node:fs";
import { isMainThread, parentPort } from "node:worker_threads";

export function opensPerSecond(path, ms) {
  const began = performance.now();
  let count = 0;
  let now = began;
  while (now < began + ms) {
    for (let i = 0; i < 100; i++) closeSync(openSync(path, "r"));
    count += 100;
    now = performance.now();
  }
  return (count * 1_000) / (now - began);
}

export async function fileOpener({ inbox }) {
  for await (const message of inbox) {
    const { path, ms } = message.body;
    writeFileSync(path, "text");
    message.reply(opensPerSecond(path, ms));
  }
}

// By hand: in a thread of its own, which is not a container's.
if (!isMainThread && process.env.K4S_BENCH_BY_HAND)
  parentPort.on("message", ({ path, ms }) => parentPort.postMessage(opensPerSecond(path, ms)));
