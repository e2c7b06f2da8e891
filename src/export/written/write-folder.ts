/**
 * Writes an export into a folder: all of it, or, where something goes wrong on the way, nothing. What is in the folder and was not written by
 * an export is never touched; a list of what was written lies beside it.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
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
  const foreign = [...files.keys()].find(
    path => !isFree && !before?.includes(path) && existsSync(join(target, path)),
  );
  if (foreign !== undefined)
    throw new ApiError("AlreadyExists", `${join(folder, foreign)} is there, and no export has written it`);
  mkdirSync(dirname(target), { recursive: true });
  const staged = mkdtempSync(join(dirname(target), `.${basename(target)}-`));
  try {
    for (const [path, content] of files) {
      const file = join(staged, path);
      mkdirSync(dirname(file), { recursive: true });
      // Secrets are among them.
      writeFileSync(file, content, { mode: path.startsWith("manifests/") ? 0o600 : 0o644 });
    }
    writeFileSync(join(staged, listFile), `${JSON.stringify([...files.keys()].sort(), null, 2)}\n`);
    for (const path of before ?? []) if (!files.has(path)) rmSync(join(target, path), { force: true });
    for (const path of [...files.keys(), listFile]) {
      mkdirSync(dirname(join(target, path)), { recursive: true });
      renameSync(join(staged, path), join(target, path));
    }
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

/** Undefined where no export has written the folder. */
function writtenBefore(folder: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(readFileSync(join(folder, listFile), "utf8"));
    if (!Array.isArray(list)) return undefined;
    // Nothing outside of the folder, whatever somebody has written into the list.
    return list.filter(each => typeof each === "string" && resolve(folder, each).startsWith(`${folder}/`));
  } catch {
    return undefined;
  }
}
