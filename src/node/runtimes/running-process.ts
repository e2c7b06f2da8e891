/**
 * One container in one child process: started with its bootstrap, spoken to over IPC, over when all that it has written has
 * been read. What it has started, and did not end before it, ends with it: it leads a process group of its own.
 */
import { type ChildProcess, execFile, fork, type Serializable } from "node:child_process";
import { constants } from "node:os";
import { Readable } from "node:stream";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type Ipc, type Port, Tunnel } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import { type Order, outOfMemory, type Report, readUpward, upwardPlace } from "../../worker/index.ts";
import { notRunning, type Session } from "../streams/index.ts";
import { bootstrapFile } from "./bootstrap.ts";
import { PortSession } from "./port-session.ts";
import { ReportedState } from "./reported-state.ts";
import {
  type ContainerStart,
  type Exit,
  exitOf,
  killed,
  type RunningContainer,
  type Usage,
} from "./runtime.ts";

const mebibyte = 1024 * 1024;
/** So long nothing must have come from what has ended before its pipes are given up: others may hold them. */
const quietMs = 500;

export interface RunningProcessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly startDeadlineMs: number;
  /** The limit of a container that has none. */
  readonly memoryBytes: number;
}

export class RunningProcess implements RunningContainer {
  readonly id: string;
  readonly control: Port;
  readonly #container: ContainerStart;
  readonly #memoryBytes: number;
  readonly #clock: Clock;
  readonly #state: ReportedState;
  #child: ChildProcess | undefined;
  #line: Port | undefined;
  #isKilled = false;
  /** How often something came out of the pipes. */
  #readCount = 0;
  /** The end of stderr: V8 says there that the heap is full, and the guard that all memory is (worker/guard.ts). */
  #lastWords = "";

  constructor(
    container: ContainerStart,
    { clock, random, startDeadlineMs, memoryBytes }: RunningProcessOptions,
  ) {
    this.id = `process://${random.uuid().replaceAll("-", "")}`;
    this.#container = container;
    this.#memoryBytes = container.memoryBytes ?? memoryBytes;
    this.#clock = clock;
    this.#state = new ReportedState(clock);
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    if (!this.#state.fits(container.code, this.#memoryBytes)) {
      this.kill();
      return;
    }
    this.#state.mustStartWithin(startDeadlineMs, container, () => this.kill());
    bootstrapFile("process")
      .then(file => this.#begin(file, port2 as unknown as Port))
      .catch(error => this.#cannotBegin(error));
  }

  get started(): Promise<void> {
    return this.#state.started;
  }

  get exited(): Promise<Exit> {
    return this.#state.exited;
  }

  stop(graceMs: number): void {
    if (this.#line) this.#order({ type: "stop", graceMs });
    else this.kill();
  }

  kill(): void {
    if (this.#state.isOver) return;
    this.#isKilled = true;
    if (this.#child) killGroup(this.#child);
    else this.#end(killed);
  }

  /** What it has written stands in its pipes, which are read between two turns of the event loop. */
  async flush(): Promise<void> {
    if (this.#state.isOver) return;
    for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setImmediate(resolve));
  }

  exec(command: readonly string[]): Session {
    if (!this.#line || this.#state.isOver) return notRunning();
    return new PortSession(command, (order, transfer) => this.#order(order, transfer));
  }

  usage(): Usage {
    return this.#state.usage(order => this.#order(order));
  }

  #begin(file: string, control: Port): void {
    if (this.#state.isOver) return;
    const { code, functionName, args, env, self } = this.#container;
    const child = fork(file, [String(this.#memoryBytes)], {
      env: { ...env },
      execArgv: heapLimit(this.#memoryBytes),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      // The leader of a process group of its own; on Windows it would mean a window.
      detached: !isWindows,
    });
    this.#child = child;
    this.#read(child, "stdout");
    this.#read(child, "stderr");
    for (const pipe of child.stdio) pipe?.on("data", () => this.#readCount++);
    child.on("error", error => this.#cannotBegin(error));
    child.on("exit", () => {
      killGroup(child);
      this.#giveUpWhenQuiet(child);
    });
    // `close`, not `exit`: it comes when all that it wrote has been read.
    child.on("close", (exitCode, signal) => this.#end(this.#exitOf(exitCode, signal)));
    const { line } = new Tunnel(ipcOf(child), "parent");
    this.#line = line;
    line.on("message", report => this.#state.hear(report as Report));
    const assignment = { code, functionName, args, env, self, printed: undefined };
    line.postMessage({ type: "start", assignment, control } satisfies Order, [control as never]);
  }

  #cannotBegin(error: unknown): void {
    this.#state.cannotStart("CreateContainerError", "no process could be started", error);
    this.kill();
  }

  #read(child: ChildProcess, stream: "stdout" | "stderr"): void {
    child[stream]?.on("data", (bytes: Buffer) => {
      if (stream === "stderr")
        this.#lastWords = (this.#lastWords + bytes.subarray(-4096).toString("latin1")).slice(-4096);
      this.#container.output([{ stream, at: this.#clock.now(), bytes }]);
    });
  }

  /** What has left the group (a session of its own) may go on holding the pipes: it is not waited for. */
  #giveUpWhenQuiet(child: ChildProcess): void {
    const before = this.#readCount;
    const look = () => {
      if (this.#state.isOver) return;
      if (this.#readCount > before) this.#giveUpWhenQuiet(child);
      else for (const pipe of child.stdio) pipe?.destroy();
    };
    // Behind what waits to be read: this thread may have been busy all the time.
    this.#clock.after(quietMs, () => setImmediate(look));
  }

  #exitOf(exitCode: number | null, signal: NodeJS.Signals | null): Exit {
    if (this.#isKilled) return killed;
    const isOutOfMemory =
      (isAborted(exitCode, signal) && this.#lastWords.includes("JavaScript heap out of memory")) ||
      (signal === "SIGKILL" && this.#lastWords.includes(outOfMemory));
    if (isOutOfMemory) return { exitCode: 137, reason: "OOMKilled" };
    if (signal !== null) return exitOf(128 + constants.signals[signal], `ended by ${signal}`);
    return exitOf(exitCode ?? 1, this.#state.lastError);
  }

  #end(exit: Exit): void {
    if (this.#state.isOver) return;
    this.control.close();
    this.#state.end(exit);
  }

  #order(order: Order, transfer: readonly MessagePort[] = []): void {
    if (!this.#state.isOver) this.#line?.postMessage(order, transfer);
  }
}

function heapLimit(memoryBytes: number): string[] {
  return [`--max-old-space-size=${Math.max(8, Math.floor(memoryBytes / mebibyte))}`];
}

/** Down goes Node's IPC, up comes a pipe that loses nothing. */
function ipcOf(child: ChildProcess): Ipc {
  return {
    on(event: "message" | "disconnect", listener: (value: unknown) => void) {
      const pipe = child.stdio[upwardPlace];
      if (event === "disconnect") child.on("close", listener);
      else if (pipe instanceof Readable) readUpward(pipe, listener);
    },
    send: (value, sent) => child.send(value as Serializable, sent),
    get channel() {
      return child.channel;
    },
    get connected() {
      return child.connected;
    },
  };
}

const isWindows = process.platform === "win32";

/** Ends a process and all that it has started; what has ended already is no mistake. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (isWindows) {
    execFile("taskkill", ["/pid", String(pid), "/t", "/f"], () => {});
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: nobody is left. EPERM: on macOS the same, as long as the dead have not been reaped.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

function isAborted(exitCode: number | null, signal: NodeJS.Signals | null): boolean {
  return signal === "SIGABRT" || exitCode === 134;
}
