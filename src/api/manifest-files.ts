/** Manifests that lie in files: one, or all of a folder. What they say is read elsewhere; here are only their texts. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ApiError, messageOf } from "../errors/index.ts";
import type { Source } from "./manifest-source.ts";

/**
 * `.yaml`, `.yml` and `.json` of a folder, in the order of their names. Fails with NotFound where there is no such file, none in
 * the folder, or any that cannot be read: all of these are told.
 */
export async function manifestsAt(path: string): Promise<Source[]> {
  const read = await Promise.allSettled(
    (await filesAt(path)).map(async file => ({ file, manifest: await textOf(file) })),
  );
  const failures = read.flatMap(each => (each.status === "rejected" ? [each.reason] : []));
  if (failures.length > 0) throw unreadable(path, failures);
  return read.flatMap(each => (each.status === "fulfilled" ? [each.value] : []));
}

/** A device or a pipe may have no end: only what is a file is read. */
async function textOf(file: string): Promise<Buffer> {
  if (!(await stat(file)).isFile()) throw new Error(`${file} is neither a file nor a folder`);
  return readFile(file);
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter(entry => !entry.isDirectory()).map(({ name }) => name);
    const files = names.filter(name => /\.(ya?ml|json)$/.test(name)).sort();
    if (files.length === 0) throw new Error("no name in this folder ends in .yaml, .yml or .json");
    return files.map(name => join(path, name));
  } catch (cause) {
    throw unreadable(path, [cause]);
  }
}

function unreadable(path: string, causes: readonly unknown[]): ApiError {
  const why = causes.map(cause => messageOf(cause)).join("; ");
  return new ApiError("NotFound", `cannot read manifests from ${path}: ${why}`, {}, { cause: causes[0] });
}
