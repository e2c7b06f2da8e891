/**
 * The files of the threads that the program of a container starts: they see its volumes where it does. Child processes see the machine's.
 */
import { type Mount, useMounts } from "./files/index.ts";
import type { Assignment } from "./protocol.ts";

/** By which threads of a container in a child process find them. */
export const filesKey = "k4s-files";

/** Handed on as environment data of threads. */
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
