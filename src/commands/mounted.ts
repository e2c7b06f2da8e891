/** What `mount`, `df` and `/proc/mounts` show: one line for each thing that is mounted in the container. */
import type { Mount } from "../worker/index.ts";

export interface Mounted {
  readonly source: string;
  readonly path: string;
  readonly type: string;
  readonly options: string;
}

const system: readonly Mounted[] = [
  { source: "proc", path: "/proc", type: "proc", options: "rw,nosuid,nodev,noexec,relatime" },
  { source: "tmpfs", path: "/dev", type: "tmpfs", options: "rw,nosuid,size=65536k,mode=755" },
  { source: "sysfs", path: "/sys", type: "sysfs", options: "ro,nosuid,nodev,noexec,relatime" },
  { source: "shm", path: "/dev/shm", type: "tmpfs", options: "rw,relatime,size=65536k" },
];

export function mountedIn(mounts: readonly Mount[]): readonly Mounted[] {
  const own = mounts.map(({ path, isReadOnly, made }): Mounted => {
    const options = `${isReadOnly ? "ro" : "rw"},relatime`;
    const isRoot = made === "image";
    return { source: isRoot ? "overlay" : "/dev/vda1", path, type: isRoot ? "overlay" : "ext4", options };
  });
  const root = own.filter(({ path }) => path === "/");
  return [...root, ...system, ...own.filter(({ path }) => path !== "/")];
}

/** As in `/proc/mounts`. */
export function mountsText(mounts: readonly Mount[]): string {
  return mountedIn(mounts)
    .map(({ source, path, type, options }) => `${source} ${path} ${type} ${options} 0 0\n`)
    .join("");
}
