/**
 * Keeps the way out of a thread open. When nobody catches an error in a worker thread, Node calls process.exit and
 * process._fatalException as it finds them there; if a worker has put something in their place that throws, not its thread
 * but the whole program dies, and the cluster with it. So the one cannot be replaced, and the other ends the thread even
 * if what replaced it throws.
 */
import { MessagePort } from "node:worker_threads";

export function keepWayOut(): void {
  const exit = process.exit.bind(process);
  let replaced: unknown = exit;
  Object.defineProperty(process, "exit", {
    configurable: false,
    enumerable: true,
    get: () => replaced,
    set(replacement: unknown) {
      replaced = (...args: unknown[]) => {
        try {
          return (replacement as typeof exit)(...(args as Parameters<typeof exit>));
        } catch {
          return exit(1);
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
