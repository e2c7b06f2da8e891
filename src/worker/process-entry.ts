/**
 * The bootstrap of a child process that runs one container, bundled into one CommonJS file like the thread's. Its output
 * goes through pipes, its line and the data plane through a tunnel in the IPC channel.
 */
import { type Ipc, Tunnel } from "../messages/index.ts";
import { startGuard } from "./guard.ts";
import { Run } from "./run.ts";
import { offerWorkerSide } from "./worker-side.ts";

// The limit of its memory comes as the only argument: the guard is to be there before anything foreign is.
startGuard(Number(process.argv[2] ?? Number.POSITIVE_INFINITY));

// In a child process `send` and `channel` are there, though their types leave it open.
const { line } = new Tunnel(process as unknown as Ipc, "child");

// Taken here, before foreign code may replace them.
const { cpuUsage, memoryUsage } = process;

offerWorkerSide();
new Run({
  line,
  exit: process.exit.bind(process),
  prepare({ code, args }, uncaught, ending) {
    process.argv = [process.execPath, code.filename, ...args];
    process.on("exit", ending);
    process.on("uncaughtExceptionMonitor", uncaught);
  },
  usage() {
    const { user, system } = cpuUsage();
    return { cpuMs: (user + system) / 1_000, memoryBytes: memoryUsage().rss };
  },
  letEnd: () => line.unref(),
});
// The program that runs the cluster is gone: nobody is left to answer to.
process.on("disconnect", () => process.exit(137));
