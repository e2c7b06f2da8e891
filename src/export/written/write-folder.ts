/**
 * Writes an export into a folder: all of it, or, where something goes wrong on the way, nothing. It is put together in a draft folder first, and
 * moved to its place then. What is in the folder and was not written by an export is never touched; a list of what was written lies beside it.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ApiError, messageOf } from "../../errors/index.ts";

/** The names of the files that an export has written. */
const listFile = ".k4s-export.json";

/**
 * @param force a folder that an export has written before is written anew
 * @throws {ApiError} AlreadyExists where something else is there
 */
export function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string | Buffer>,
  options: { readonly force?: boolean } = {},
): void {
  try {
    write(folder, files, options);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError("InternalError", `${folder} cannot be written: ${messageOf(cause)}`, {}, { cause });
  }
}

function write(
  folder: string,
  files: ReadonlyMap<string, string | Buffer>,
  { force = false }: { readonly force?: boolean },
): void {
  const target = resolve(folder);
  const before = writtenBefore(target);
  const isFree = !existsSync(target) || readdirSync(target).length === 0;
  if (!isFree && (before === undefined || !force)) {
    const why =
      before === undefined
        ? "it is not empty, and no export has written it: name another folder"
        : "an export has written it before: --force writes it anew";
    throw new ApiError("AlreadyExists", `${folder}: ${why}`);
  }
  const old = new Set(before);
  const foreign = inTheWay(target, [...files.keys(), listFile], old);
  if (foreign !== undefined)
    throw new ApiError("AlreadyExists", `${join(folder, foreign)} is there, and no export has written it`);
  const made = mkdirSync(target, { recursive: true });
  let draft: string | undefined;
  try {
    draft = mkdtempSync(join(target, ".k4s-export-"));
    const [anew, was] = [join(draft, "new"), join(draft, "before")];
    for (const [path, content] of files) {
      const file = join(anew, path);
      mkdirSync(dirname(file), { recursive: true });
      // Secrets are among them.
      writeFileSync(file, content, { mode: path.startsWith("manifests/") ? 0o600 : 0o644 });
    }
    writeFileSync(join(anew, listFile), `${JSON.stringify([...files.keys()].sort(), null, 2)}\n`);
    const leaving = [...old, listFile].filter(path =>
      lstatSync(join(target, path), { throwIfNoEntry: false })?.isFile(),
    );
    moveAll([
      ...leaving.map(path => ({ from: join(target, path), to: join(was, path) })),
      ...[...files.keys(), listFile].map(path => ({ from: join(anew, path), to: join(target, path) })),
    ]);
    for (const path of leaving) removeEmptyFolders(target, path);
  } catch (fault) {
    // Nothing was there before.
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw fault;
  } finally {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
  }
}

/** What somebody else has put where a file, or a folder of files, is to be. */
function inTheWay(target: string, paths: readonly string[], old: ReadonlySet<string>): string | undefined {
  for (const path of paths) {
    const parts = path.split("/");
    for (let length = 1; length <= parts.length; length++) {
      const part = parts.slice(0, length).join("/");
      // A link that leads nowhere is there too.
      const there = lstatSync(join(target, part), { throwIfNoEntry: false });
      if (!there || old.has(part) || part === listFile) {
        if (!there?.isDirectory()) break;
        return part;
      }
      if (length === parts.length || !there.isDirectory()) return part;
    }
  }
  return undefined;
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** All of them, or none. */
function moveAll(moves: readonly Move[]): void {
  const done: Move[] = [];
  try {
    for (const move of moves) {
      mkdirSync(dirname(move.to), { recursive: true });
      renameSync(move.from, move.to);
      done.push(move);
    }
  } catch (fault) {
    for (const { from, to } of done.reverse()) renameSync(to, from);
    throw fault;
  }
}

function removeEmptyFolders(target: string, path: string): void {
  for (let above = dirname(path); above !== "."; above = dirname(above)) {
    const folder = join(target, above);
    if (!existsSync(folder) || readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}

/** Undefined where no export has written the folder. */
function writtenBefore(folder: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(readFileSync(join(folder, listFile), "utf8"));
    if (!Array.isArray(list)) return undefined;
    // Nothing outside of the folder, whatever somebody has written into the list.
    return list.filter(
      each => typeof each === "string" && /^[^.]/.test(relative(folder, resolve(folder, each))),
    );
  } catch {
    return undefined;
  }
}
