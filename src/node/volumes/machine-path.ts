/**
 * Volumes that are a path of the machine: a hostPath, and a claim that is bound to a volume with one (hostPath or local). It lies in a
 * folder that the cluster was allowed (host-folders.ts). A hostPath says in `type` what must be there, or is made where it is not.
 */
import { constants, type Stats } from "node:fs";
import { lstat, mkdir, open, stat } from "node:fs/promises";
import { messageOf } from "../../errors/index.ts";
import type { HostPathVolumeSource, PersistentVolume } from "../../resources/index.ts";
import { VolumeError } from "./content.ts";
import type { HostFolders } from "./host-folders.ts";

/**
 * Resolves to where the path leads. Rejects with a VolumeError, in the kubelet's words, where it is not what `type` asks for, or is not
 * allowed.
 */
export async function hostPath(
  { path, type = "" }: HostPathVolumeSource,
  folders: HostFolders,
): Promise<string> {
  const place = await folders.place(path);
  try {
    // Without a type, what runs containers makes a folder where nothing is.
    if (type === "DirectoryOrCreate" || (type === "" && !(await isThere(place))))
      await mkdir(place, { recursive: true, mode: 0o755 });
    if (type === "FileOrCreate") await (await open(place, makesOne, 0o644)).close();
  } catch (error) {
    throw new VolumeError(messageOf(error));
  }
  const check = checks[type];
  if (!check) return place;
  const there = await stat(place).catch(() => undefined);
  if (there && check.is(there)) return place;
  throw new VolumeError(`hostPath type check failed: ${path} is not ${check.noun}`);
}

/** A link that has come meanwhile is not followed. */
const makesOne = constants.O_CREAT | constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

function isThere(place: string): Promise<boolean> {
  return lstat(place).then(
    () => true,
    () => false,
  );
}

interface Check {
  readonly noun: string;
  readonly is: (there: Stats) => boolean;
}

const directory: Check = { noun: "a directory", is: there => there.isDirectory() };
const file: Check = { noun: "a file", is: there => there.isFile() };
const checks: Readonly<Record<string, Check>> = {
  Directory: directory,
  DirectoryOrCreate: directory,
  File: file,
  FileOrCreate: file,
  Socket: { noun: "a socket", is: there => there.isSocket() },
  CharDevice: { noun: "a character device", is: there => there.isCharacterDevice() },
  BlockDevice: { noun: "a block device", is: there => there.isBlockDevice() },
};

/** Resolves to where a volume with a path of the machine lies. Rejects with a VolumeError where it has none. */
export async function machinePath(
  { metadata, spec }: PersistentVolume,
  folders: HostFolders,
): Promise<string> {
  const { hostPath: path, local } = spec ?? {};
  if (path) return hostPath(path, folders);
  if (local) return hostPath({ path: local.path, type: "Directory" }, folders);
  throw new VolumeError(
    `k4s mounts volumes with csi, hostPath or local, and ${metadata.name} has none of these`,
  );
}
