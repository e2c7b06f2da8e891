/**
 * The runtime of child processes, for code that is not trusted. It runs the same containers as `thread`, and nothing that they
 * do harms the cluster's process, memory included. A start costs some 40 ms, and each message is copied through a pipe.
 */
import type { Clock, Random } from "../../outside/index.ts";
import type { RunningCodeOptions } from "./running-code.ts";
import { RunningProcess } from "./running-process.ts";
import type { ContainerStart, RunningContainer, Runtime } from "./runtime.ts";

export interface ProcessRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long a module may take to load, in milliseconds. Default 30,000. */
  readonly startDeadlineMs?: number;
  /** Called with what a worker function has reported, each time that it is heard; nothing is done where left out. */
  readonly onReport?: RunningCodeOptions["onReport"];
  /** How much memory a container without a limit may take, beyond an empty process. Default 64 MiB. */
  readonly memoryBytes?: number;
}

export class ProcessRuntime implements Runtime {
  readonly name = "process";
  readonly copies = true;
  readonly runsImages = true;
  readonly quiet = false;
  readonly #options: Required<ProcessRuntimeOptions>;
  readonly #running = new Set<RunningProcess>();

  constructor({
    clock,
    random,
    startDeadlineMs = 30_000,
    onReport = () => {},
    memoryBytes = 64 * 1024 * 1024,
  }: ProcessRuntimeOptions) {
    this.#options = { clock, random, startDeadlineMs, memoryBytes, onReport };
  }

  warmUp(): void {}

  start(container: ContainerStart): RunningContainer {
    const running = new RunningProcess(container, this.#options);
    this.#running.add(running);
    running.start();
    void running.exited.then(() => this.#running.delete(running));
    return running;
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const container of running) container.kill();
    await Promise.all(running.map(container => container.exited));
  }
}
