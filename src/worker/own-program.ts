/**
 * A container is a program of its own, also where it is a thread: what Node would tell such a program of itself is told here, and
 * what it sends to itself stays with it.
 */
import { constants } from "node:os";
import threads from "node:worker_threads";

/** What a signal to the own process id does. */
export type TakeSignal = (name: string, number: number) => void;

/**
 * For a thread: what has its own process id as the target is given to `take`. Without this the signal would end the whole
 * program.
 */
export function keepSignals(take: TakeSignal): void {
  const { kill, pid } = process;
  const { apply } = Reflect;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  const own = (target: unknown, signal: string | number = "SIGTERM"): true => {
    const number = typeof signal === "string" ? numbers[signal] : signal;
    const toItself = target === 0 || Math.abs(Number(target)) === pid;
    const isSignal = number !== undefined && Number.isInteger(number) && number > 0 && number <= 64;
    // Node refuses what is no signal; 0 only asks whether there is such a process.
    if (!toItself || !isSignal) return apply(kill, process, [target, signal]);
    take(Object.keys(numbers).find(name => numbers[name] === number) ?? "", number);
    return true;
  };
  Object.defineProperty(process, "kill", {
    value: own,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** For the thread of a container. A signal does there what it does to a process: its listeners are told, or it ends. */
export function takeSignals(): TakeSignal {
  const { reallyExit } = process as typeof process & { reallyExit(code: number): never };
  const leave = reallyExit.bind(process);
  const { apply } = Reflect;
  return (name, number) => {
    if (name === "SIGKILL") leave(128 + number);
    setImmediate(() => {
      if (process.listenerCount(name) > 0) apply(process.emit, process, [name, name, number]);
      else if (!harmless.has(name)) leave(128 + number);
    });
  };
}

/** What Node or the system ignores where nothing listens, and what stops a process, which a thread cannot be. */
const harmless = new Set([
  "SIGCHLD",
  "SIGCONT",
  "SIGPIPE",
  "SIGURG",
  "SIGUSR1",
  "SIGWINCH",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
]);

/**
 * For a thread: to the program it is the main thread. So many programs ask whether they are, to start threads of themselves.
 * Takes effect for `import` with syncBuiltinESMExports.
 */
export function beMainThread(): void {
  Object.assign(threads, { isMainThread: true, parentPort: null, workerData: null });
}

/** For a thread: its stdin has the number that a program's has. */
export function numberStdin(): void {
  const given = Object.getOwnPropertyDescriptor(process, "stdin");
  const stdin = given?.get;
  if (!given || !stdin) return;
  Object.defineProperty(process, "stdin", {
    ...given,
    get: () => Object.assign(stdin.call(process), { fd: 0 }),
  });
}

/** Node has this, its types have not. */
interface WithHandles {
  _getActiveHandles(): unknown[];
}

/**
 * Hides what leads to the cluster from the code that runs here: closing it would cut the container off, and Piscina's end of a
 * port of its own would take the program down for a `null` that is posted to it. Returns what still finds it.
 */
export function hideHandles<Handle>(isOurs: (handle: unknown) => handle is Handle): () => Handle[] {
  const inner = process as typeof process & WithHandles;
  const all = inner._getActiveHandles.bind(process);
  Object.defineProperty(process, "_getActiveHandles", {
    value: () => all().filter(handle => !isOurs(handle)),
  });
  return () => all().filter(isOurs);
}
