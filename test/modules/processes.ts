/** What a program finds of the process that it is: threads and children of its own, signals, how it was started. */
import type { Program } from "./program.ts";

export const processes: readonly Program[] = [
  {
    about: "a program that starts threads of itself",
    files: {
      "main.mjs": `import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
if (isMainThread) new Worker(new URL(import.meta.url), { workerData: 5 }).on("message", told => console.log(told, workerData, parentPort));
else parentPort.postMessage(["from a thread", workerData]);
`,
    },
  },
  {
    about: "a program that starts threads of itself, as CommonJS",
    files: {
      "main.cjs": `const { isMainThread, parentPort, Worker } = require("worker_threads");
if (isMainThread) new Worker(__filename).on("message", told => console.log(told)).on("exit", code => console.log(code));
else parentPort.postMessage("from a thread");
`,
    },
  },
  {
    about: "what its children inherit of it",
    files: {
      "main.mjs": `import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
const code = "console.log('out', process.argv[1])";
for (const stdio of ["inherit", ["inherit", "pipe", "ignore"], [0, 1, 2], ["ignore", process.stdout, process.stderr], undefined]) {
  const child = spawn(process.execPath, ["-e", code, JSON.stringify(stdio?.length)], { stdio });
  console.log(child.stdio.map(each => each === null), child.stdin === null, child.stdout === null, child.stderr === null);
  child.stdout?.on("data", bytes => console.log("piped", String(bytes)));
  console.log(await once(child, "close"));
}
console.log(await once(fork(fileURLToPath(new URL("child.mjs", import.meta.url))), "close"));
`,
      "child.mjs": "console.log('forked');",
    },
  },
  {
    about: "signals to itself that it listens for, or that do nothing",
    files: {
      "main.mjs": `process.on("SIGUSR2", (...all) => { console.log(all); process.exit(3); });
console.log(process.kill(process.pid, 0), process.kill(process.pid, "SIGWINCH"));
try { process.kill(process.pid, "SIGNONE"); } catch (error) { console.log(error.code); }
process.kill(process.pid, "SIGUSR2");
setInterval(() => {}, 1e6);
`,
    },
  },
  {
    about: "what it is told of how it was started, and exit codes that are none",
    files: {
      "main.cjs": `console.log(process.connected, process.channel, typeof process.send, typeof process.disconnect, process.execArgv);
console.log(["message", "disconnect"].map(event => process.listenerCount(event)), process.env.NODE_CHANNEL_FD);
process.on("message", () => {}); process.emit("disconnect"); process.emit("message", null);
for (const code of ["x", 1.5]) try { process.exit(code); } catch (error) { console.log(error.code); }
`,
    },
  },
];
