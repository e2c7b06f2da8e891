/** The storage drivers of a cluster, as its options ask for them. */
import type { Clock } from "../outside/index.ts";
import { FolderDriver, StorageDrivers } from "../storage/index.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";

export function storageDrivers({ volumes }: ClusterOptions, clock: Clock): StorageDrivers {
  const folder = volumes === undefined ? undefined : pathOf(volumes);
  return new StorageDrivers([new FolderDriver({ folder, now: () => clock.now() })], clock);
}
