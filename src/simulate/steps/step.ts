/**
 * A step of a play: something that users do, or that goes wrong. It is data, a name and a seed of its own: what it draws, and so what
 * it does, does not depend on how many steps came before it. So a history can be made shorter, and still be the same one.
 */
import type { Cluster } from "../../cluster/index.ts";
import type { Random } from "../../outside/index.ts";
import type { Faults, LastingFault } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import type { Record } from "../record.ts";

export interface Step {
  /** Its place in the whole history. */
  readonly number: number;
  readonly act: string;
  readonly seed: number;
  /** How long nothing else is done after it, in milliseconds. */
  readonly pauseMs: number;
}

/** What steps are done to, whatever the cluster is kept in. */
export interface Stage {
  readonly record: Record;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly now: number;
  /**
   * Asks a process that runs, where one answers, and does not wait. What is refused is fine.
   * @param told called with the answer, where one came
   */
  request<T>(what: string, ask: (cluster: Cluster) => Promise<T>, told?: (answer: T) => void): void;
  /** Does this later, and also when faults are over. */
  later(ms: number, act: () => void): void;
}

/** Something that can be done to a stage. */
export interface Act<S = Stage> {
  readonly name: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Whether something goes wrong by it. */
  readonly isFault: boolean;
  /** Does it. Returns what it did, in a few words; undefined where there was nothing to do it to. */
  play(stage: S, random: Random): string | undefined;
}

/** An act by which something goes wrong; it is counted where there was something to do it to. */
export function faultAct<S extends { readonly faults: Faults }>(
  name: string,
  weight: number,
  play: Act<S>["play"],
): Act<S> {
  return {
    name,
    weight,
    isFault: true,
    play(stage, random) {
      const done = play(stage, random);
      if (done !== undefined) stage.faults.count(name);
      return done;
    },
  };
}

/** An act that makes something go wrong again and again, for up to a minute. */
export function lasting(
  fault: LastingFault,
  weight: number,
  rates: readonly [number, ...number[]],
): Act<{ readonly faults: Faults }> {
  return {
    name: fault,
    weight,
    isFault: true,
    play(stage, random) {
      const rate = oneOf(random, ...rates);
      const forMs = 1_000 * (1 + random.below(60));
      stage.faults.turnUp(fault, rate, forMs);
      return `${fault}: ${rate * 100} % for ${forMs / 1_000} s`;
    },
  };
}

export function pick<T>(all: readonly T[], random: Random): T | undefined {
  return all[random.below(all.length)];
}

/** One of those that are given, of which there is one at least. */
export function oneOf<T>(random: Random, first: T, ...others: readonly T[]): T {
  return pick([first, ...others], random) ?? first;
}
