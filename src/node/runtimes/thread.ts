/**
 * The runtime of worker threads, the default. A container gets a fresh thread: no state is left over from another. It is
 * quick and shares the process, so it is for code that one trusts: see `process` for the rest.
 */
import { availableParallelism } from "node:os";
import type { Clock, Random } from "../../outside/index.ts";
import { ChildGroups } from "./child-groups.ts";
import type { RunningCodeOptions } from "./running-code.ts";
import { RunningThread } from "./running-thread.ts";
import type { ContainerStart, RunningContainer, Runtime } from "./runtime.ts";
import { bootstrapFile, ColdStartGate, type HeapLimits, ThreadPool } from "./starting/index.ts";

export interface ThreadRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How many threads are kept warm once the first container is expected. Default 2. */
  readonly spares?: number | undefined;
  /** The heap of a container without a memory limit, in MB. Default: young 4, old 64. */
  readonly heap?: HeapLimits;
  /** How long a module may take to load, in milliseconds. Default 30,000. */
  readonly startDeadlineMs?: number;
  /** Called with what a worker function has reported, each time that it is heard; nothing is done where left out. */
  readonly onReport?: RunningCodeOptions["onReport"];
}

const mebibyte = 1024 * 1024;
/** How long after the start of a container the spare thread that it took is replaced: its first answer comes first. */
const refillAfterMs = 20;

export class ThreadRuntime implements Runtime {
  readonly name = "thread";
  readonly copies = false;
  readonly runsImages = true;
  readonly quiet = false;
  readonly #options: Required<ThreadRuntimeOptions> & RunningCodeOptions;
  /** One more than there are cores: a start waits for the main thread now and then, and another uses the core meanwhile. */
  readonly #gate = new ColdStartGate(availableParallelism() + 1);
  /** By old-space limit in MB. Made when first needed: a cluster that runs no thread pays nothing. */
  readonly #pools = new Map<number, ThreadPool>();
  readonly #running = new Set<RunningThread>();
  readonly #groups = new ChildGroups();

  constructor({
    clock,
    random,
    spares = 2,
    heap = { young: 4, old: 64 },
    startDeadlineMs = 30_000,
    onReport = () => {},
  }: ThreadRuntimeOptions) {
    this.#options = { clock, random, spares, heap, startDeadlineMs, onReport };
  }

  warmUp(): void {
    this.#poolFor(undefined).warmUp();
  }

  start(container: ContainerStart): RunningContainer {
    const pool = this.#poolFor(container.memoryBytes);
    const running = new RunningThread(container, pool, this.#groups, this.#options);
    this.#running.add(running);
    running.start();
    // The spare thread that was taken is replaced when the container runs, so that its start has the processor.
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
    await this.#groups.close();
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
      () => bootstrapFile("thread"),
      this.#gate,
      isDefault ? spares : 0,
    );
    this.#pools.set(old, pool);
    return pool;
  }
}
