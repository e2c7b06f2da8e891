/** Checks all exercises (or one) once, and writes what a grader reads: points for each scenario, each exercise, and in all. */
import { availableParallelism } from "node:os";
import type { Limits } from "./child-process.ts";
import { examine } from "./examine.ts";
import { checkOf, type Exercise, shown } from "./exercise.ts";
import type { Verdict } from "./verdict.ts";
import { digestOf, type Workbook } from "./workbook.ts";

/** The shape of results.json. */
export interface Results {
  /** Of this shape; it changes when the shape does. */
  readonly version: 1;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly points: number;
  readonly of: number;
  readonly passed: boolean;
  readonly exercises: readonly ExerciseResult[];
}

export type ExerciseResult = Verdict & {
  /** False: there is no file of the learner's. */
  readonly handedIn: boolean;
  /** SHA-256 of the text that was checked. */
  readonly digest?: string;
};

export async function checkAll(
  exercises: readonly Exercise[],
  workbook: Workbook,
  tell: (result: ExerciseResult) => void,
  limits: Partial<Limits> = {},
): Promise<Results> {
  // Told in order, although they do not end in order.
  let told = Promise.resolve();
  const results = await inParallel(exercises, exercise => {
    const result = workbook.has(exercise)
      ? checkOne(exercise, workbook, limits)
      : notHandedIn(exercise, workbook);
    told = told.then(async () => tell(await result));
    return result;
  });
  await told;
  return {
    version: 1,
    checkedAt: new Date().toISOString(),
    points: results.reduce((sum, { points }) => sum + points, 0),
    of: results.reduce((sum, { of }) => sum + of, 0),
    passed: results.every(({ passed }) => passed),
    exercises: results,
  };
}

async function checkOne(
  exercise: Exercise,
  workbook: Workbook,
  limits: Partial<Limits>,
): Promise<ExerciseResult> {
  const file = workbook.fileOf(exercise);
  const digest = digestOf(file);
  const verdict = await examine(exercise, file, limits);
  workbook.remember(exercise, verdict, digest);
  return { ...verdict, handedIn: true, digest };
}

async function notHandedIn(exercise: Exercise, workbook: Workbook): Promise<ExerciseResult> {
  const file = shown(workbook.fileOf(exercise));
  const { scenarios } = await checkOf(exercise);
  return {
    exercise: exercise.name,
    title: exercise.title,
    file,
    points: 0,
    of: scenarios.reduce((sum, { points }) => sum + points, 0),
    passed: false,
    handedIn: false,
    scenarios: scenarios.map(({ name, task, points }) => ({
      name,
      task,
      points: 0,
      of: points,
      passed: false,
      problem: {
        did: "looked for your file",
        expected: file,
        happened: "it is not there yet",
        look: [`npm run exercise -- ${exercise.number}`],
        printed: [],
      },
    })),
  };
}

/** A few at a time: each check is a process with threads of its own. In the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atOnce = Math.max(1, Math.min(3, availableParallelism())),
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
