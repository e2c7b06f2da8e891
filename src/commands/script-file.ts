/** A program that is a file of the container: a script, which is run by what its `#!` line names, or a copy of a program of the machine. */
import { closeSync, constants, openSync, readSync, type Stats, statSync } from "node:fs";
import { posix } from "node:path";
import type { PlaceOf } from "../worker/index.ts";
import { type FindProgram, type Invocation, type Program, print } from "./program.ts";
import { runWithPlaces } from "./programs/index.ts";

/**
 * Undefined where there is no such file.
 * @param name with a slash it is a path; without, it is looked for in the folders of `path`
 */
export function scriptFile(
  name: string,
  cwd: string,
  path: string,
  placeOf: PlaceOf,
  find: FindProgram,
): Program | undefined {
  const candidates = name.includes("/")
    ? [posix.resolve(cwd, name)]
    : path.split(":").map(folder => posix.join(folder, name));
  for (const file of candidates) {
    const found = statOf(file);
    if (!found?.isFile()) continue;
    return call => runFile(file, found, call, placeOf, find);
  }
  return undefined;
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

async function runFile(
  file: string,
  { mode }: Stats,
  call: Invocation,
  placeOf: PlaceOf,
  find: FindProgram,
): Promise<number> {
  if ((mode & (constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH)) === 0)
    return refused(call, `${file}: Permission denied`);
  const start = startOf(file);
  if (start.startsWith("\x7fELF") || start.startsWith("\xcf\xfa\xed\xfe"))
    return runWithPlaces(placeOf(file), call, placeOf);
  // It stands for one that is no file: a program of the image.
  const meant = start === "" ? find(posix.basename(file), call.cwd) : undefined;
  if (meant) return meant(call);
  const [, interpreter = "/bin/sh", option] = /^#!\s*(\S+)(?:[ \t]+([^\n]*\S))?/.exec(start) ?? [];
  const words = interpreter.endsWith("/env") && option ? option.split(/\s+/) : [interpreter, option];
  const [name = "", ...options] = words.filter(word => word !== undefined);
  const program = find(name, call.cwd);
  if (!program) return refused(call, `${file}: not found`, 127);
  return program({ ...call, args: [...options, file, ...call.args] });
}

async function refused({ stderr }: Invocation, problem: string, exitCode = 126): Promise<number> {
  await print(stderr, `sh: ${problem}\n`);
  return exitCode;
}

/** Enough for its first line, byte by byte. */
function startOf(file: string): string {
  const fd = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(256);
    return bytes.toString("latin1", 0, readSync(fd, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(fd);
  }
}
