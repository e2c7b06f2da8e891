/**
 * The child processes that a thread starts are those of the whole program: Node ends none of them with the thread, and what
 * they inherit of it are the files of the program. So each leads a process group of its own, and the node is told of it before
 * the call that starts it returns; the node ends the groups that are left when the thread is gone. And what a child inherits as
 * stdout and stderr leads to those of the container. One that is started as `detached` is meant to stay.
 */
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { Readable } from "node:stream";

/** As Node makes it; its types have not the first, and the others only to read. */
type Child = { spawn(options: SpawnOptions): unknown } & {
  -readonly [Key in keyof ChildProcess]: ChildProcess[Key];
} & { stdio: ChildProcess["stdio"][number][] };

/** Windows has no groups: there a detached process would have a window. */
const hasGroups = process.platform !== "win32";

/** @param tell called with the process id, and whether the child has ended */
export function tellOfChildren(tell: (pid: number, hasEnded: boolean) => void): void {
  subscribe("child_process", message => {
    const child = (message as { process: Child }).process;
    const { spawn } = child;
    child.spawn = options => {
      const { detached } = options;
      const entries = entriesOf(options.stdio);
      const stdio = entries.map(({ given, fd }) => (fd === undefined ? given : fd === 0 ? "ignore" : "pipe"));
      const result = Reflect.apply(spawn, child, [{ ...options, detached: detached || hasGroups, stdio }]);
      for (const [childFd, { fd }] of entries.entries()) if (fd !== undefined) leadOn(child, childFd, fd);
      const { pid } = child;
      if (pid !== undefined && !detached) {
        tell(pid, false);
        child.once("exit", () => tell(pid, true));
      }
      return result;
    };
  });
}

/** One entry of the option `stdio`: what becomes of the file descriptor of its index in the child. */
interface StdioEntry {
  readonly given: unknown;
  /** Which file of the program it would inherit: 0, 1 or 2. */
  readonly fd: number | undefined;
}

function entriesOf(stdio: SpawnOptions["stdio"] = "pipe"): StdioEntry[] {
  const all = typeof stdio === "string" ? [stdio, stdio, stdio] : stdio;
  return [...all].map((given: unknown, childFd) => {
    const ofStream = typeof given === "object" && given !== null && "fd" in given ? given.fd : given;
    const fd = given === "inherit" ? childFd : ofStream;
    return { given, fd: typeof fd === "number" && fd <= 2 ? fd : undefined };
  });
}

/** What comes out there goes where the thread prints. To the program there is no stream, as of what is inherited. */
function leadOn(child: Child, childFd: number, fd: number): void {
  const pipe = child.stdio[childFd];
  child.stdio[childFd] = null;
  if (childFd === 0) child.stdin = null;
  if (childFd === 1) child.stdout = null;
  if (childFd === 2) child.stderr = null;
  if (pipe instanceof Readable)
    pipe.on("data", bytes => process[fd === 1 ? "stdout" : "stderr"].write(bytes));
}
