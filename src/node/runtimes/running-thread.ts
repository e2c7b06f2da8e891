/** One container in one worker thread. It waits for a thread, has it run the code, and is over when the thread is gone. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import { type Order, OutputRing, type Report } from "../../worker/index.ts";
import { notRunning, type Session } from "../streams/index.ts";
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
import { drain, type ThreadEnd, type ThreadPool, type WarmThread } from "./thread-pool.ts";

export interface RunningThreadOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly startDeadlineMs: number;
}

export class RunningThread implements RunningContainer {
  readonly id: string;
  readonly control: Port;
  readonly #container: ContainerStart;
  readonly #startDeadlineMs: number;
  readonly #state: ReportedState;
  /** What the thread prints. */
  readonly #printed = new OutputRing();
  #takeBack = () => {};
  #thread: WarmThread | undefined;
  #isKilled = false;

  constructor(
    container: ContainerStart,
    pool: ThreadPool,
    { clock, random, startDeadlineMs }: RunningThreadOptions,
  ) {
    this.id = `thread://${random.uuid().replaceAll("-", "")}`;
    this.#container = container;
    this.#startDeadlineMs = startDeadlineMs;
    this.#state = new ReportedState(clock);
    const { port1, port2 } = new MessageChannel();
    this.control = port1 as Port;
    if (!this.#state.fits(container.code, pool.heapBytes)) {
      this.kill();
      return;
    }
    this.#takeBack = pool.take(
      thread => this.#begin(thread, port2 as unknown as Port),
      error => {
        this.#state.cannotStart("CreateContainerError", "no thread could be started", error);
        this.kill();
      },
    );
  }

  get started(): Promise<void> {
    return this.#state.started;
  }

  get exited(): Promise<Exit> {
    return this.#state.exited;
  }

  stop(graceMs: number): void {
    if (!this.#thread) this.kill();
    else this.#order({ type: "stop", graceMs });
  }

  kill(): void {
    if (this.#state.isOver) return;
    this.#isKilled = true;
    if (this.#thread) this.#thread.terminate();
    else {
      this.#takeBack();
      this.#state.end(killed);
    }
  }

  async flush(): Promise<void> {
    this.#takeOutput();
  }

  exec(command: readonly string[]): Session {
    if (!this.#thread || this.#state.isOver) return notRunning();
    return new PortSession(command, (order, transfer) => this.#order(order, transfer));
  }

  /** The time that its event loop was not idle is seen from here, even while it spins; its heap, only by asking. */
  usage(): Usage {
    const { memoryBytes } = this.#state.usage(order => this.#order(order));
    const loop = this.#state.isOver ? undefined : this.#thread?.worker.performance.eventLoopUtilization();
    return { cpuMs: loop?.active ?? 0, memoryBytes };
  }

  #begin(thread: WarmThread, control: Port): void {
    this.#thread = thread;
    thread.line.on("message", report => this.#hear(report as Report));
    void thread.ended.then(end => this.#threadEnded(thread, end));
    const { code, functionName, args, env, self } = this.#container;
    const printed = this.#printed.memory;
    const assignment = { code, functionName, args, env, self, printed };
    const order: Order = { type: "start", assignment, control };
    thread.line.postMessage(order, [control as never]);
    this.#state.mustStartWithin(this.#startDeadlineMs, this.#container, () => this.kill());
  }

  #hear(report: Report): void {
    switch (report?.type) {
      case "output":
        // Once a turn, and no more than the ring holds: a thread that prints without end gets no more of the main thread.
        setImmediate(() => this.#takeOutput());
        return;
      default:
        this.#state.hear(report);
    }
  }

  #takeOutput(): void {
    const pieces = this.#printed.take();
    if (pieces.length > 0) this.#container.output(pieces);
  }

  #threadEnded(thread: WarmThread, end: ThreadEnd): void {
    for (const report of drain(thread.line)) this.#hear(report as Report);
    thread.line.close();
    this.#takeOutput();
    this.#state.end(this.#exitOf(end));
  }

  #exitOf({ exitCode, error }: ThreadEnd): Exit {
    if (this.#isKilled) return killed;
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
      return { exitCode: 137, reason: "OOMKilled" };
    }
    // As of a process: a byte.
    return exitOf(
      exitCode & 0xff,
      this.#state.lastError ?? (error === undefined ? undefined : String(error)),
    );
  }

  #order(order: Order, transfer: readonly MessagePort[] = []): void {
    if (!this.#state.isOver) this.#thread?.line.postMessage(order, [...transfer]);
  }
}
