/**
 * The bootstrap of a child process that runs one container, bundled into one CommonJS file like the thread's. Its output
 * goes through pipes, orders, reports and the data plane through a tunnel, in two pipes of its own.
 */
import { writeSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { setEnvironmentData } from "node:worker_threads";
import { Tunnel } from "../messages/index.ts";
import { endGroup, startGuard } from "./guard.ts";
import { filesKey, innerFilesOf } from "./inner-files.ts";
import { startWorkers } from "./inner-threads.ts";
import { type ChildrenOptions, leadChildren, placeVariable } from "./node-children.ts";
import { hideHandles } from "./own-program.ts";
import { pipesToParent } from "./pipes.ts";
import { placeOf, type Report } from "./protocol.ts";
import { Run } from "./run.ts";
import { leadSockets } from "./sockets/index.ts";
import { isTooLong, uncaughtText } from "./uncaught-text.ts";
import { offerWorkerSide } from "./worker-side.ts";

// The limit of its memory comes as the only argument: the guard is to be there before anything foreign is.
startGuard(Number(process.argv[2] ?? Number.POSITIVE_INFINITY));

// Each write is done when it returns: nothing is lost at the end.
for (const stream of [process.stdout, process.stderr]) (stream as MaybeBlocking)._handle?.setBlocking?.(true);

// Taken here, before foreign code may replace them.
const { cpuUsage, memoryUsage, hasUncaughtExceptionCaptureCallback: hasCapture } = process;
const exit = process.exit.bind(process);

const pipes = pipesToParent();
hideHandles((handle): handle is typeof pipes.channel => handle === pipes.channel);
const { first: port } = new Tunnel(pipes, "child");

offerWorkerSide();
const lead = leadSockets();
let children: ChildrenOptions | undefined;
leadChildren(() => children);
syncBuiltinESMExports();
new Run({
  port,
  isClusters: false,
  exit,
  lead,
  prepare(assignment, uncaught, ending) {
    const { code, execArgv, innerFile: file } = assignment;
    const place = placeOf(assignment);
    let isTold = false;
    const begins = () => {
      if (!isTold) port.postMessage({ type: "inner" } satisfies Report);
      isTold = true;
    };
    const files = innerFilesOf(assignment);
    children = { file, place, files, begins };
    setEnvironmentData(placeVariable, place);
    setEnvironmentData(filesKey, files);
    startWorkers({ always: ["--require", file], usual: code.loader === "node" ? [] : execArgv, begins });
    syncBuiltinESMExports();
    process.on("exit", ending);
    process.on("uncaughtExceptionMonitor", (error, origin) => {
      uncaught(error);
      const isCaught = process.listenerCount("uncaughtException") > 0 || hasCapture.call(process);
      if (isCaught || !isTooLong(error)) return;
      // Node would print it whole, which takes its length several times.
      writeSync(2, uncaughtText(error, origin === "unhandledRejection"));
      exit(1);
    });
  },
  usage() {
    const { user, system } = cpuUsage();
    return { cpuMs: (user + system) / 1_000, memoryBytes: memoryUsage().rss };
  },
  hold: isHeld => (isHeld ? port.ref() : port.unref()),
}).listen();
// The program that runs the cluster is gone, which else would end what was started here.
pipes.on("disconnect", endGroup);

/** A pipe of Node's; its types have not this. */
interface MaybeBlocking {
  readonly _handle?: { setBlocking?(isBlocking: boolean): void };
}
