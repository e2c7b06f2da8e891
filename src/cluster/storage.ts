/** The storage drivers of a cluster, as its options ask for them: the one that comes along, and those that the program brings. */
import { resolve } from "node:path";
import { type Clock, FolderLock } from "../outside/index.ts";
import {
  FolderDriver,
  folderDriverName,
  SocketDriver,
  type StorageDriver,
  StorageDrivers,
  type StorageFolder,
  snapshotRecords,
  volumeRecords,
} from "../storage/index.ts";
import type { ClusterPlace } from "./data-folder.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";

export function storageDrivers(
  { volumes, drivers = {} }: ClusterOptions,
  clock: Clock,
  data: ClusterPlace | undefined,
): StorageDrivers {
  const folder = volumes === undefined ? data?.volumes : resolve(pathOf(volumes));
  const own = Object.entries(drivers).map(([name, driver]): StorageDriver => {
    if (!("socket" in driver)) return driver;
    const { socket } = driver;
    const path = socket instanceof URL ? pathOf(socket) : socket.replace(/^unix:(\/\/)?/, "");
    // A named pipe of Windows is no path of a folder.
    return new SocketDriver(name, path.startsWith("\\\\") ? path : resolve(path));
  });
  const all = [new FolderDriver({ folder, now: () => clock.now() }), ...own];
  return new StorageDrivers(all, clock, folder === undefined ? undefined : storageFolder(folder, clock));
}

function storageFolder(path: string, clock: Clock): StorageFolder {
  const volumes = volumeRecords(path, folderDriverName);
  const snapshots = snapshotRecords(path, folderDriverName);
  return { path, lock: new FolderLock(path, clock), records: { volumes, snapshots } };
}
