/**
 * The child processes that a thread starts are those of the whole program, and would outlive the thread: Node ends none of them.
 * So the node is told of each, before the call that starts it returns, and ends those that are left when the thread is gone.
 * One that is started as `detached` is meant to stay.
 */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

/** What Node calls to start a child, once it is made; its types have not this. */
interface Startable extends ChildProcess {
  spawn(options: SpawnOptions): unknown;
}

/** @param tell called with the process id, and whether the child has ended */
export function tellOfChildren(tell: (pid: number, hasEnded: boolean) => void): void {
  subscribe("child_process", message => {
    const child = (message as { process: Startable }).process;
    const { spawn } = child;
    child.spawn = options => {
      const result = Reflect.apply(spawn, child, [options]);
      const { pid } = child;
      if (pid !== undefined && !options.detached) {
        tell(pid, false);
        child.once("exit", () => tell(pid, true));
      }
      return result;
    };
  });
}
