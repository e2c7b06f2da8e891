/**
 * The runtime of child processes: for code that one does not trust with one's own process. It takes the same containers
 * as `thread`; a start costs some 40 ms, a message a copy through a pipe, and whatever it does, memory included, only its
 * own process suffers.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { MessageChannel } from "node:worker_threads";
import { type Port, Tunnel } from "../../messages/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { Order, OutputPiece, Report } from "../../worker/index.ts";
import { bootstrapFile } from "../bootstrap.ts";
import { Deferred } from "../deferred.ts";
import {
  type ContainerStart,
  type Exit,
  exitOf,
  killed,
  type RunningContainer,
  type Runtime,
  StartFailure,
  type Usage,
} from "../runtime.ts";

export interface ProcessRuntimeOptions {
  readonly clock: Clock;
  /** How long a module may take to load, in milliseconds. Default 30,000. */
  readonly startDeadlineMs?: number;
}

export class ProcessRuntime implements Runtime {
  readonly name = "process";
  readonly copies = true;
  readonly runsImages = true;
  readonly quiet = false;
  readonly #options: Required<ProcessRuntimeOptions>;
  readonly #running = new Set<RunningProcess>();

  constructor({ clock, startDeadlineMs = 30_000 }: ProcessRuntimeOptions) {
    this.#options = { clock, startDeadlineMs };
  }

  expect(): void {}

  start(container: ContainerStart): RunningContainer {
    const running = new RunningProcess(container, this.#options);
    this.#running.add(running);
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const container of running) container.kill();
    await Promise.all(running.map(container => container.exited));
  }
}

const mebibyte = 1024 * 1024;

class RunningProcess implements RunningContainer {
  readonly id = `process://${randomUUID().replaceAll("-", "")}`;
  readonly control: Port;
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<Exit>();
  readonly started = this.#started.promise;
  readonly exited = this.#exited.promise;
  readonly #container: ContainerStart;
  readonly #clock: Clock;
  #child: ChildProcess | undefined;
  #line: Port | undefined;
  #deadline: Timer | undefined;
  #killed = false;
  #ended = false;
  #lastError: string | undefined;
  /** The end of stderr: V8 says there that the heap is full. */
  #lastWords = "";
  #pings = 0;
  readonly #pongs = new Map<number, (alive: boolean) => void>();

  constructor(container: ContainerStart, { clock, startDeadlineMs }: Required<ProcessRuntimeOptions>) {
    this.#container = container;
    this.#clock = clock;
    this.started.catch(() => {});
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    this.#deadline = clock.after(startDeadlineMs, () => {
      this.#failToStart(
        "RunContainerError",
        `the module did not finish loading within ${startDeadlineMs / 1000} s`,
      );
    });
    bootstrapFile("process")
      .then(file => this.#begin(file, port2 as unknown as Port))
      .catch(error => this.#failToStart("CreateContainerError", "no process could be started", error));
  }

  stop(graceMs: number): void {
    if (this.#line) this.#line.postMessage({ type: "stop", graceMs } satisfies Order);
    else this.kill();
  }

  kill(): void {
    if (this.#ended) return;
    this.#killed = true;
    if (this.#child) this.#child.kill("SIGKILL");
    else this.#end(killed);
  }

  responds(timeoutMs: number): Promise<boolean> {
    if (!this.#line || this.#ended) return Promise.resolve(false);
    const id = ++this.#pings;
    this.#line.postMessage({ type: "ping", id } satisfies Order);
    return new Promise(resolve => {
      const timer = this.#clock.after(timeoutMs, () => this.#pongs.get(id)?.(false));
      this.#pongs.set(id, alive => {
        timer.cancel();
        this.#pongs.delete(id);
        resolve(alive);
      });
    });
  }

  usage(): Usage {
    return { cpuMs: 0, memoryBytes: undefined };
  }

  #begin(file: string, control: Port): void {
    if (this.#ended) return;
    const { code, functionName, args, env, self, memoryBytes } = this.#container;
    const heap =
      memoryBytes === undefined
        ? []
        : [`--max-old-space-size=${Math.max(8, Math.floor(memoryBytes / mebibyte))}`];
    const child = fork(file, [], {
      env: { ...env },
      execArgv: heap,
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#read(child, "stdout");
    this.#read(child, "stderr");
    child.on("error", error =>
      this.#failToStart("CreateContainerError", "no process could be started", error),
    );
    // `close`, not `exit`: it comes when all output has been read.
    child.on("close", (exitCode, signal) => this.#end(this.#exitOf(exitCode, signal)));
    const { line } = new Tunnel(child, "parent");
    this.#line = line;
    line.on("message", report => this.#hear(report as Report));
    line.postMessage(
      {
        type: "start",
        assignment: { code, functionName, args, env, self, outputTaken: undefined },
        control,
      } satisfies Order,
      [control as never],
    );
  }

  #read(child: ChildProcess, stream: "stdout" | "stderr"): void {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      if (stream === "stderr") this.#lastWords = (this.#lastWords + text).slice(-4096);
      const piece: OutputPiece = { stream, at: this.#clock.now(), text };
      this.#container.output([piece]);
    });
  }

  #hear(report: Report): void {
    switch (report?.type) {
      case "started":
        this.#deadline?.cancel();
        this.#started.resolve();
        return;
      case "unstartable":
        this.#started.reject(new StartFailure("RunContainerError", String(report.message)));
        return;
      case "error":
        this.#lastError = String(report.message);
        return;
      case "pong":
        this.#pongs.get(report.id)?.(true);
    }
  }

  #failToStart(reason: StartFailure["reason"], message: string, cause?: unknown): void {
    this.#started.reject(new StartFailure(reason, message, { cause }));
    this.kill();
  }

  #exitOf(exitCode: number | null, signal: NodeJS.Signals | null): Exit {
    if (this.#killed) return killed;
    if (this.#lastWords.includes("JavaScript heap out of memory"))
      return { exitCode: 137, reason: "OOMKilled" };
    if (exitCode === null) return exitOf(signal === "SIGKILL" ? 137 : 143, `ended by ${signal}`);
    return exitOf(exitCode, this.#lastError);
  }

  #end(exit: Exit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    this.control.close();
    for (const answer of [...this.#pongs.values()]) answer(false);
    this.#started.resolve();
    this.#exited.resolve(exit);
  }
}
