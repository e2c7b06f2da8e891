/**
 * A step of a play: something that users do, or that goes wrong. It is data, a name and a seed of its own: what it draws, and so what
 * it does, does not depend on how many steps came before it. So a history can be made shorter, and still be the same one.
 */
import type { Cluster } from "../../cluster/index.ts";
import type { Random } from "../../outside/index.ts";
import type { CrashingFolder } from "../crashing-folder.ts";
import type { Faults } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import type { PlayedProcess } from "../played-process.ts";
import type { Record } from "../record.ts";

export interface Step {
  /** Its place in the whole history. */
  readonly number: number;
  readonly act: string;
  readonly seed: number;
  /** How long nothing else is done after it, in milliseconds. */
  readonly pauseMs: number;
}

/** What steps are done to. */
export interface Stage {
  readonly record: Record;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly now: number;
  /** The disk, as the process that runs, or the next one, finds it. */
  readonly folder: CrashingFolder;
  /** Undefined while none runs. */
  readonly process: PlayedProcess | undefined;
  /**
   * Asks the process that runs, where it answers, and does not wait. What is refused is fine.
   * @param told called with the answer, where one came
   */
  request<T>(what: string, ask: (cluster: Cluster) => Promise<T>, told?: (answer: T) => void): void;
  /**
   * The process ends after so many operations of its disk, where it makes as many; `isMachines`: with it the machine, so that what was
   * not synced may be gone. It is started again a while later.
   */
  crash(operations: number, isMachines: boolean, downMs: number): void;
  /** The process is asked to stop, and another starts. */
  restart(): void;
  /** Does this later, and also when faults are over. */
  later(ms: number, act: () => void): void;
}

export interface Act {
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Whether something goes wrong by it. */
  readonly isFault: boolean;
  /** Does it. Returns what it did, in a few words; undefined where there was nothing to do it to. */
  play(stage: Stage, random: Random): string | undefined;
}

export function pick<T>(all: readonly T[], random: Random): T | undefined {
  return all[random.below(all.length)];
}

/** One of those that are given, of which there is one at least. */
export function oneOf<T>(random: Random, first: T, ...others: readonly T[]): T {
  return pick([first, ...others], random) ?? first;
}
