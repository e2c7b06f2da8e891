/**
 * An exercise is a folder `NN-name` with a page, a hint, a manifest, a starter, a solution and a check. The learner writes
 * what the starter is: a module (`starter.ts`) or a manifest (`starter.yaml`). This file finds them, and knows which page says
 * what on which line.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Check } from "./check.ts";

export const exercisesFolder = fileURLToPath(new URL("..", import.meta.url));
/** Paths are shown as seen from here. */
export const projectFolder = join(exercisesFolder, "..");

export interface Exercise {
  readonly number: number;
  /** The folder's name, `04-errors`; the learner's file is called the same, and so is its image where it is a module. */
  readonly name: string;
  /** The learner's file: `04-errors.ts`, `12-stuck-rollout.yaml`. */
  readonly file: string;
  readonly starter: string;
  readonly solution: string;
  readonly folder: string;
  /** The heading of its page, without the number. */
  readonly title: string;
  /** From the page: "About 15 minutes." */
  readonly minutes: number;
  readonly page: string;
  readonly hint: string;
}

/** All exercises, in order. */
export function findExercises(): Exercise[] {
  return readdirSync(exercisesFolder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && /^\d\d-/.test(entry.name))
    .map(entry => openExercise(entry.name))
    .sort((a, b) => a.number - b.number);
}

function openExercise(name: string): Exercise {
  const folder = join(exercisesFolder, name);
  const page = readFileSync(join(folder, "README.md"), "utf8");
  const title = /^# \d+\. (.+)$/m.exec(page)?.[1];
  const minutes = /About (\d+) minutes/.exec(page)?.[1];
  if (title === undefined || minutes === undefined) {
    throw new Error(
      `${folder}/README.md: it must begin with "# N. Title" and say "About N minutes" (see exercises/README.md)`,
    );
  }
  const hint = readFileSync(join(folder, "hint.md"), "utf8");
  const extension = existsSync(join(folder, "starter.yaml")) ? ".yaml" : ".ts";
  return {
    number: Number(name.slice(0, 2)),
    name,
    file: name + extension,
    starter: join(folder, `starter${extension}`),
    solution: join(folder, `solution${extension}`),
    folder,
    title,
    minutes: Number(minutes),
    page,
    hint,
  };
}

/** The one that is meant by `4`, `04-errors` or `errors`. */
export function exerciseNamed(wanted: string, exercises: readonly Exercise[]): Exercise | undefined {
  return exercises.find(
    ({ number, name }) => wanted === name || wanted === name.slice(3) || Number(wanted) === number,
  );
}

export async function checkOf(exercise: Exercise): Promise<Check> {
  const module = await import(pathToFileURL(join(exercise.folder, "check.ts")).href);
  return module.default as Check;
}

/** Where to look for a task: its mark in the learner's file, while that is there, and its line on the page. */
export function placesOf(exercise: Exercise, task: number, file: string, text: string): string[] {
  const places: string[] = [];
  const mark = lineOf(new RegExp(`\\bTODO ${task}\\b`), text);
  if (mark !== undefined) places.push(`${shown(file)}:${mark} (TODO ${task})`);
  const line = lineOf(new RegExp(`^${task}\\. `), exercise.page) ?? 1;
  places.push(`${shown(join(exercise.folder, "README.md"))}:${line} (task ${task})`);
  return places;
}

/** A path as a person at the project's root would type it. */
export function shown(path: string): string {
  const way = relative(projectFolder, path);
  return way.startsWith("..") ? path : way;
}

function lineOf(pattern: RegExp, text: string): number | undefined {
  const index = text.split("\n").findIndex(line => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}
