/**
 * undici-thread-interceptor: HTTP requests that go to worker threads instead of a socket; JSON bodies, round robin.
 * It uses Promise.withResolvers and so needs Node 22; on Node 20 a request to it never ends.
 */
import { Worker } from "node:worker_threads";
import { Agent, request as httpRequest } from "undici";
import { createThreadInterceptor } from "undici-thread-interceptor";
import { runAlone } from "./alone.mjs";

export function undiciThreadInterceptor() {
  /** @type {Worker[]} */
  let workers = [];
  let interceptor;
  /** @type {Agent} */
  let agent;
  return {
    name: "undici-thread-interceptor",
    async start(count) {
      interceptor = createThreadInterceptor({ domain: ".local" });
      workers = Array.from(
        { length: count },
        () => new Worker(new URL("./workers/undici-echo.mjs", import.meta.url)),
      );
      for (const worker of workers) await interceptor.route("echo", worker);
      agent = new Agent().compose(interceptor);
    },
    async request(body) {
      const answer = await httpRequest("http://echo.local/", {
        dispatcher: agent,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return answer.body.json();
    },
    async stop() {
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

await runAlone(import.meta.url, undiciThreadInterceptor());
