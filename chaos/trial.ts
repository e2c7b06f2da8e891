/** What each part of `npm run chaos` is given, and what it gives back: figures for the table, and what was broken. */
import type { Random } from "k4s";
import type { Network } from "./network.ts";

export interface Trial {
  readonly random: Random;
  /** How often something is killed, halted or cut off. */
  readonly kills: number;
  /** How many write at once. */
  readonly writers: number;
  /** Where everything of the trial lies; kept where something was broken. */
  readonly folder: string;
  /** A new one, with nobody in it. */
  network(): Network;
  /** Prints how far it is. */
  tell(line: string): void;
}

export interface Findings {
  readonly figures: readonly Figure[];
  /** What must not be; nothing where all is well. */
  readonly problems: readonly string[];
}

export type Figure = readonly [what: string, figure: number | string];

/** Resolves to whether it became so in that time. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  patienceMs: number,
  stepMs = 50,
): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > end) return false;
    await new Promise(resolve => setTimeout(resolve, stepMs));
  }
  return true;
}

/** The middle one and the largest of some times, for the table. */
export function spread(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (index: number) => ((sorted[index] ?? 0) / 1_000).toFixed(1);
  return sorted.length === 0 ? "-" : `${at(sorted.length >> 1)} s, at most ${at(sorted.length - 1)} s`;
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const index = random.below(from.length);
  if (index >= from.length) throw new RangeError("there is nothing to pick from");
  return from[index] as T;
}
