/**
 * The loops of a cluster, started, stopped and stepped through together.
 */
import { everyEnd } from "../outside/index.ts";
import type { ObjectKey } from "../store/index.ts";
import type { Loop } from "./loop.ts";

/** One run while the loops were paused: which controller looked at which object. */
export interface Step {
  readonly controller: string;
  readonly key: ObjectKey;
}

export class Loops {
  readonly all: readonly Loop[];
  /** Where the search for the next step begins: behind the loop that had the last one. */
  #next = 0;

  constructor(loops: readonly Loop[]) {
    this.all = loops;
  }

  start(): void {
    for (const loop of this.all) loop.start();
  }

  async stop(): Promise<void> {
    await everyEnd(this.all.map(loop => loop.stop()));
  }

  async pause(): Promise<void> {
    await Promise.all(this.all.map(loop => loop.pause()));
  }

  resume(): void {
    for (const loop of this.all) loop.resume();
  }

  /** While paused: one run of the next loop in which a key waits; undefined where there is nothing to do. */
  async step(): Promise<Step | undefined> {
    const count = this.all.length;
    for (let tried = 0; tried < count; tried++) {
      const loop = this.all[(this.#next + tried) % count];
      const key = await loop?.step();
      if (!loop || !key) continue;
      this.#next = (this.#next + tried + 1) % count;
      return { controller: loop.controller.name, key };
    }
    return undefined;
  }
}
