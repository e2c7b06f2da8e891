/**
 * The files of the threads and of the Node children that the program of a container starts: they see its volumes where it does. Programs that
 * are not Node's see the machine's.
 */
import { posix } from "node:path";
import { isUnder, type Mount, useMounts } from "./files/index.ts";
import type { Assignment } from "./protocol.ts";

/** By which threads of a container in a child process find them. */
export const filesKey = "k4s-files";

/** By which child processes do. */
export const filesVariable = "K4S_FILES";

/** Handed on as environment data of threads, and as JSON to children. */
export interface InnerFiles {
  readonly mounts: readonly Mount[];
  /** Where relative paths begin; undefined where nothing is said of it. */
  readonly cwd: string | undefined;
  /** What the paths of the cluster's sockets begin with. */
  readonly sockets: string;
}

export function innerFilesOf({ mounts, workingDir, sockets }: Assignment): InnerFiles {
  // An image has a root folder, which is for its commands.
  const cwd = mounts.some(({ path }) => path === "/") ? undefined : workingDir;
  // What is made when it is asked for is of use to commands alone, and those run in the container's own thread.
  const volumes = mounts.filter(({ made, path }) => made === undefined || path === cwd);
  return { mounts: volumes, cwd, sockets: sockets.prefix };
}

export function useInnerFiles({ mounts, cwd, sockets }: InnerFiles): void {
  if (mounts.length === 0 && cwd === undefined) return;
  const kept = [sockets.replace(/[/\\]$/, "")];
  useMounts({ mounts, kept, packages: [], sockets, cwd, imageFiles: () => ({}) });
}

/** The folder that the process is in, as the program sees it; undefined where it is the machine's. */
export function seenFolder(mounts: readonly Mount[]): string | undefined {
  const folder = process.cwd();
  const [mount] = mounts
    .filter(({ place }) => isUnder(place, folder))
    .sort((one, other) => other.place.length - one.place.length);
  return mount && posix.join(mount.path, folder.slice(mount.place.length));
}
