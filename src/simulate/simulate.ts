/**
 * Rehearses disaster: plays clusters in virtual time from seeds, and tells of the first thing that is broken in each, with the shortest
 * history that still breaks it. The same seed is the same play, on every machine.
 */
import { ApiError } from "../errors/index.ts";
import type { Controller } from "../loop/index.ts";
import type { Change } from "../store/index.ts";
import type { Broken, MakeInvariant } from "./invariant.ts";
import { allInvariants } from "./invariants/index.ts";
import type { PlayEnd, PlayOptions } from "./play.ts";
import type { Sabotage } from "./played-process.ts";
import { type PlayName, playNames, plays } from "./plays.ts";
import { shrunk } from "./shrink.ts";
import type { Step } from "./steps/index.ts";

export interface SimulateOptions {
  /** Which plays: one seed, or from the first to the last of two. Default 1. */
  readonly seeds?: number | readonly [first: number, last: number];
  /** What is played with each seed: a cluster in a `folder`, or programs that share one in `etcd`. Default: all. */
  readonly plays?: readonly PlayName[];
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
  readonly play: PlayName;
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
  readonly failures: readonly (SimulatedFailure & { readonly seed: number; readonly play: PlayName })[];
}

/** How often a shorter history is tried at most. */
const shrinkBudget = 150;

/** All that can go wrong in plays, by name. */
export const faultNames: readonly string[] = [
  ...new Set(playNames.flatMap(name => plays[name].acts.faultNames)),
];

/**
 * Resolves when all is played, to what was counted and what was broken; never rejects for that. Throws BadRequest for a fault, or a play,
 * that there is not.
 */
export async function simulate(options: SimulateOptions = {}): Promise<SimulationReport> {
  const { seeds = 1 } = options;
  assertKnown("fault", options.faults ?? [], faultNames);
  assertKnown("play", options.plays ?? [], playNames);
  const [first, last] = typeof seeds === "number" ? [seeds, seeds] : seeds;
  const report = { seeds: 0, faults: 0, writes: 0, acknowledged: 0 };
  const failures: SimulationReport["failures"][number][] = [];
  for (let seed = first; seed <= last; seed++) {
    report.seeds++;
    for (const name of options.plays ?? playNames) {
      const { history, end, failure } = await playSeed(name, seed, options);
      report.faults += Object.values(end.faults).reduce((sum, count) => sum + count, 0);
      report.writes += end.writes;
      report.acknowledged += end.acknowledged;
      if (failure) failures.push({ ...failure, seed, play: name });
      options.onSeed?.({ ...end, seed, play: name, steps: history.length, failure });
    }
  }
  return { ...report, failures };
}

function assertKnown(what: string, given: readonly string[], known: readonly string[]): void {
  const other = given.find(name => !known.includes(name));
  if (other === undefined) return;
  throw new ApiError("BadRequest", `there is no ${what} "${other}", but ${known.join(", ")}`);
}

async function playSeed(name: PlayName, seed: number, options: SimulateOptions) {
  const { steps = 100, faults = faultNames, only } = options;
  const whole = plays[name].acts.historyOf(seed, steps, faults);
  const history = only ? whole.filter(({ number }) => only.includes(number)) : whole;
  const end = await play(name, seed, history, options, options.onStep);
  const failure = end.broken && (await failureOf(name, end.broken, seed, history, options));
  return { history, end, failure };
}

function play(
  name: PlayName,
  seed: number,
  history: readonly Step[],
  { invariants = allInvariants, controllers, sabotage }: SimulateOptions,
  onStep?: SimulateOptions["onStep"],
): Promise<PlayEnd> {
  const told: PlayOptions["onStep"] =
    onStep && (({ number }, what, changes) => onStep(number, what, changes));
  return plays[name].play({ seed, invariants, controllers, sabotage, onStep: told }, history);
}

async function failureOf(
  name: PlayName,
  broken: Broken,
  seed: number,
  history: readonly Step[],
  options: SimulateOptions,
): Promise<SimulatedFailure> {
  const { steps = 100, shrink = true, faults } = options;
  // What came after the step in which it was found, has nothing to do with it.
  const until = history.filter(({ number }) => number <= (broken.step ?? number));
  const isSame = async (part: readonly Step[]) =>
    (await play(name, seed, part, options)).broken?.invariant === broken.invariant;
  const shortest = shrink ? await shrunk(until, isSame, shrinkBudget) : until;
  const numbers = shortest.map(({ number }) => number);
  const chosen = faults ? ` --faults ${JSON.stringify(faults.join(","))}` : "";
  const command = `npm run simulate -- --plays ${name} --replay ${seed} --steps ${steps}${chosen} --only ${numbers.join(",")}`;
  return { ...broken, shortest: numbers, command };
}
