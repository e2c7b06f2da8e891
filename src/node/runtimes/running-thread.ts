/** One container in one worker thread. It waits for a thread, has it run the code, and is over when the thread is gone. */
import { BroadcastChannel } from "node:worker_threads";
import type { Port } from "../../messages/index.ts";
import { type InnerReport, innerChannel, OutputRing, type Report } from "../../worker/index.ts";
import type { ChildGroups } from "./child-groups.ts";
import { groupIsLeft, killGroup } from "./process-group.ts";
import { RunningCode, type RunningCodeOptions } from "./running-code.ts";
import { type ContainerStart, type Exit, exitOf, killed, killedForMemory, type Usage } from "./runtime.ts";
import { drain, type ThreadEnd, type ThreadPool, type WarmThread } from "./starting/index.ts";
import { numberIn } from "./told-values.ts";

export class RunningThread extends RunningCode {
  readonly #pool: ThreadPool;
  /** Those of all threads. */
  readonly #groups: ChildGroups;
  /** What the thread prints. */
  readonly #printed = new OutputRing();
  /** The processes that it has started, by their ids: those that have not ended, and those that have left others. */
  readonly #children = new Set<number>();
  #takeBack = () => {};
  #thread: WarmThread | undefined;
  /** How long the thread had been busy getting ready, before it was given this container. */
  #busyBefore = 0;

  constructor(container: ContainerStart, pool: ThreadPool, groups: ChildGroups, options: RunningCodeOptions) {
    super("thread", container, options);
    this.#pool = pool;
    this.#groups = groups;
  }

  async flush(): Promise<void> {
    this.#takeOutput();
  }

  /** The time that its event loop was not idle is seen from here, even while it spins; its heap, only by asking. */
  override async usage(): Promise<Usage> {
    const usage = await super.usage();
    return { ...usage, cpuMs: Math.max(0, this.#busyMs() - this.#busyBefore) };
  }

  #busyMs(): number {
    const loop = this.isOver ? undefined : this.#thread?.worker.performance.eventLoopUtilization();
    return loop?.active ?? 0;
  }

  protected get heapBytes(): number {
    return this.#pool.heapBytes;
  }

  protected begin(): void {
    this.#takeBack = this.#pool.take(
      thread => {
        this.#thread = thread;
        this.#busyBefore = this.#busyMs();
        const inner = this.#hearInnerThreads(thread.worker.threadId);
        void thread.ended.then(end => {
          for (const message of drain(inner)) this.#heardOfInner(message);
          inner.close();
          this.#threadEnded(thread, end);
        });
        this.run(thread.port as Port, this.#printed.memory);
        this.mustStartInTime();
      },
      error => {
        this.cannotStart("CreateContainerError", "no thread could be started", error);
        this.kill();
      },
    );
  }

  protected terminate(): boolean {
    this.#takeBack();
    this.#thread?.terminate();
    return this.#thread !== undefined;
  }

  protected override hear(report: Report): void {
    // Once a turn, and no more than the ring holds: a thread that prints without end gets no more of the main thread.
    if (report?.type === "output") setImmediate(() => this.#takeOutput());
    else if (report?.type === "child") this.#heardOfChild(numberIn(report.pid), report.hasEnded);
    else super.hear(report);
  }

  #takeOutput(): void {
    const pieces = this.#printed.take();
    if (pieces.length > 0) this.container.output(pieces);
  }

  /** What they start is told here too: the thread of the container may spin, and its end is theirs. */
  #hearInnerThreads(threadId: number): BroadcastChannel {
    const channel = new BroadcastChannel(innerChannel(threadId));
    channel.onmessage = event => this.#heardOfInner((event as MessageEvent).data);
    channel.unref();
    return channel;
  }

  #heardOfInner(message: unknown): void {
    const report = message as InnerReport | null;
    if (report?.type === "child") this.#heardOfChild(numberIn(report.pid), report.hasEnded);
  }

  #heardOfChild(pid: number, hasEnded: boolean): void {
    if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return;
    if (!hasEnded) {
      this.#children.add(pid);
      this.#groups.add(pid);
    } else if (!groupIsLeft(pid)) this.#forget(pid);
  }

  #forget(pid: number): void {
    this.#children.delete(pid);
    this.#groups.delete(pid);
  }

  #threadEnded(thread: WarmThread, end: ThreadEnd): void {
    for (const report of drain(thread.port)) this.hear(report as Report);
    thread.port.close();
    this.#takeOutput();
    for (const pid of this.#children) {
      killGroup(pid);
      this.#forget(pid);
    }
    this.end(this.#exitOf(end));
  }

  #exitOf({ exitCode, error }: ThreadEnd): Exit {
    // A full heap is slow, so a probe may fail and the kill come while V8 gives up already: the memory was the reason.
    if ((error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY") {
      return killedForMemory(this.container.memoryBytes, this.heapBytes);
    }
    if (this.isKilled) return killed;
    // As of a process: a byte.
    return exitOf(exitCode & 0xff, this.lastError ?? (error === undefined ? undefined : String(error)));
  }
}
