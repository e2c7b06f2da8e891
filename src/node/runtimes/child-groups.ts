/**
 * The processes that the threads of a runtime have started and that have not ended, each the leader of a process group. What is
 * left when its thread ends is ended by the node (running-thread.ts). But a program that is killed, by Ctrl-C for one, runs
 * no code any more that could do it, and its children do not get the signal of the terminal: so, with the first of them, a
 * shell is started that reads which there are and ends them when its stdin ends. There is none on Windows, where they go on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { leadsGroup } from "./process-group.ts";

/** Each line that it reads has all process ids; the last whole one counts. */
const watch = `while read -r line; do all=$line; done; for pid in $all; do kill -s KILL -- "-$pid"; done`;

export class ChildGroups {
  readonly #pids = new Set<number>();
  #shell: ChildProcess | undefined;

  add(pid: number): void {
    this.#pids.add(pid);
    this.#tell();
  }

  delete(pid: number): void {
    if (this.#pids.delete(pid)) this.#tell();
  }

  /** Resolves when the shell is gone. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (shell?.pid === undefined || shell.exitCode !== null) return;
    shell.stdin?.end();
    await once(shell, "exit");
  }

  #tell(): void {
    if (!leadsGroup) return;
    this.#shell ??= startShell();
    this.#shell.stdin?.write(`${[...this.#pids].join(" ")}\n`);
  }
}

/** In a group of its own, so that it outlives the program; the program does not wait for it. */
function startShell(): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", watch], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    cwd: "/",
    env: {},
  });
  // Where the system has no shell, the children of a program that is killed go on.
  shell.on("error", () => {});
  shell.stdin?.on("error", () => {});
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return shell;
}
