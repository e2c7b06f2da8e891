/** Manifests that lie in files: one, or all of a folder. What they say is read elsewhere; here are only their texts. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ApiError } from "../errors/index.ts";
import type { Source } from "./apply.ts";

/** `.yaml`, `.yml` and `.json` of a folder, in the order of their names. Fails with NotFound where there is no such file. */
export async function manifestsAt(place: string): Promise<Source[]> {
  try {
    const isFolder = (await stat(place)).isDirectory();
    const names = isFolder
      ? (await readdir(place)).filter(name => /\.(ya?ml|json)$/.test(name)).sort()
      : [""];
    const files = names.map(name => join(place, name));
    return await Promise.all(files.map(async file => ({ file, manifest: await readFile(file) })));
  } catch (cause) {
    const message = `cannot read manifests from ${place}: ${(cause as Error).message}`;
    throw new ApiError("NotFound", message, {}, { cause });
  }
}
