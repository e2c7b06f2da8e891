/**
 * The bootstrap of a child process that runs one container, bundled into one CommonJS file like the thread's. Its output
 * goes through pipes, orders, reports and the data plane through a tunnel: down in the IPC channel, up in a pipe of its own.
 */
import { Tunnel } from "../messages/index.ts";
import { endGroup, startGuard } from "./guard.ts";
import { hideIpc, keepListening } from "./own-program.ts";
import { Run } from "./run.ts";
import { sendUpward } from "./upward-pipe.ts";
import { offerWorkerSide } from "./worker-side.ts";

// The limit of its memory comes as the only argument: the guard is to be there before anything foreign is.
startGuard(Number(process.argv[2] ?? Number.POSITIVE_INFINITY));

// Each write is done when it returns: nothing is lost at the end.
for (const stream of [process.stdout, process.stderr]) (stream as MaybeBlocking)._handle?.setBlocking?.(true);

// Taken here, before foreign code may replace them.
const { cpuUsage, memoryUsage } = process;
const { channel } = process;
hideIpc(endGroup);

const { line: port } = new Tunnel(
  {
    on: keepListening,
    send: sendUpward,
    channel,
    connected: true,
  },
  "child",
);

offerWorkerSide();
new Run({
  port,
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
  hold: isHeld => (isHeld ? port.ref() : port.unref()),
}).listen();
// The program that runs the cluster is gone, which else would end what was started here.
keepListening("disconnect", endGroup);

/** A pipe of Node's; its types have not this. */
interface MaybeBlocking {
  readonly _handle?: { setBlocking?(isBlocking: boolean): void };
}
