/**
 * Threads for containers of one class (one set of heap limits), from Piscina. Each thread is one task of a pool that
 * lasts as long as the thread: the pool creates threads, keeps track of them and kills them (by the task's signal), and
 * each serves one container only.
 *
 * A few threads are kept warm, their bootstrap loaded, so that a container starts at once. Cold starts are gated: each
 * costs some 20 ms of a processor, and many more of them at once than there are cores makes the first one wait for the last.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import type { CompiledScript, Order, Report, ThreadTask } from "../../worker/index.ts";
import { SmallPools, threadsPerPool } from "./small-pools.ts";

/** V8's limits for one thread, in MB. */
export interface HeapLimits {
  readonly young: number;
  readonly old: number;
}

/** What a new thread runs. */
export interface Bootstrap {
  /** The file that Piscina loads; it runs the script. */
  readonly loader: string;
  readonly script: CompiledScript;
}

/** A thread whose bootstrap has been loaded. */
export interface WarmThread {
  readonly worker: Worker;
  /** Our line to it: orders out, reports in. */
  readonly line: MessagePort;
  /** Resolves when the thread is gone, with its exit code and the error that ended it. Never rejects. */
  readonly ended: Promise<ThreadEnd>;
  terminate(): void;
}

export interface ThreadEnd {
  readonly exitCode: number;
  readonly error: unknown;
}

/** Lets so many cold starts happen at a time, first come, first served. */
export class ColdStartGate {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  enter(begin: () => void): void {
    if (this.#free === 0) {
      this.#queue.push(begin);
      return;
    }
    this.#free--;
    begin();
  }

  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#free++;
  }
}

interface Waiting {
  serve(thread: WarmThread): void;
  fail(error: unknown): void;
}

export class ThreadPool {
  /** Made with the first thread: by then it is known what threads are to load, and they need not wait to be told. */
  #pools: Promise<SmallPools> | undefined;
  readonly #limits: HeapLimits;
  readonly #bootstrap: Promise<Bootstrap>;
  readonly #gate: ColdStartGate;
  readonly #spareCount: number;
  readonly #spares: WarmThread[] = [];
  readonly #woken = new WeakSet<WarmThread>();
  readonly #waiting = new Set<Waiting>();
  /** Threads that are being started, or wait for the gate. */
  #coming = 0;
  /** Those whose bootstrap is being loaded, and what takes that back. */
  readonly #starting = new Map<AbortController, Piscina>();
  /** The lives of the threads, from their start to their end. */
  readonly #lives = new Set<Promise<void>>();
  #closed = false;

  constructor(limits: HeapLimits, bootstrap: Promise<Bootstrap>, gate: ColdStartGate, spareCount: number) {
    this.#limits = limits;
    this.#bootstrap = bootstrap;
    this.#gate = gate;
    this.#spareCount = spareCount;
  }

  async #makePools({ loader, script }: Bootstrap): Promise<SmallPools> {
    // Loaded with the first thread: a cluster of hollow pods, or a program that only reads manifests, needs none.
    const { Piscina } = await import("piscina");
    const options = {
      filename: loader,
      workerData: script,
      minThreads: 0,
      maxThreads: threadsPerPool,
      // Idle threads would otherwise sleep in Atomics.wait, deaf to every other port.
      atomics: "disabled" as const,
      // Neither the flags nor the environment of this process: a container's world is its own.
      execArgv: [],
      env: {},
      resourceLimits: {
        maxYoungGenerationSizeMb: this.#limits.young,
        maxOldGenerationSizeMb: this.#limits.old,
      },
      recordTiming: false,
    };
    return new SmallPools(() => {
      const pool = new Piscina(options);
      // A thread that dies before it is given its task: Piscina goes on waiting for one that takes it.
      pool.on("error", error => {
        for (const [abort, its] of this.#starting) if (its === pool) abort.abort(error);
      });
      return pool;
    });
  }

  /** Calls back with a warm thread, at once if there is a spare one. The returned function takes the wish back. */
  take(serve: (thread: WarmThread) => void, fail: (error: unknown) => void): () => void {
    const spare = this.#spares.shift();
    if (spare) {
      serve(spare);
      return () => {};
    }
    const waiting = { serve, fail };
    this.#waiting.add(waiting);
    this.#startThreads(this.#waiting.size);
    return () => this.#waiting.delete(waiting);
  }

  /**
   * A thread will be taken in a moment. Starts one if there is none, and no more: whoever is about to need it should not share
   * the processor. A spare one is woken, once: what has slept for long takes its time until it hears an order.
   */
  warmUp(): void {
    if (this.#spares.length === 0) this.#startThreads(Math.max(1, this.#waiting.size));
    const asleep = this.#spares.find(spare => !this.#woken.has(spare));
    if (!asleep) return;
    this.#woken.add(asleep);
    asleep.line.postMessage({ type: "wake" } satisfies Order);
  }

  /**
   * Starts what is missing of the spare threads. Called when a container has started, so as not to compete with it; nor with
   * those that still wait for a thread, the last of whom calls again.
   */
  refill(): void {
    if (this.#waiting.size === 0) this.#startThreads(this.#spareCount - this.#spares.length);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#failAll(new Error("the runtime is closing"));
    // Whoever waited for a pool that could not be made has been told.
    const pools = await this.#pools?.catch(() => undefined);
    await pools?.destroy();
    await Promise.all(this.#lives);
  }

  #startThreads(wanted: number): void {
    for (; this.#coming < wanted && !this.#closed; this.#coming++)
      this.#gate.enter(() => {
        const life = this.#startThread().finally(() => this.#lives.delete(life));
        this.#lives.add(life);
      });
  }

  async #startThread(): Promise<void> {
    const { port1: line, port2 } = new MessageChannel();
    // Listened for from the start: a port closes by itself when the thread at its other end is gone.
    const lineClosed = new Promise<void>(resolve => line.once("close", resolve));
    const abort = new AbortController();
    let warm = false;
    const arrived = () => {
      this.#starting.delete(abort);
      this.#coming--;
      this.#gate.leave();
    };
    try {
      this.#pools ??= this.#bootstrap.then(bootstrap => this.#makePools(bootstrap));
      const pools = await this.#pools;
      if (this.#closed || this.#coming > this.#waiting.size + this.#spareCount - this.#spares.length) {
        arrived();
        line.close();
        await lineClosed;
        return;
      }
      const task: ThreadTask = { line: port2 };
      await pools.withRoom(pool => {
        this.#starting.set(abort, pool);
        line.once("message", (report: Report) => {
          warm = true;
          arrived();
          if (report.type === "warm") this.#hand(this.#warmThread(pool, line, abort, report.threadId));
        });
        return pool.run(task, { transferList: [port2], signal: abort.signal });
      });
    } catch (error) {
      // Piscina's word on how a thread ended; once it is warm, the thread itself is listened to.
      if (warm) return;
      arrived();
      this.#failOne(abort.signal.aborted ? abort.signal.reason : error);
      line.close();
      await lineClosed;
    }
  }

  #warmThread(pool: Piscina, line: MessagePort, abort: AbortController, threadId: number): WarmThread {
    const worker = pool.threads.find(thread => thread.threadId === threadId);
    if (!worker) throw new Error(`the pool does not know its thread ${threadId}`);
    let error: unknown;
    worker.on("error", thrown => {
      error = thrown;
    });
    const ended = new Promise<ThreadEnd>(resolve => {
      worker.on("exit", exitCode => {
        const spare = this.#spares.findIndex(other => other.worker === worker);
        if (spare >= 0) this.#spares.splice(spare, 1);
        resolve({ exitCode, error });
      });
    });
    return { worker, line, ended, terminate: () => abort.abort() };
  }

  #hand(thread: WarmThread): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#spares.push(thread);
      return;
    }
    this.#waiting.delete(first);
    first.serve(thread);
  }

  #failOne(error: unknown): void {
    const [first] = this.#waiting;
    if (!first) return;
    this.#waiting.delete(first);
    first.fail(error);
  }

  #failAll(error: unknown): void {
    while (this.#waiting.size > 0) this.#failOne(error);
  }
}

/** Everything a thread had reported before it ended. */
export function drain(line: MessagePort): unknown[] {
  const left: unknown[] = [];
  for (let entry = receiveMessageOnPort(line); entry; entry = receiveMessageOnPort(line))
    left.push(entry.message);
  return left;
}
