/** The storage drivers of a cluster, as its options ask for them: the one that comes along, and those that the program brings. */
import { resolve } from "node:path";
import { messageOf } from "../errors/index.ts";
import type { FarNodes } from "../node/index.ts";
import { type Clock, FolderLock } from "../outside/index.ts";
import {
  DriverError,
  FolderDriver,
  folderDriverName,
  MachineFolders,
  type Machines,
  machineAnswer,
  machineLabel,
  SocketDriver,
  type StorageDriver,
  StorageDrivers,
  type StorageFolder,
  snapshotRecords,
  volumeRecords,
} from "../storage/index.ts";
import type { StoreReads } from "../store/index.ts";
import type { ClusterPlace } from "./data-folder.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";

export function storageDrivers(
  { volumes, drivers = {} }: ClusterOptions,
  clock: Clock,
  data: ClusterPlace | undefined,
  machines: Machines,
): StorageDrivers {
  const folder = volumes === undefined ? data?.volumes : resolve(pathOf(volumes));
  const own = Object.entries(drivers).map(([name, driver]): StorageDriver => {
    if (!("socket" in driver)) return driver;
    const { socket } = driver;
    const path = socket instanceof URL ? pathOf(socket) : socket.replace(/^unix:(\/\/)?/, "");
    // A named pipe of Windows is no path of a folder.
    return new SocketDriver(name, path.startsWith("\\\\") ? path : resolve(path));
  });
  const folders = new FolderDriver({ folder, now: () => clock.now() });
  const all = [new MachineFolders(folders, machines), ...own];
  return new StorageDrivers(all, clock, folder === undefined ? undefined : storageFolder(folder, clock));
}

/** The machines of a cluster, by its nodes. */
export function machinesOf(
  { store, far }: { readonly store: Pick<StoreReads, "get" | "list">; readonly far: () => FarNodes },
  own: () => string | undefined,
): Machines {
  const nodesOf = (machine: string) =>
    store.list("Node").filter(({ metadata: { labels = {} } }) => labels[machineLabel] === machine);
  return {
    own,
    of: node => store.get("Node", "", node)?.metadata.labels?.[machineLabel],
    has: machine => nodesOf(machine).length > 0,
    async call(machine, rpc, request) {
      // The node that it is called by, where there is one: a label may be anybody's.
      const names = nodesOf(machine).map(({ metadata }) => metadata.name);
      for (const name of names.includes(machine) ? [machine] : names) {
        const node = far().get(name);
        if (!node) continue;
        const text = await node.storage(rpc, request).catch(cause => {
          throw new DriverError("Unavailable", `the machine ${machine}: ${messageOf(cause)}`, { cause });
        });
        return machineAnswer(rpc, text);
      }
      throw new DriverError("Unavailable", `no node of the machine ${machine} can be asked now`);
    },
  };
}

function storageFolder(path: string, clock: Clock): StorageFolder {
  const volumes = volumeRecords(path, folderDriverName);
  const snapshots = snapshotRecords(path, folderDriverName);
  return { path, lock: new FolderLock(path, clock), records: { volumes, snapshots } };
}
