/** Child processes and Node's own IPC: JSON over a pipe, an id on each message, a process chosen at random. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { runAlone } from "./alone.mjs";

export function childProcess() {
  /** @type {import("node:child_process").ChildProcess[]} */
  let children = [];
  const waiting = new Map();
  let lastId = 0;
  return {
    name: "child process IPC",
    async start(count) {
      const file = new URL("./workers/child-process-echo.mjs", import.meta.url);
      children = Array.from({ length: count }, () => fork(file, { execArgv: [] }));
      for (const child of children) {
        child.on("message", ({ id, body }) => {
          const resolve = waiting.get(id);
          waiting.delete(id);
          resolve?.(body);
        });
      }
      await Promise.all(children.map(child => once(child, "message")));
    },
    request(body) {
      return new Promise(resolve => {
        const id = ++lastId;
        waiting.set(id, resolve);
        children[Math.floor(Math.random() * children.length)].send({ id, body });
      });
    },
    async stop() {
      await Promise.all(
        children.map(async child => {
          child.disconnect();
          await once(child, "exit");
        }),
      );
    },
  };
}

await runAlone(import.meta.url, childProcess());
