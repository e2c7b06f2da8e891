/**
 * Rehearses disaster: plays clusters in virtual time from seeds, and tells of the first thing that is broken in each, with the shortest
 * history that still breaks it. The same seed is the same play, on every machine.
 */
import { ApiError } from "../errors/index.ts";
import type { Controller } from "../loop/index.ts";
import type { Change } from "../store/index.ts";
import type { Broken, MakeInvariant } from "./invariant.ts";
import { allInvariants } from "./invariants/index.ts";
import { Play } from "./play.ts";
import type { Sabotage } from "./played-process.ts";
import { shrunk } from "./shrink.ts";
import { faultNames, historyOf, type Step } from "./steps/index.ts";

export interface SimulateOptions {
  /** Which plays: one seed, or from the first to the last of two. Default 1. */
  readonly seeds?: number | readonly [first: number, last: number];
  /** How many steps each has. Default 100. */
  readonly steps?: number;
  /** Of the steps only these, by their numbers: a history that was made shorter. */
  readonly only?: readonly number[];
  /** Which faults there may be, by the names that `faultNames` has. Default: all. */
  readonly faults?: readonly string[];
  /** Controllers of your own that run in it. */
  readonly controllers?: readonly Controller[];
  /** Whether a history that fails is made shorter. Default: true. */
  readonly shrink?: boolean;
  /** Told of each seed when it has been played. */
  readonly onSeed?: (seed: SimulatedSeed) => void;
  /** Told of each step when it is done, with what was written meanwhile; waited for where it is a promise. */
  readonly onStep?: (step: number, what: string, changes: readonly Change[]) => void | Promise<void>;
  /** What must never be broken. Default: all that is known. */
  readonly invariants?: readonly MakeInvariant[];
  /** Breaks the product in one place: for those who try whether an invariant finds that out. */
  readonly sabotage?: Sabotage;
}

export interface SimulatedSeed {
  readonly seed: number;
  readonly steps: number;
  /** How many faults of each sort there were. */
  readonly faults: Readonly<{ [fault: string]: number }>;
  readonly writes: number;
  readonly acknowledged: number;
  /** What was told as gone wrong inside: no failure, but what a person would read in the log. */
  readonly told: readonly string[];
  readonly failure: SimulatedFailure | undefined;
}

export interface SimulatedFailure extends Broken {
  /** The numbers of the steps of the shortest history that was found, and was broken in the same way. */
  readonly shortest: readonly number[];
  /** Plays it again, step by step. */
  readonly command: string;
}

export interface SimulationReport {
  readonly seeds: number;
  readonly faults: number;
  readonly writes: number;
  readonly acknowledged: number;
  readonly failures: readonly (SimulatedFailure & { readonly seed: number })[];
}

/** How often a shorter history is tried at most. */
const shrinkBudget = 150;

/**
 * Resolves when all is played, to what was counted and what was broken; never rejects for that. Throws BadRequest for a fault that there
 * is not.
 */
export async function simulate(options: SimulateOptions = {}): Promise<SimulationReport> {
  const { seeds = 1, steps = 100, faults = faultNames } = options;
  for (const name of faults)
    if (!faultNames.includes(name))
      throw new ApiError("BadRequest", `there is no fault "${name}", but ${faultNames.join(", ")}`);
  const [first, last] = typeof seeds === "number" ? [seeds, seeds] : seeds;
  const report = { seeds: 0, faults: 0, writes: 0, acknowledged: 0 };
  const failures: (SimulatedFailure & { readonly seed: number })[] = [];
  for (let seed = first; seed <= last; seed++) {
    const whole = historyOf(seed, steps, faults);
    const history = options.only ? whole.filter(({ number }) => options.only?.includes(number)) : whole;
    const end = await play(seed, history, options, options.onStep);
    const { broken } = end;
    const failure = broken && (await failureOf(broken, seed, history, options));
    report.seeds++;
    report.faults += Object.values(end.faults).reduce((sum, count) => sum + count, 0);
    report.writes += end.writes;
    report.acknowledged += end.acknowledged;
    if (failure) failures.push({ ...failure, seed });
    options.onSeed?.({ ...end, seed, steps: history.length, failure });
  }
  return { ...report, failures };
}

async function play(
  seed: number,
  history: readonly Step[],
  { invariants = allInvariants, controllers, sabotage }: SimulateOptions,
  onStep?: SimulateOptions["onStep"],
) {
  const told =
    onStep && (({ number }: Step, what: string, changes: readonly Change[]) => onStep(number, what, changes));
  return new Play({ seed, invariants, controllers, sabotage, onStep: told }).play(history);
}

async function failureOf(
  broken: Broken,
  seed: number,
  history: readonly Step[],
  options: SimulateOptions,
): Promise<SimulatedFailure> {
  const { steps = 100, shrink = true, faults } = options;
  // What came after the step in which it was found, has nothing to do with it.
  const until = history.filter(({ number }) => number <= (broken.step ?? number));
  const isSame = async (part: readonly Step[]) =>
    (await play(seed, part, options)).broken?.invariant === broken.invariant;
  const shortest = shrink ? await shrunk(until, isSame, shrinkBudget) : until;
  const numbers = shortest.map(({ number }) => number);
  const chosen = faults ? ` --faults ${JSON.stringify(faults.join(","))}` : "";
  const command = `npm run simulate -- --replay ${seed} --steps ${steps}${chosen} --only ${numbers.join(",")}`;
  return { ...broken, shortest: numbers, command };
}
