/**
 * `npm run exercise`: reads what is wanted and does it. Exit code 0: done, or all passed; 1: a check failed; 2: the command
 * was not understood; 130: ended by Ctrl-C or Ctrl-D; 128 and its number: ended by another signal.
 */
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import chalk from "chalk";
import { parseArguments, UsageError, usage, type Wish } from "./classroom/arguments.ts";
import { type Exercise, exerciseNamed, exercisesFolder, findExercises, shown } from "./classroom/exercise.ts";
import { renderPage } from "./classroom/page.ts";
import { checkAll, type ExerciseResult } from "./classroom/results.ts";
import { Session } from "./classroom/session.ts";
import { describeVerdict } from "./classroom/verdict.ts";
import { Workbook, writeFileSafely } from "./classroom/workbook.ts";

const say = (text: string) => console.log(text);

// Ends by way of "exit", where checks that are under way are ended too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => process.exit(128 + constants.signals[signal]));

try {
  process.exitCode = await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${chalk.red(error.message)}\n\n${usage}`);
  process.exitCode = 2;
}

async function run(wish: Wish): Promise<number> {
  const exercises = findExercises();
  const one = (name: string) => named(name, exercises);
  const session = new Session(exercises, new Workbook(), say);
  switch (wish.do) {
    case "help":
      say(usage);
      return 0;
    case "list":
      session.list();
      return 0;
    case "hint":
      return hint(wish.exercise === undefined ? session.next() : one(wish.exercise));
    case "reset":
      return reset(one(wish.exercise));
    case "check":
      return check(wish, wish.exercise === undefined ? exercises : [one(wish.exercise)]);
    case "work":
      return work(session, wish.exercise === undefined ? undefined : one(wish.exercise));
  }
}

/** With a terminal it watches; without one it shows, checks once, and is done. */
async function work(session: Session, chosen: Exercise | undefined): Promise<number> {
  const exercise = chosen ?? session.next();
  if (!chosen) session.list(exercise);
  if (!exercise) {
    say(chalk.green.bold("\nAll exercises are done."));
  } else if (process.stdout.isTTY && process.stdin.isTTY) {
    leaveAtEndOfInput();
    if (!chosen) await session.workThrough(exercise);
    else {
      await session.workOn(exercise);
      say(`Go on with: ${chalk.cyan("npm run exercise")}`);
    }
  } else {
    session.show(exercise);
    await session.check(exercise);
  }
  return 0;
}

/** Nothing is read, but Ctrl-D ends it as Ctrl-C does. */
function leaveAtEndOfInput(): void {
  process.stdin.once("end", () => process.exit(130)).resume();
  process.stdin.unref();
}

function hint(exercise: Exercise | undefined): number {
  say(exercise ? renderPage(exercise.hint) : "All exercises are done.");
  return 0;
}

function reset(exercise: Exercise): number {
  const workbook = new Workbook();
  const kept = workbook.reset(exercise);
  say(`${shown(workbook.fileOf(exercise))} is the starter again.`);
  if (kept !== undefined) say(`What you had written is in ${shown(kept)}.`);
  return 0;
}

async function check(wish: Extract<Wish, { do: "check" }>, exercises: readonly Exercise[]): Promise<number> {
  const folder = wish.work === undefined ? undefined : resolve(wish.work);
  if (folder !== undefined && !existsSync(folder))
    throw new UsageError(`check: there is no folder ${folder}`);
  const workbook = new Workbook(folder);
  const results = await checkAll(exercises, workbook, tell);
  say(`\n${chalk.bold(`${results.points} of ${results.of} points.`)}`);
  // The usual place holds the results of all: those of one exercise go where they are wanted, or nowhere.
  if (wish.results !== undefined || wish.exercise === undefined) {
    const file = resolve(wish.results ?? join(exercisesFolder, "results.json"));
    writeFileSafely(file, `${JSON.stringify(results, undefined, 2)}\n`);
    say(chalk.dim(`Written to ${shown(file)}.`));
  }
  return results.passed ? 0 : 1;
}

function tell(result: ExerciseResult): void {
  const { exercise, title, points, of, handedIn } = result;
  say(
    `${exercise.slice(0, 2)}  ${title}: ${handedIn ? `${points} of ${of} points` : chalk.dim("not begun")}`,
  );
  if (handedIn && !result.passed) say(describeVerdict(result));
}

function named(wanted: string, exercises: readonly Exercise[]): Exercise {
  const exercise = exerciseNamed(wanted, exercises);
  if (exercise) return exercise;
  const names = exercises.map(({ name }) => name).join(", ");
  throw new UsageError(`there is no command or exercise "${wanted}"; the exercises are ${names}`);
}
