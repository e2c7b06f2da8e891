/**
 * A container is a program of its own, also where it is a thread, or a child process that Node's IPC leads to: what Node would
 * tell such a program of itself is told here, and what it sends to itself stays with it.
 */
import { syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";
import threads from "node:worker_threads";

/**
 * For a thread: what has its own process id as the target is delivered in the thread, and does there what it does to a process:
 * its listeners are told, or it ends with 128 and the signal's number. Without this the signal would end the whole program.
 */
export function keepSignals(): void {
  const { kill, pid, reallyExit } = process as typeof process & { reallyExit(code: number): never };
  const leave = reallyExit.bind(process);
  const { apply } = Reflect;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  const own = (target: unknown, signal: string | number = "SIGTERM"): true => {
    const number = typeof signal === "string" ? numbers[signal] : signal;
    const toItself = target === 0 || Math.abs(Number(target)) === pid;
    const isSignal = number !== undefined && Number.isInteger(number) && number > 0 && number <= 64;
    // Node refuses what is no signal; 0 only asks whether there is such a process.
    if (!toItself || !isSignal) return apply(kill, process, [target, signal]) as true;
    const name = Object.keys(numbers).find(name => numbers[name] === number) ?? "";
    if (name === "SIGKILL") leave(128 + number);
    setImmediate(() => {
      if (process.listenerCount(name) > 0) apply(process.emit, process, [name, name, number]);
      else if (!harmless.has(name)) leave(128 + number);
    });
    return true;
  };
  Object.defineProperty(process, "kill", {
    value: own,
    configurable: true,
    enumerable: true,
    writable: true,
  });
}

/** What Node or the system ignores where nothing listens, and what stops a process, which a thread cannot be. */
const harmless = new Set([
  ...["SIGCHLD", "SIGCONT", "SIGPIPE", "SIGURG", "SIGUSR1", "SIGWINCH"],
  ...["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"],
]);

/** For a thread: to the program it is the main thread. So many programs ask whether they are, to start threads of themselves. */
export function beMainThread(): void {
  Object.assign(threads, { isMainThread: true, parentPort: null, workerData: null });
  syncBuiltinESMExports();
}

/**
 * For a child process: that it is one, and with what options, is no business of the program's, which would take itself for one
 * that was forked by a program of its own kind. (`process.channel` stays: Node's own code looks there.)
 * @param end what leaving the channel means
 */
export function hideIpc(end: () => void): void {
  for (const name of ["connected", "send"]) {
    Object.defineProperty(process, name, { value: undefined, configurable: true, writable: true });
  }
  Object.defineProperty(process, "disconnect", { value: end, configurable: true, writable: true });
  process.execArgv = [];
}

/** For a child process: listens to its IPC, also once the program has removed all listeners of `process`. */
export function keepListening(event: "message" | "disconnect", listener: (value: unknown) => void): void {
  const { removeAllListeners } = process;
  process.on(event, listener);
  const value = (...names: string[]) => {
    Reflect.apply(removeAllListeners, process, names);
    if (!process.listeners(event as "disconnect").includes(listener as () => void))
      process.on(event, listener);
    return process;
  };
  Object.defineProperty(process, "removeAllListeners", { value, configurable: true, writable: true });
}
