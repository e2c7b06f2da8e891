/** threads.js: workers spawned one by one; the caller chooses one at random. Its pool runs one task a worker, slower. */
import { EventEmitter } from "node:events";
import { spawn, Thread, Worker } from "threads";
import { runAlone } from "./alone.mjs";

export function threadsJs() {
  let echoes = [];
  return {
    name: "threads.js",
    async start(count) {
      EventEmitter.defaultMaxListeners = 0; // threads.js adds a listener for each call in flight.
      echoes = await Promise.all(
        Array.from({ length: count }, () => spawn(new Worker("./workers/threads-js-echo.mjs"))),
      );
    },
    request: body => echoes[Math.floor(Math.random() * echoes.length)](body),
    async stop() {
      await Promise.all(echoes.map(echo => Thread.terminate(echo)));
    },
  };
}

await runAlone(import.meta.url, threadsJs());
