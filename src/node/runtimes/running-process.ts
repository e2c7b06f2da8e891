/**
 * One container in one child process: started with its bootstrap, spoken to through pipes, over when all that it has written
 * has been read. It leads a process group of its own, which ends with it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { Readable, Writable } from "node:stream";
import { frameOf, type Ipc, readFrames, Tunnel } from "../../messages/index.ts";
import type { Clock } from "../../outside/index.ts";
import { downwardFd, outOfMemory, upwardFd } from "../../worker/index.ts";
import { killGroup, leadsGroup } from "./process-group.ts";
import { RunningCode, type RunningCodeOptions } from "./running-code.ts";
import { type ContainerStart, type Exit, exitOf, killed, killedForMemory } from "./runtime.ts";
import { bootstrapFile } from "./starting/index.ts";

const mebibyte = 1024 * 1024;
/** How long a process that has ended must have printed nothing before its pipes are closed: children of it may hold them open. */
const quietMs = 500;

export interface RunningProcessOptions extends RunningCodeOptions {
  /** The limit of a container that has none. */
  readonly memoryBytes: number;
}

export class RunningProcess extends RunningCode {
  protected readonly heapBytes: number;
  readonly #clock: Clock;
  #child: ChildProcess | undefined;
  /** How often something came out of the pipes. */
  #readCount = 0;
  /** The end of stderr: V8 says there that the heap is full. */
  #lastWords = "";
  /** The guard has said on stderr that it ends the process for its memory (worker/guard.ts); more may be printed after that. */
  #hasExceeded = false;

  constructor(container: ContainerStart, options: RunningProcessOptions) {
    super("process", container, options);
    this.heapBytes = container.memoryBytes ?? options.memoryBytes;
    this.#clock = options.clock;
  }

  /** What it has written stands in its pipes, which are read between two turns of the event loop. */
  async flush(): Promise<void> {
    if (this.isOver) return;
    for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve));
  }

  protected begin(): void {
    this.mustStartInTime();
    bootstrapFile("process")
      .then(file => this.#spawn(file))
      .catch(error => this.#cannotBegin(error));
  }

  protected terminate(): boolean {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid);
    return this.#child !== undefined;
  }

  protected override end(exit: Exit): void {
    this.control.close();
    super.end(exit);
  }

  #spawn(file: string): void {
    if (this.isOver) return;
    const bytes = this.heapBytes + (this.container.code.loader === "tsx" ? loaderBytes : 0);
    const child = spawn(process.execPath, [...heapLimits(bytes), file, String(bytes)], {
      env: this.container.env,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      detached: leadsGroup,
    });
    this.#child = child;
    this.#read(child, "stdout");
    this.#read(child, "stderr");
    for (const pipe of child.stdio) pipe?.on("data", () => this.#readCount++);
    child.on("error", error => this.#cannotBegin(error));
    child.on("exit", () => {
      if (child.pid !== undefined) killGroup(child.pid);
      this.#giveUpWhenQuiet(child);
    });
    // `close`, not `exit`: it comes when all that it wrote has been read.
    child.on("close", (exitCode, signal) => this.end(this.#exitOf(exitCode, signal)));
    this.run(new Tunnel(pipesTo(child), "parent").first, undefined);
  }

  #cannotBegin(error: unknown): void {
    this.cannotStart("CreateContainerError", "no process could be started", error);
    this.kill();
  }

  #read(child: ChildProcess, stream: "stdout" | "stderr"): void {
    child[stream]?.on("data", (bytes: Buffer) => {
      if (stream === "stderr") {
        const seam = this.#lastWords + bytes.toString("latin1", 0, outOfMemory.length);
        this.#hasExceeded ||= bytes.includes(outOfMemory) || seam.includes(outOfMemory);
        this.#lastWords = (this.#lastWords + bytes.subarray(-4096).toString("latin1")).slice(-4096);
      }
      this.container.output([{ stream, at: this.#clock.now(), bytes }]);
    });
  }

  /** What has left the group (a session of its own) may go on holding the pipes: it is not waited for. */
  #giveUpWhenQuiet(child: ChildProcess): void {
    const before = this.#readCount;
    const look = () => {
      if (this.isOver) return;
      if (this.#readCount > before) this.#giveUpWhenQuiet(child);
      else for (const pipe of child.stdio) pipe?.destroy();
    };
    // Behind what waits to be read: this thread may have been busy all the time.
    this.#clock.after(quietMs, () => setImmediate(look));
  }

  #exitOf(exitCode: number | null, signal: NodeJS.Signals | null): Exit {
    if (this.isKilled) return killed;
    const isOutOfMemory =
      (isAborted(exitCode, signal) && this.#lastWords.includes("JavaScript heap out of memory")) ||
      (signal === "SIGKILL" && this.#hasExceeded);
    if (isOutOfMemory) return killedForMemory(this.container.memoryBytes, this.heapBytes);
    if (signal !== null) return exitOf(128 + constants.signals[signal], `ended by ${signal}`);
    return exitOf(exitCode ?? 1, this.lastError);
  }
}

/** What tsx takes, which is ours and not the program's: 33 MiB were measured. */
const loaderBytes = 48 * mebibyte;

/** For V8. Without a limit of its own, what is new in the heap takes up to 48 MiB before it is collected. */
function heapLimits(memoryBytes: number): string[] {
  const megabytes = Math.floor(memoryBytes / mebibyte);
  const semiSpace = Math.min(16, Math.max(1, Math.floor(megabytes / 16)));
  return [`--max-old-space-size=${Math.max(8, megabytes)}`, `--max-semi-space-size=${semiSpace}`];
}

/** The parent's ends (worker/pipes.ts). */
function pipesTo(child: ChildProcess): Ipc {
  const down = child.stdio[downwardFd];
  const up = child.stdio[upwardFd];
  // What is written to a process that ends is lost, as on a port.
  down?.on("error", () => {});
  return {
    connected: true,
    on(event: "message" | "disconnect", listener: (value: unknown) => void) {
      if (event === "disconnect") child.on("close", listener);
      else if (up instanceof Readable) readFrames(up, listener);
    },
    send: value => down instanceof Writable && down.write(frameOf(value)),
  };
}

function isAborted(exitCode: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === "SIGABRT" || exitCode === 134;
}
