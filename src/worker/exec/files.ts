/** `cat` and `ls`, as far as people use them to look into a container: paths are those of the machine. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { ExecSession } from "./session.ts";

/** Prints files, or its input where none is named or one is `-`. Goes on after one that cannot be read. */
export async function cat(
  paths: readonly string[],
  { stdin, stdout, stderr, signal }: ExecSession,
): Promise<number> {
  let exitCode = 0;
  for (const path of paths.length === 0 ? ["-"] : paths) {
    try {
      const from = path === "-" ? stdin : createReadStream(path);
      await pipeline(from, stdout, { end: false, signal });
    } catch (error) {
      signal.throwIfAborted();
      stderr.write(`cat: ${path}: ${reasonOf(error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

/** Prints names, one a line; hidden ones with `-a`. `-1` is understood. */
export async function ls(args: readonly string[], { stdout, stderr }: ExecSession): Promise<number> {
  const options = args.filter(arg => /^-./.test(arg));
  const unknown = options.find(option => !/^-[a1]+$/.test(option));
  if (unknown !== undefined) throw new Error(`ls: option ${unknown} is not known: there are -a and -1`);
  const isAll = options.some(option => option.includes("a"));
  const named = args.filter(arg => !options.includes(arg));
  const paths = named.length === 0 ? ["."] : named;
  let exitCode = 0;
  for (const [index, path] of paths.entries()) {
    try {
      const isFolder = (await stat(path)).isDirectory();
      if (isFolder && paths.length > 1) stdout.write(`${index > 0 ? "\n" : ""}${path}:\n`);
      const names = isFolder ? [...(isAll ? [".", ".."] : []), ...(await readdir(path)).sort()] : [path];
      for (const name of names) if (isAll || !isFolder || !name.startsWith(".")) stdout.write(`${name}\n`);
    } catch (error) {
      stderr.write(`ls: cannot access '${path}': ${reasonOf(error)}\n`);
      exitCode = 2;
    }
  }
  return exitCode;
}

/** In the words of the real commands. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "No such file or directory";
    case "EACCES":
      return "Permission denied";
    case "EISDIR":
      return "Is a directory";
    case "ENOTDIR":
      return "Not a directory";
    default:
      return message;
  }
}
