/** Where the command looks for images. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ApiError } from "../errors/index.ts";

/** The folders that are named, or ./workers where it is there. Throws a NotFound for one that is no folder. */
export function imageFolders(named: readonly string[]): string[] {
  for (const folder of named)
    if (!existsSync(folder)) throw new ApiError("NotFound", `--images ${folder}: there is no such folder`);
  return (named.length > 0 ? named : ["workers"].filter(existsSync)).map(folder => resolve(folder));
}
