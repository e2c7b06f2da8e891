/**
 * Threads for containers of one class (one set of heap limits), from Piscina. Each thread is one task of a pool that
 * lasts as long as the thread: the pool creates threads, keeps track of them and kills them (by the task's signal), and
 * each serves one container only.
 *
 * A few threads are kept warm, their bootstrap loaded, so that a container starts at once.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import {
  type BroadcastChannel,
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  type Worker,
} from "node:worker_threads";
import type { Piscina } from "piscina";
import type { Report } from "../../../worker/index.ts";
import { workerSideFile } from "../../images/index.ts";
import type { ColdStartGate } from "./cold-start-gate.ts";

const k4s = pathToFileURL(workerSideFile("module")).href;

/** V8's limits for one thread, in MB. */
export interface HeapLimits {
  readonly young: number;
  readonly old: number;
}

/** A thread whose bootstrap has been loaded. */
export interface WarmThread {
  readonly worker: Worker;
  /** Orders go here, and reports come from here. */
  readonly port: MessagePort;
  /** Resolves when the thread is gone, with its exit code and the error that ended it. Never rejects. */
  readonly ended: Promise<ThreadEnd>;
  terminate(): void;
}

export interface ThreadEnd {
  readonly exitCode: number;
  readonly error: unknown;
}

interface Waiting {
  serve(thread: WarmThread): void;
  fail(error: unknown): void;
}

export class ThreadPool {
  /** Made with the first thread: a cluster of hollow pods needs none. */
  #pool: Promise<Piscina> | undefined;
  readonly #limits: HeapLimits;
  readonly #bootstrap: () => Promise<string>;
  readonly #gate: ColdStartGate;
  readonly #spareCount: number;
  readonly #spares: WarmThread[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Threads that are being started, or wait for the gate. */
  #coming = 0;
  /** Aborts the threads whose bootstrap is being loaded. */
  readonly #starting = new Set<AbortController>();
  /** The lives of the threads, from their start to their end. */
  readonly #lives = new Set<Promise<void>>();
  #closed = false;

  /** @param bootstrap resolves to the file that a thread begins with */
  constructor(limits: HeapLimits, bootstrap: () => Promise<string>, gate: ColdStartGate, spareCount: number) {
    this.#limits = limits;
    this.#bootstrap = bootstrap;
    this.#gate = gate;
    this.#spareCount = spareCount;
  }

  async #makePool(): Promise<Piscina> {
    const filename = await this.#bootstrap();
    const { Piscina } = loadPiscina();
    const pool = new Piscina({
      filename,
      minThreads: 0,
      maxThreads: Number.POSITIVE_INFINITY,
      // Idle threads would otherwise sleep in Atomics.wait, deaf to every other port.
      atomics: "disabled",
      // A container inherits neither the flags nor the environment of this process.
      execArgv: [],
      env: {},
      resourceLimits: {
        maxYoungGenerationSizeMb: this.#limits.young,
        maxOldGenerationSizeMb: this.#limits.old,
      },
      recordTiming: false,
    });
    // When a thread dies before it is given its task, Piscina goes on waiting for another that takes it.
    pool.on("error", error => {
      for (const abort of this.#starting) abort.abort(error);
    });
    return pool;
  }

  /** How much of the heap its threads have for what lives on, in bytes. */
  get heapBytes(): number {
    return this.#limits.old * 1024 * 1024;
  }

  /** Calls back with a warm thread, at once if there is a spare one. The returned function cancels. */
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
   * A thread will be taken in a moment. Starts one if there is none, and no more, so that the container which is about to start
   * has the processor for itself.
   */
  warmUp(): void {
    if (this.#spares.length === 0) this.#startThreads(Math.max(1, this.#waiting.size));
  }

  /**
   * Starts the spare threads that are missing, unless containers wait for a thread. Called when a container has started, so
   * that the spares do not compete with it.
   */
  refill(): void {
    if (this.#waiting.size === 0) this.#startThreads(this.#spareCount - this.#spares.length);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#failAll(new Error("the runtime is closing"));
    // Where no pool could be made, the containers that waited for it have been told.
    const pool = await this.#pool?.catch(() => undefined);
    await pool?.destroy();
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
    const { port1: port, port2 } = new MessageChannel();
    // Listened for from the start: a port closes by itself when the thread at its other end is gone.
    const portClosed = new Promise<void>(resolve => port.once("close", resolve));
    const abort = new AbortController();
    let warm = false;
    const arrived = () => {
      this.#starting.delete(abort);
      this.#coming--;
      this.#gate.leave();
    };
    try {
      this.#pool ??= this.#makePool();
      const pool = await this.#pool;
      if (this.#closed || this.#coming > this.#waiting.size + this.#spareCount - this.#spares.length) {
        arrived();
        port.close();
        await portClosed;
        return;
      }
      this.#starting.add(abort);
      port.once("message", (report: Report) => {
        warm = true;
        arrived();
        if (report.type === "warm") this.#hand(this.#warmThread(pool, port, abort, report.threadId));
      });
      // The thread finds it in the port as soon as it gets that.
      port.postMessage(k4s);
      await pool.run(loadPiscina().move(port2), { signal: abort.signal });
    } catch (error) {
      // The pool tells how a thread ended. Once it is warm, its own events tell that.
      if (warm) return;
      arrived();
      this.#failOne(abort.signal.aborted ? abort.signal.reason : error);
      port.close();
      await portClosed;
    }
  }

  #warmThread(pool: Piscina, port: MessagePort, abort: AbortController, threadId: number): WarmThread {
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
    return { worker, port, ended, terminate: () => abort.abort() };
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

/**
 * Loaded with the first thread, and within the turn in which that is asked for: an import would take several, and whatever else
 * happens in them would delay the thread, which takes longer to start than all the rest.
 */
function loadPiscina(): typeof import("piscina") {
  return createRequire(import.meta.url)("piscina");
}

/** Everything a thread had reported there before it ended. */
export function drain(port: MessagePort | BroadcastChannel): unknown[] {
  const left: unknown[] = [];
  // Node takes both; its types know of ports alone.
  const from = port as MessagePort;
  for (let entry = receiveMessageOnPort(from); entry; entry = receiveMessageOnPort(from))
    left.push(entry.message);
  return left;
}
