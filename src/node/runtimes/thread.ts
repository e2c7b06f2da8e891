/**
 * The runtime of worker threads, the default. A container gets a fresh thread: no state is left over from another. It is
 * quick and shares the process, so it is for code that one trusts: see `process` for the rest.
 */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { MessageChannel } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { Order, Report } from "../../worker/index.ts";
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
import {
  ColdStartGate,
  drain,
  type HeapLimits,
  type ThreadEnd,
  ThreadPool,
  type WarmThread,
} from "./thread-pool.ts";

export interface ThreadRuntimeOptions {
  readonly clock: Clock;
  /** How many threads are kept warm once the first container is expected. Default 2. */
  readonly spares?: number | undefined;
  /** The heap of a container without a memory limit, in MB. Default: young 4, old 32. */
  readonly heap?: HeapLimits;
  /** How long a module may take to load, in milliseconds. Default 30,000. */
  readonly startDeadlineMs?: number;
}

const mebibyte = 1024 * 1024;
/** How long after a container has started the spare threads are made up for: its first answer comes first. */
const refillAfterMs = 20;

export class ThreadRuntime implements Runtime {
  readonly name = "thread";
  readonly copies = false;
  readonly runsImages = true;
  readonly quiet = false;
  readonly #options: Required<ThreadRuntimeOptions>;
  readonly #gate = new ColdStartGate(availableParallelism());
  /** By old-space limit in MB. Made when first needed: a cluster that runs no thread pays nothing. */
  readonly #pools = new Map<number, ThreadPool>();
  readonly #running = new Set<RunningThread>();

  constructor({
    clock,
    spares = 2,
    heap = { young: 4, old: 32 },
    startDeadlineMs = 30_000,
  }: ThreadRuntimeOptions) {
    this.#options = { clock, spares, heap, startDeadlineMs };
  }

  expect(): void {
    this.#poolFor(undefined).warmUp();
  }

  start(container: ContainerStart): RunningContainer {
    const pool = this.#poolFor(container.memoryBytes);
    const running = new RunningThread(container, pool, this.#options);
    this.#running.add(running);
    // The spare that was taken is made up for when the container runs, not while it tries to, nor while it is asked first.
    const settled = () => void this.#options.clock.after(refillAfterMs, () => pool.refill());
    running.started.then(settled, settled);
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const container of running) container.kill();
    await Promise.all(running.map(container => container.exited));
    await Promise.all([...this.#pools.values()].map(pool => pool.close()));
    this.#pools.clear();
  }

  #poolFor(memoryBytes: number | undefined): ThreadPool {
    const { heap, spares } = this.#options;
    // V8 needs some room to start at all.
    const old =
      memoryBytes === undefined ? heap.old : Math.max(8, Math.floor(memoryBytes / mebibyte) - heap.young);
    const found = this.#pools.get(old);
    if (found) return found;
    const isDefault = old === heap.old;
    const pool = new ThreadPool(
      { young: heap.young, old },
      bootstrapFile("thread"),
      this.#gate,
      isDefault ? spares : 0,
    );
    this.#pools.set(old, pool);
    return pool;
  }
}

class RunningThread implements RunningContainer {
  readonly id = `thread://${randomUUID().replaceAll("-", "")}`;
  readonly control: Port;
  readonly #started = new Deferred<void>();
  readonly #exited = new Deferred<Exit>();
  readonly started = this.#started.promise;
  readonly exited = this.#exited.promise;
  readonly #container: ContainerStart;
  readonly #clock: Clock;
  readonly #startDeadlineMs: number;
  readonly #taken = new Int32Array(new SharedArrayBuffer(4));
  readonly #takeBack: () => void;
  #thread: WarmThread | undefined;
  #deadline: Timer | undefined;
  #killed = false;
  #ended = false;
  /** What was thrown last: the reason, if the thread ends now. */
  #lastError: string | undefined;
  #pings = 0;
  readonly #pongs = new Map<number, (alive: boolean) => void>();

  constructor(
    container: ContainerStart,
    pool: ThreadPool,
    { clock, startDeadlineMs }: Required<ThreadRuntimeOptions>,
  ) {
    this.#container = container;
    this.#clock = clock;
    this.#startDeadlineMs = startDeadlineMs;
    // Whoever only waits for the end need not listen to this one.
    this.started.catch(() => {});
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    this.#takeBack = pool.take(
      thread => this.#begin(thread, port2 as unknown as Port),
      error => this.#failToStart("CreateContainerError", "no thread could be started", error),
    );
  }

  stop(graceMs: number): void {
    if (!this.#thread) this.kill();
    else this.#order({ type: "stop", graceMs });
  }

  kill(): void {
    if (this.#ended) return;
    this.#killed = true;
    if (this.#thread) this.#thread.terminate();
    else {
      this.#takeBack();
      this.#end(killed);
    }
  }

  responds(timeoutMs: number): Promise<boolean> {
    if (!this.#thread || this.#ended) return Promise.resolve(false);
    const id = ++this.#pings;
    this.#order({ type: "ping", id });
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
    const busy = this.#ended ? undefined : this.#thread?.worker.performance.eventLoopUtilization();
    return { cpuMs: busy?.active ?? 0, memoryBytes: undefined };
  }

  #begin(thread: WarmThread, control: Port): void {
    this.#thread = thread;
    const { code, functionName, args, env, self } = this.#container;
    const outputTaken = this.#taken.buffer;
    thread.line.on("message", report => this.#hear(report as Report));
    void thread.ended.then(end => this.#threadEnded(thread, end));
    thread.line.postMessage(
      {
        type: "start",
        assignment: { code, functionName, args, env, self, outputTaken },
        control,
      } satisfies Order,
      [control as never],
    );
    this.#deadline = this.#clock.after(this.#startDeadlineMs, () => {
      const seconds = this.#startDeadlineMs / 1000;
      this.#failToStart("RunContainerError", `the module did not finish loading within ${seconds} s`);
    });
  }

  /** Whatever arrives comes from foreign code, in the end: what is not a report is nothing. */
  #hear(report: Report): void {
    switch (report?.type) {
      case "started":
        this.#deadline?.cancel();
        this.#started.resolve();
        return;
      case "unstartable":
        this.#deadline?.cancel();
        this.#started.reject(new StartFailure("RunContainerError", String(report.message)));
        return;
      case "output":
        Atomics.add(this.#taken, 0, 1);
        Atomics.notify(this.#taken, 0);
        this.#container.output(report.pieces);
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

  #threadEnded(thread: WarmThread, end: ThreadEnd): void {
    for (const report of drain(thread.line)) this.#hear(report as Report);
    thread.line.close();
    this.#end(this.#exitOf(end));
  }

  #exitOf({ exitCode, error }: ThreadEnd): Exit {
    if (this.#killed) return killed;
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
      return { exitCode: 137, reason: "OOMKilled" };
    }
    return exitOf(exitCode, this.#lastError ?? (error === undefined ? undefined : String(error)));
  }

  #end(exit: Exit): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    for (const answer of [...this.#pongs.values()]) answer(false);
    // A container that ended before it could say that it had started did start, and ended.
    this.#started.resolve();
    this.#exited.resolve(exit);
  }

  #order(order: Order): void {
    if (!this.#ended) this.#thread?.line.postMessage(order);
  }
}
