/**
 * The folders of this machine that pods may mount, by hostPath or by a PersistentVolume with a path: those that the cluster was allowed, and
 * what lies in them. A path is followed to where it really leads before it is compared, so that neither `..` nor a link
 * climbs out.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { VolumeError } from "./content.ts";

export class HostFolders {
  readonly #allowed: readonly string[];

  /** @param allowed absolute paths; one that is not there yet counts from when it is */
  constructor(allowed: readonly string[]) {
    this.#allowed = allowed;
  }

  /**
   * Resolves to where the path leads, without links; what is not there yet has its name below the last folder that is. Rejects with a
   * VolumeError where that is in none of the folders.
   */
  async place(path: string): Promise<string> {
    if (!isAbsolute(path)) throw new VolumeError(`hostPath ${path} is not absolute`);
    if (path.split(/[\\/]/).includes("..")) throw new VolumeError(`hostPath ${path} must not contain '..'`);
    if (this.#allowed.length === 0)
      throw new VolumeError(`hostPath ${path} is not allowed: this cluster allows no folder of the machine`);
    const place = await whereItLeads(path);
    for (const folder of this.#allowed) if (isWithin(await whereItLeads(folder), place)) return place;
    const folders = `the folders of the machine that this cluster allows (${this.#allowed.join(", ")})`;
    const way = place === path ? "is in none of" : `leads to ${place}, which is in none of`;
    throw new VolumeError(`hostPath ${path} is not allowed: it ${way} ${folders}`);
  }
}

/** Whether the path is the folder or lies in it; both without links. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function whereItLeads(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const above = dirname(path);
    if (!isMissing || above === path) throw new VolumeError(messageOf(error));
    return join(await whereItLeads(above), basename(path));
  }
}
