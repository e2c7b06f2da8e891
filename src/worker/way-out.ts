/**
 * Keeps the way out of a thread open. When nobody catches an error in a worker thread, Node calls process.exit and
 * process._fatalException as it finds them there; if a worker has put something in their place that throws, not its thread
 * but the whole program dies, and the cluster with it. So the one cannot be replaced, and the other ends the thread even
 * if what replaced it throws, or what Node's own needs (process.off, process.emit).
 */
import { MessagePort } from "node:worker_threads";

/** What Node has besides, and its types have not. */
interface Inner {
  /** True from the moment that the listeners for `exit` are told. */
  readonly _exiting?: boolean;
  reallyExit(code: number): never;
}

export function keepWayOut(): void {
  const inner = process as typeof process & Inner;
  const { exit, reallyExit } = inner;
  // Without an argument it is another exit than with `undefined`.
  const exitForSure = (...code: Parameters<typeof exit>): never => {
    const wasExiting = inner._exiting;
    try {
      return exit.apply(process, code);
    } catch (error) {
      // Of what a listener throws Node tells, and comes again.
      if (!wasExiting && inner._exiting) throw error;
      return reallyExit.call(process, 1);
    }
  };
  let current: typeof exit = exitForSure;
  Object.defineProperty(process, "exit", {
    configurable: false,
    enumerable: true,
    get: () => current,
    set(replacement: typeof exit) {
      current = (...code) => {
        try {
          return replacement(...code);
        } catch {
          return exitForSure(1);
        }
      };
    },
  });
  const fatal = (process as unknown as Record<string, unknown>)._fatalException;
  Object.defineProperty(process, "_fatalException", { value: fatal, writable: false, configurable: false });
}

/**
 * Hides the ports of a thread from the code that runs in it: Piscina's end of its own would take the program down for a
 * `null` that is posted to it. Returns what still finds them.
 */
export function hidePorts(): () => MessagePort[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles;
  const all = () => handles.call(process);
  const visible = () => all().filter(handle => !(handle instanceof MessagePort));
  Object.defineProperty(process, "_getActiveHandles", { value: visible });
  return () => all().filter(handle => handle instanceof MessagePort);
}
