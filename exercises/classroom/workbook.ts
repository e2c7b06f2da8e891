/**
 * The learner's own files: `exercises/work/NN-name.ts` (or `.yaml`), copied from the starter when an exercise is first opened, and what
 * has passed so far. The folder is not under version control; starters stay as they are, and updates never collide with
 * somebody's work.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Exercise, exercisesFolder } from "./exercise.ts";
import type { Verdict } from "./verdict.ts";

const ourFolder = join(exercisesFolder, "work");

/** How far the learner is: `changed` is a file that passed and was edited since. */
export type Mark = "new" | "begun" | "changed" | "passed";

/** What is kept of a check: which text it was about, and what came of it. */
interface Entry {
  readonly digest: string;
  readonly points: number;
  readonly of: number;
}

export class Workbook {
  readonly folder: string;

  readonly #isOurs: boolean;

  constructor(folder = ourFolder) {
    this.folder = folder;
    this.#isOurs = folder === ourFolder;
  }

  fileOf(exercise: Exercise): string {
    return join(this.folder, exercise.file);
  }

  has(exercise: Exercise): boolean {
    return existsSync(this.fileOf(exercise));
  }

  /** Makes the learner's file out of the starter, unless it is there. */
  open(exercise: Exercise): string {
    const file = this.fileOf(exercise);
    mkdirSync(this.folder, { recursive: true });
    this.#writeProjectFile();
    if (!existsSync(file)) writeFileSync(file, this.#starterOf(exercise));
    return file;
  }

  /** Puts the starter back. What was there before is kept beside it; its name comes back if there was anything to keep. */
  reset(exercise: Exercise): string | undefined {
    const file = this.fileOf(exercise);
    let kept: string | undefined;
    if (existsSync(file) && readFileSync(file, "utf8") !== this.#starterOf(exercise)) {
      kept = this.#freeNameBeside(file);
      renameSync(file, kept);
      writeFileSync(file, this.#starterOf(exercise));
    }
    this.open(exercise);
    const { [exercise.name]: _, ...others } = this.#progress();
    this.#keep(others);
    return kept;
  }

  /** Keeps what came of a check. In a folder that somebody handed in nothing is written. */
  remember(exercise: Exercise, verdict: Verdict, digest: string): void {
    const { points, of } = verdict;
    this.#keep({ ...this.#progress(), [exercise.name]: { digest, points, of } });
  }

  markOf(exercise: Exercise): Mark {
    const entry = this.#progress()[exercise.name];
    if (!this.has(exercise)) return "new";
    if (!entry || entry.points < entry.of) return "begun";
    return entry.digest === digestOf(this.fileOf(exercise)) ? "passed" : "changed";
  }

  get #progressFile(): string {
    return join(this.folder, "progress.json");
  }

  #progress(): Record<string, Entry> {
    try {
      return JSON.parse(readFileSync(this.#progressFile, "utf8"));
    } catch {
      // None yet, or spoilt by hand: the next check writes it again.
      return {};
    }
  }

  #keep(progress: Record<string, Entry>): void {
    if (!this.#isOurs) return;
    writeFileSafely(this.#progressFile, `${JSON.stringify(progress, undefined, 2)}\n`);
  }

  #starterOf(exercise: Exercise): string {
    return readFileSync(exercise.starter, "utf8");
  }

  /** So that an editor knows what "k4s" is in here. */
  #writeProjectFile(): void {
    const file = join(this.folder, "tsconfig.json");
    if (existsSync(file) || !this.#isOurs) return;
    writeFileSync(
      file,
      `${JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] })}\n`,
    );
  }

  #freeNameBeside(file: string): string {
    for (let number = 1; ; number++) {
      const name = file.replace(/\.\w+$/, `.before-reset-${number}.txt`);
      if (!existsSync(name)) return name;
    }
  }
}

/** Which text a file holds: the same text, the same digest. */
export function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

/** Whole or not at all: a reader never sees half a file. */
export function writeFileSafely(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
