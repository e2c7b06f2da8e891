/**
 * The clock of one process that is played. It goes with the virtual clock of the play, and does what happens to processes and machines:
 * it ends (nothing that was to come comes any more), it is halted and goes on later (SIGSTOP, a machine that sleeps), and its time of
 * day jumps, which timers do not.
 */
import { type Clock, sleepOn, type Timer } from "../outside/index.ts";

/** Too short to be seen in any time. */
const turnMs = 1e-3;

export class ProcessClock implements Clock {
  readonly #base: Clock;
  #offset = 0;
  #hasEnded = false;
  #isHalted = false;
  /** What has become due while it is halted, and since while it catches up with that, in order. */
  #waiting: (() => void)[] = [];
  #isCatchingUp = false;

  constructor(base: Clock) {
    this.#base = base;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  now(): number {
    return this.#base.now() + this.#offset;
  }

  elapsed(): number {
    return this.#base.elapsed();
  }

  after(ms: number, run: () => void): Timer {
    let isCancelled = false;
    const timer = this.#base.after(ms, () =>
      this.#run(() => {
        if (!isCancelled) run();
      }),
    );
    const cancel = () => {
      isCancelled = true;
      timer.cancel();
    };
    return { cancel };
  }

  soon(run: () => void): void {
    this.#base.soon(() => this.#run(run));
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** From now on nothing happens in this process. */
  end(): void {
    this.#hasEnded = true;
    this.#waiting = [];
  }

  halt(): void {
    this.#isHalted = true;
  }

  /**
   * All that became due meanwhile happens now, in order; what each of it makes ready at once comes before the next. What becomes due before
   * that is done comes after it: nothing overtakes what lies unread in a socket.
   */
  goOn(): void {
    this.#isHalted = false;
    this.#catchUp();
  }

  /** The time of day is another from one moment to the next. */
  jump(ms: number): void {
    this.#offset += ms;
  }

  /** As a time service sets it right. */
  setRight(): void {
    this.#offset = 0;
  }

  #catchUp(): void {
    if (this.#isCatchingUp || this.#waiting.length === 0) return;
    this.#isCatchingUp = true;
    this.#base.after(turnMs, () => {
      this.#isCatchingUp = false;
      if (this.#isHalted) return;
      this.#waiting.shift()?.();
      this.#catchUp();
    });
  }

  #run(run: () => void): void {
    if (this.#hasEnded) return;
    if (this.#isHalted || this.#waiting.length > 0) this.#waiting.push(run);
    else run();
  }
}
