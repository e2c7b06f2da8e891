/** Makes a data folder of a backup: the cluster that is started with it goes on from there. */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { ApiError } from "../errors/index.ts";
import { realClock } from "../outside/index.ts";
import { KindRegistry } from "../resources/index.ts";
import { readBackup } from "./backup-file.ts";
import { DataFolder, storeFor } from "./data-folder.ts";
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
 * The folder is made where there is none. Rejects with BadRequest where the file is no backup, with AlreadyExists where the folder has
 * something in it, and as node:fs does; nothing is left in the folder then.
 */
export async function restoreBackup(file: string, folder: string): Promise<Restored> {
  const { revision, objects } = await readBackup(file);
  const path = resolve(folder);
  await assertEmpty(path);
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
    const store = storeFor(data, { clock: realClock, content, startsAfter, onFault });
    await store.open();
    await store.close();
  } finally {
    await data.close();
  }
  return { objects: objects.length, revision };
}

async function assertEmpty(path: string): Promise<void> {
  const names = await readdir(path).catch(error => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length > 0)
    throw new ApiError(
      "AlreadyExists",
      `${path} is not empty: a backup is restored into a folder of its own`,
    );
}
