/**
 * Rehearses disaster: plays clusters in virtual time from seeds, and tells of the first thing that is broken in each, with the shortest
 * history that still breaks it. The same seed is the same play, on every machine.
 */
import {
  ApiError,
  between,
  callback,
  checkArguments,
  each,
  flag,
  must,
  object,
  oneOf,
  options as optionsOf,
  type Rule,
} from "../errors/index.ts";
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
  /** What is played with each seed: a cluster in a `folder`, programs that share one in `etcd`, `messages`. Default: all. */
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
  /** Plays it again, step by step; controllers of one's own are to be given again. */
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

const seed = between(0, Number.MAX_SAFE_INTEGER - 1);
const isPair = (value: unknown) =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every(each => seed(each, "").length === 0) &&
  value[0] <= value[1];
const optionRules: Record<keyof SimulateOptions, Rule> = {
  seeds: (value, path) =>
    typeof value === "number"
      ? seed(value, path)
      : must("a seed, or the first and the last of some: [1, 10]", isPair)(value, path),
  plays: each(oneOf(...playNames)),
  steps: between(0, 1_000_000),
  only: each(between(0, 1_000_000)),
  faults: each(oneOf(...faultNames)),
  controllers: each(object),
  shrink: flag,
  onSeed: callback,
  onStep: callback,
  invariants: each(callback),
  sabotage: object,
};

/**
 * Resolves when all is played, to what was counted and what was broken; never rejects for that. Rejects with BadRequest for options
 * that say nothing, such as a fault or a step that there is not.
 */
export async function simulate(options: SimulateOptions = {}): Promise<SimulationReport> {
  const { seeds = 1 } = options;
  checkArguments("simulate", { options: optionsOf(optionRules) }, [options]);
  const { steps = 100, only = [] } = options;
  const absent = only.find(number => number >= steps);
  if (absent !== undefined)
    throw new ApiError(
      "BadRequest",
      `simulate: there is no step ${absent} of ${steps}: they are counted from 0`,
    );
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
  const names = faults?.length === 0 ? "none" : faults?.join(",");
  const chosen = names === undefined ? "" : ` --faults ${JSON.stringify(names)}`;
  const command = `npm run simulate -- --plays ${name} --replay ${seed} --steps ${steps}${chosen} --only ${numbers.join(",")}`;
  return { ...broken, shortest: numbers, command };
}
