/**
 * The storage driver that every cluster has: a volume is a folder on this machine, a snapshot a copy of one. All nodes of the cluster
 * have the same disk, so a volume can be had on each. Sizes are what was asked for; folders have no limit, and nothing measures them. A
 * copy leaves out what only the program that made it can give a meaning: sockets, FIFOs, devices.
 */

import {
  access,
  constants,
  cp,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import type { GrpcCode } from "../errors/index.ts";
import { isOrphaned, ownFolder, ownMark, Turns } from "../outside/index.ts";
import {
  type CreateVolumeRequest,
  DriverError,
  type DriverSnapshot,
  type DriverVolume,
  type NodePublishRequest,
  type StorageDriver,
} from "./driver.ts";

export const folderDriverName = "folder.csi.k4s.dev";

export interface FolderDriverOptions {
  /** Where volumes lie, and stay; a folder in the system's temporary folder that goes at the end, where left out. */
  readonly folder?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whether it can be the id of a volume or a snapshot: it never leads out of the folder. */
export function isFolderId(id: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,250}[A-Za-z0-9])?$/.test(id);
}

export class FolderDriver implements StorageDriver {
  readonly name = folderDriverName;
  readonly #options: FolderDriverOptions;
  #root: Promise<string> | undefined;
  /** By place. What is asked for again while it is being done is done once, and what else is asked of the same name comes after it. */
  readonly #turns = new Turns();

  constructor(options: FolderDriverOptions) {
    this.#options = options;
  }

  async createVolume({ name, capacityRange, contentSource }: CreateVolumeRequest): Promise<DriverVolume> {
    const place = await this.#placeOf("volumes", name);
    await this.#turns.take(place, async () => {
      if (await isThere(place)) return;
      await this.#make(place, contentSource && (await this.#sourceOf(contentSource)));
    });
    return { volumeId: name, capacityBytes: capacityRange.requiredBytes };
  }

  async deleteVolume({ volumeId }: { readonly volumeId: string }): Promise<void> {
    await this.#remove(await this.#placeOf("volumes", volumeId));
  }

  async controllerExpandVolume({
    volumeId,
    capacityRange,
  }: {
    readonly volumeId: string;
    readonly capacityRange: { readonly requiredBytes: number };
  }): Promise<{ readonly capacityBytes: number; readonly nodeExpansionRequired: boolean }> {
    await this.#existing("volumes", volumeId);
    return { capacityBytes: capacityRange.requiredBytes, nodeExpansionRequired: false };
  }

  async createSnapshot({
    sourceVolumeId,
    name,
  }: {
    readonly sourceVolumeId: string;
    readonly name: string;
  }): Promise<DriverSnapshot> {
    const source = await this.#existing("volumes", sourceVolumeId);
    const place = await this.#placeOf("snapshots", name);
    await this.#turns.take(place, async () => {
      if (!(await isThere(place))) await this.#make(place, source);
    });
    const { birthtimeMs, mtimeMs } = await lstat(place);
    const creationTime = Math.floor(birthtimeMs || mtimeMs || this.#options.now());
    return { snapshotId: name, sourceVolumeId, sizeBytes: 0, creationTime, readyToUse: true };
  }

  async deleteSnapshot({ snapshotId }: { readonly snapshotId: string }): Promise<void> {
    await this.#remove(await this.#placeOf("snapshots", snapshotId));
  }

  /** A link, which needs no rights; on Windows a junction. */
  async nodePublishVolume({ volumeId, targetPath }: NodePublishRequest): Promise<void> {
    const place = await this.#existing("volumes", volumeId);
    const linked = await readlink(targetPath).catch(() => undefined);
    if (linked !== undefined && resolve(linked) === place) return;
    await answering(async () => {
      await rm(targetPath, { force: true });
      await symlink(place, targetPath, "junction");
    });
  }

  async nodeUnpublishVolume({ targetPath }: { readonly targetPath: string }): Promise<void> {
    // The link alone: a folder there would make it fail, and stay.
    await answering(() => rm(targetPath, { force: true }));
  }

  async close(): Promise<void> {
    if (this.#options.folder !== undefined) return;
    const root = await this.#root?.catch(() => undefined);
    if (root !== undefined) await rm(root, { recursive: true, force: true });
  }

  /** Half a copy is never seen: it is made beside, and takes its name when it is whole. So is half a volume that goes. */
  async #make(place: string, source: string | undefined): Promise<void> {
    await answering(async () => {
      const draft = `${place}~${ownMark()}`;
      await mkdir(draft, { mode: 0o700 });
      try {
        if (source !== undefined)
          await cp(source, draft, {
            recursive: true,
            preserveTimestamps: true,
            verbatimSymlinks: true,
            filter: isContent,
          });
        await rename(draft, place);
      } catch (error) {
        await rm(draft, { recursive: true, force: true });
        throw error;
      }
    });
  }

  async #remove(place: string): Promise<void> {
    await this.#turns.take(place, () =>
      answering(async () => {
        if (!(await isThere(place))) return;
        const going = `${place}~${ownMark()}`;
        await rename(place, going);
        try {
          await rm(going, { recursive: true, force: true });
        } catch (error) {
          // What cannot be removed is not forgotten.
          await rename(going, place).catch(() => {});
          throw error;
        }
      }),
    );
  }

  #sourceOf(source: NonNullable<CreateVolumeRequest["contentSource"]>): Promise<string> {
    return "snapshotId" in source
      ? this.#existing("snapshots", source.snapshotId)
      : this.#existing("volumes", source.volumeId);
  }

  async #existing(kind: "volumes" | "snapshots", id: string): Promise<string> {
    const place = await this.#placeOf(kind, id);
    if (await isThere(place)) return place;
    throw new DriverError("NotFound", `${kind.slice(0, -1)} ${id} does not exist`);
  }

  /** An id comes from an object, and may be anything: it never leads out of the folder. */
  async #placeOf(kind: "volumes" | "snapshots", id: string): Promise<string> {
    if (!isFolderId(id))
      throw new DriverError("InvalidArgument", `${JSON.stringify(id)} is no id of one of the ${kind}`);
    return answering(async () => {
      this.#root ??= this.#folder();
      const folder = join(await this.#root, kind);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return join(folder, id);
    });
  }

  async #folder(): Promise<string> {
    const { folder } = this.#options;
    const place = resolve(folder ?? ownFolder("storage"));
    await mkdir(place, { recursive: true, mode: 0o700 });
    for (const kind of ["volumes", "snapshots"]) await removeHalves(join(place, kind));
    return place;
  }
}

/** What a process that was killed has left half made, or half removed. */
async function removeHalves(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, mark] = name.split("~");
    // One that cannot be removed stands in nobody's way.
    if (mark !== undefined && isOrphaned(mark))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

async function isContent(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isFile() || found.isDirectory() || found.isSymbolicLink();
}

async function isThere(place: string): Promise<boolean> {
  return access(place, constants.F_OK).then(
    () => true,
    () => false,
  );
}

const codes: Readonly<Record<string, GrpcCode>> = {
  ENOSPC: "ResourceExhausted",
  EDQUOT: "ResourceExhausted",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied",
  EROFS: "PermissionDenied",
};

const marks = /~[0-9a-f]{8}-[0-9]+-[0-9a-f]{12}/g;

/** What the disk refuses, as an RPC says it. */
async function answering<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof DriverError || !(error instanceof Error)) throw error;
    const code = "code" in error && typeof error.code === "string" ? codes[error.code] : undefined;
    // The same fault is told in the same words each time.
    const message = error.message.replaceAll(marks, "");
    throw new DriverError(code ?? "Internal", message, { cause: error });
  }
}
