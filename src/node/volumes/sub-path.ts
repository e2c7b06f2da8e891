/** What of a volume a container sees that mounts a path within it (`subPath`): never what lies elsewhere, whatever links lead there. */
import { cpSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { leadsOutside, VolumeError } from "./content.ts";
import { isWithin, whereItLeads } from "./host-folders.ts";

/**
 * Where the path leads, without links; what is not there yet has its name below the last folder that is. Undefined where it leads out of
 * the volume, or nowhere. It is a path, which a link that comes there later would lead astray: it is to be pinned (worker/files/mount.ts).
 */
export function inVolume(volume: string, subPath: string): string | undefined {
  if (leadsOutside(subPath)) return undefined;
  try {
    const place = whereItLeads(join(volume, subPath));
    return isWithin(realpathSync(volume), place) ? place : undefined;
  } catch (error) {
    if (error instanceof VolumeError) return undefined;
    throw error;
  }
}

/**
 * Copies what the path shows now, as the container is to see it as long as it runs: what is mounted by a `subPath` does not follow its
 * ConfigMap or Secret. A path that is not there is an empty folder. Returns where the copy lies.
 */
export function shownNow(place: string, copy: string): string {
  if (existsSync(place)) cpSync(realpathSync(place), copy, { recursive: true, dereference: true });
  else mkdirSync(copy, { recursive: true });
  return copy;
}
