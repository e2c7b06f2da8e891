/** Makes a data folder of a backup: the cluster that is started with it goes on from there. */
import { rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ApiError, messageOf } from "../errors/index.ts";
import { ownMark, realClock, syncFolder } from "../outside/index.ts";
import { KindRegistry } from "../resources/index.ts";
import { type Backup, readBackup } from "./backup-file.ts";
import { DataFolder, namesIn, storeFor } from "./data-folder.ts";
import { type EncryptionOptions, encryptionFor, sealingFor } from "./encryption-keys.ts";
import { defineKindsOf } from "./kind-definitions.ts";
import { storedAs } from "./objects/index.ts";

/** The cluster may have gone on since the backup: no revision that a client has seen of it is given again. */
const gap = 1_000_000;

/** What was restored. */
export interface Restored {
  readonly objects: number;
  /** That of the cluster when the backup was made. */
  readonly revision: string;
}

/**
 * The folder is made where there is none. Rejects with BadRequest where the file is no backup or has a kind that is not known, with
 * AlreadyExists where the folder has something in it, with ServiceUnavailable where the disk fails; then all is as it was before.
 */
export async function restoreBackup(
  file: string,
  folder: string,
  options: EncryptionOptions = {},
): Promise<Restored> {
  const path = resolve(folder);
  // It gets its name when it is whole: in half a folder a cluster would begin with nothing.
  const draft = `${path}~${ownMark()}`;
  try {
    const backup = await readBackup(file, encryptionFor(options));
    await assertEmpty(path);
    await fill(draft, backup, options);
    await rm(path, { recursive: true, force: true });
    await rename(draft, path);
    await syncFolder(dirname(path));
    return { objects: backup.objects.length, revision: backup.revision };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof ApiError) throw error;
    const problem = `${file} cannot be restored into ${folder}: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  }
}

async function fill(path: string, { revision, objects }: Backup, options: EncryptionOptions): Promise<void> {
  const kinds = new KindRegistry();
  defineKindsOf(objects, kinds);
  const data = new DataFolder(path, realClock);
  await data.open();
  try {
    const onFault = (fault: unknown) => {
      throw fault;
    };
    const content = storedAs(kinds, objects);
    const startsAfter = Number(revision) + gap;
    const store = storeFor(data, {
      clock: realClock,
      kinds,
      content,
      startsAfter,
      onFault,
      sealing: sealingFor(options, kinds),
    });
    await store.open();
    await store.close();
  } finally {
    await data.close();
  }
}

async function assertEmpty(path: string): Promise<void> {
  if ((await namesIn(path)).length > 0)
    throw new ApiError(
      "AlreadyExists",
      `${path} is not empty: a backup is restored into a folder of its own`,
    );
}
