/**
 * One learner at one terminal: shows an exercise, checks the file, and again each time it is saved. When it passes, the
 * next one comes. A save during a check gives the check up: only the newest text counts.
 */
import { type FSWatcher, watch } from "node:fs";
import chalk from "chalk";
import { examine } from "./examine.ts";
import { type Exercise, shown } from "./exercise.ts";
import { renderPage } from "./page.ts";
import { describeVerdict } from "./verdict.ts";
import { digestOf, type Mark, type Workbook } from "./workbook.ts";

const marks: Record<Mark, string> = {
  passed: chalk.green("✔"),
  changed: chalk.yellow("~"),
  begun: chalk.yellow("▸"),
  new: chalk.dim("·"),
};

/** How long after a save the file is read: editors write in several steps. */
const settleMs = 80;

export class Session {
  readonly #exercises: readonly Exercise[];
  readonly #workbook: Workbook;
  readonly #say: (text: string) => void;

  constructor(exercises: readonly Exercise[], workbook: Workbook, say: (text: string) => void) {
    this.#exercises = exercises;
    this.#workbook = workbook;
    this.#say = say;
  }

  /** The first one that has not passed, beginning after the one given. */
  next(after?: Exercise): Exercise | undefined {
    const index = after === undefined ? -1 : this.#exercises.indexOf(after);
    const inOrder = [...this.#exercises.slice(index + 1), ...this.#exercises.slice(0, index + 1)];
    return inOrder.find(exercise => this.#workbook.markOf(exercise) !== "passed");
  }

  list(next = this.next()): void {
    for (const exercise of this.#exercises) {
      const { number, title, minutes } = exercise;
      const mark = this.#workbook.markOf(exercise);
      const about = mark === "changed" ? "passed, and changed since" : `about ${minutes} minutes`;
      const line = `${String(number).padStart(4)}  ${title} ${chalk.dim(`(${about})`)}`;
      this.#say(`${marks[mark]}${exercise === next ? chalk.bold(line) : line}`);
    }
  }

  /** The page, and where to write. */
  show(exercise: Exercise): void {
    const file = this.#workbook.open(exercise);
    this.#say(`\n${renderPage(exercise.page)}\n`);
    this.#say(`${chalk.bold("Your file:")} ${chalk.cyan(shown(file))}`);
    this.#say(chalk.dim(`A hint: npm run exercise -- hint ${exercise.number}\n`));
  }

  /** Checks once, tells, and remembers. */
  async check(exercise: Exercise, signal?: AbortSignal): Promise<boolean> {
    const file = this.#workbook.open(exercise);
    const digest = digestOf(file);
    const verdict = await examine(exercise, file, { signal });
    this.#workbook.remember(exercise, verdict, digest);
    this.#say(describeVerdict(verdict));
    const sum = `${verdict.points} of ${verdict.of} points`;
    this.#say(
      verdict.passed
        ? chalk.green.bold(`  Exercise ${exercise.number} is done: ${sum}.`)
        : `  ${sum} so far.`,
    );
    return verdict.passed;
  }

  /** Stays with one exercise until it passes. */
  async workOn(exercise: Exercise): Promise<void> {
    this.show(exercise);
    await this.#untilPassed(exercise);
  }

  /** Goes on, from one to the next, until everything has passed. Whoever has enough presses Ctrl-C. */
  async workThrough(first: Exercise): Promise<void> {
    for (let exercise: Exercise | undefined = first; exercise; exercise = this.next(exercise)) {
      await this.workOn(exercise);
    }
    this.#say(chalk.green.bold("\nAll exercises are done. Congratulations!"));
  }

  async #untilPassed(exercise: Exercise): Promise<void> {
    const saves = new Saves(this.#workbook, exercise);
    try {
      for (;;) {
        const given = new AbortController();
        this.#say(chalk.dim("  checking …"));
        const check = this.check(exercise, given.signal).catch(error => {
          if (!given.signal.aborted) throw error;
          return undefined;
        });
        const save = saves.next();
        const passed = await Promise.race([check, save.then(() => false)]);
        if (passed) return;
        given.abort();
        await check;
        if (!saves.came)
          this.#say(chalk.dim(`\n  Waiting for you to save ${shown(saves.file)} (Ctrl-C to leave) …`));
        await save;
        this.#say("");
      }
    } finally {
      saves.close();
    }
  }
}

/** The saves of one file. The folder is watched, not the file: many editors save by putting a new file in its place. */
class Saves {
  readonly file: string;
  readonly #watcher: FSWatcher;
  #digest: string;
  #timer: NodeJS.Timeout | undefined;
  #tell: () => void = () => {};
  /** True when the save that is waited for has come. */
  came = false;

  constructor(workbook: Workbook, exercise: Exercise) {
    this.file = workbook.open(exercise);
    this.#digest = digestOf(this.file);
    this.#watcher = watch(workbook.folder, (_event, name) => {
      if (name !== null && name !== exercise.file) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#look(), settleMs);
    });
  }

  /** Resolves when the text of the file is another one than the last time. */
  next(): Promise<void> {
    this.came = false;
    return new Promise(resolve => {
      this.#tell = () => {
        this.came = true;
        resolve();
      };
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watcher.close();
  }

  #look(): void {
    let digest: string;
    try {
      digest = digestOf(this.file);
    } catch {
      // In the middle of being replaced, or deleted: whoever puts it back makes another event.
      return;
    }
    if (digest === this.#digest) return;
    this.#digest = digest;
    this.#tell();
  }
}
