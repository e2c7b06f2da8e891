/**
 * The folders of this machine that pods may mount, by hostPath or by a PersistentVolume with a path: those that the cluster was allowed, and
 * what lies in them. A path is followed to where it really leads before it is compared, so that neither `..` nor a link
 * climbs out.
 */
import { lstatSync, realpathSync } from "node:fs";
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
    const place = whereItLeads(path);
    if (this.#allowed.some(folder => holds(folder, place))) return place;
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

/** A folder that leads nowhere, or in a circle, holds nothing, and the others count all the same. */
function holds(folder: string, place: string): boolean {
  try {
    return isWithin(whereItLeads(folder), place);
  } catch (error) {
    if (error instanceof VolumeError) return false;
    throw error;
  }
}

/**
 * Where the path leads, without links; what is not there yet has its name below the last folder that is. Throws a VolumeError where that
 * cannot be said: a link that leads to what is missing is there, and what is made through it would lie wherever it leads.
 */
export function whereItLeads(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const above = dirname(path);
    if (!isMissing || above === path) throw new VolumeError(messageOf(error));
    if (isThere(path)) throw new VolumeError(`${path} is a link to what is not there`);
    return join(whereItLeads(above), basename(path));
  }
}

/** Whether anything has this name, if only a link. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new VolumeError(messageOf(error));
  }
}
