/** One container in one child process: started with its bootstrap, spoken to over IPC, over when its output has been read. */
import { type ChildProcess, fork } from "node:child_process";
import { MessageChannel } from "node:worker_threads";
import { type Port, Tunnel } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import { type Order, outOfMemory, type Report } from "../../worker/index.ts";
import { bootstrapFile } from "../bootstrap.ts";
import {
  type ContainerStart,
  type Exit,
  exitOf,
  killed,
  type RunningContainer,
  type Usage,
} from "../runtime.ts";
import { Course } from "./course.ts";

const mebibyte = 1024 * 1024;

export interface RunningProcessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly startDeadlineMs: number;
}

export class RunningProcess implements RunningContainer {
  readonly id: string;
  readonly control: Port;
  readonly #container: ContainerStart;
  readonly #clock: Clock;
  readonly #course: Course;
  #child: ChildProcess | undefined;
  #line: Port | undefined;
  #isKilled = false;
  /** The end of stderr: V8 says there that the heap is full, and the guard that all memory is (worker/guard.ts). */
  #lastWords = "";

  constructor(container: ContainerStart, { clock, random, startDeadlineMs }: RunningProcessOptions) {
    this.id = `process://${random.uuid().replaceAll("-", "")}`;
    this.#container = container;
    this.#clock = clock;
    this.#course = new Course(clock);
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    this.#course.mustStartWithin(startDeadlineMs, () => this.kill());
    bootstrapFile("process")
      .then(file => this.#begin(file, port2 as unknown as Port))
      .catch(error => this.#cannotBegin(error));
  }

  get started(): Promise<void> {
    return this.#course.started;
  }

  get exited(): Promise<Exit> {
    return this.#course.exited;
  }

  stop(graceMs: number): void {
    if (this.#line) this.#order({ type: "stop", graceMs });
    else this.kill();
  }

  kill(): void {
    if (this.#course.isOver) return;
    this.#isKilled = true;
    if (this.#child) this.#child.kill("SIGKILL");
    else this.#end(killed);
  }

  responds(timeoutMs: number): Promise<boolean> {
    if (!this.#line) return Promise.resolve(false);
    return this.#course.responds(timeoutMs, order => this.#order(order));
  }

  usage(): Usage {
    return this.#course.usage(order => this.#order(order));
  }

  #begin(file: string, control: Port): void {
    if (this.#course.isOver) return;
    const { code, functionName, args, env, self, memoryBytes } = this.#container;
    const child = fork(file, memoryBytes === undefined ? [] : [String(memoryBytes)], {
      env: { ...env },
      execArgv: heapLimit(memoryBytes),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#read(child, "stdout");
    this.#read(child, "stderr");
    child.on("error", error => this.#cannotBegin(error));
    // `close`, not `exit`: it comes when all output has been read.
    child.on("close", (exitCode, signal) => this.#end(this.#exitOf(exitCode, signal)));
    const { line } = new Tunnel(child, "parent");
    this.#line = line;
    line.on("message", report => this.#course.hear(report as Report));
    const assignment = { code, compiled: undefined, functionName, args, env, self };
    line.postMessage({ type: "start", assignment, control } satisfies Order, [control as never]);
  }

  #cannotBegin(error: unknown): void {
    this.#course.cannotStart("CreateContainerError", "no process could be started", error);
    this.kill();
  }

  #read(child: ChildProcess, stream: "stdout" | "stderr"): void {
    child[stream]?.on("data", (bytes: Buffer) => {
      if (stream === "stderr")
        this.#lastWords = (this.#lastWords + bytes.subarray(-4096).toString("latin1")).slice(-4096);
      this.#container.output([{ stream, at: this.#clock.now(), bytes }]);
    });
  }

  #exitOf(exitCode: number | null, signal: NodeJS.Signals | null): Exit {
    if (this.#isKilled) return killed;
    const isOutOfMemory =
      this.#lastWords.includes("JavaScript heap out of memory") ||
      (signal === "SIGKILL" && this.#lastWords.includes(outOfMemory));
    if (isOutOfMemory) return { exitCode: 137, reason: "OOMKilled" };
    if (exitCode === null) return exitOf(signal === "SIGKILL" ? 137 : 143, `ended by ${signal}`);
    return exitOf(exitCode, this.#course.lastError);
  }

  #end(exit: Exit): void {
    if (this.#course.isOver) return;
    this.control.close();
    this.#course.end(exit);
  }

  #order(order: Order): void {
    if (!this.#course.isOver) this.#line?.postMessage(order);
  }
}

function heapLimit(memoryBytes: number | undefined): string[] {
  if (memoryBytes === undefined) return [];
  return [`--max-old-space-size=${Math.max(8, Math.floor(memoryBytes / mebibyte))}`];
}
