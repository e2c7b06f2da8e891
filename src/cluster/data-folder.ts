/**
 * The folder that a cluster is kept in: one cluster at a time has it. In `store` lies the journal, in `keys` what its tokens
 * and certificates are signed with, in `volumes` what claims were given, unless the option of that name says otherwise.
 */
import { join, resolve } from "node:path";
import { assertKeysWhole } from "../access/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import { type Clock, cacheFolder, FolderLock } from "../outside/index.ts";
import {
  diskFolder,
  type ImageOptions,
  JournalStore,
  MemoryStore,
  type Store,
  type Stored,
} from "../store/index.ts";
import { type ClusterOptions, pathOf } from "./options/index.ts";

export class DataFolder {
  readonly #path: string;
  readonly #lock: FolderLock;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#lock = new FolderLock(path, clock);
  }

  /** Rejects with ServiceUnavailable where another cluster has it, or it cannot be made or written. */
  async open(): Promise<void> {
    try {
      await this.#lock.take();
    } catch (error) {
      const problem = `the data folder ${this.#path} cannot be used: ${messageOf(error)}`;
      throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
    }
  }

  /** Rejects where another cluster has it by now, for this process was halted for long. */
  assertOurs(): Promise<void> {
    return this.#lock.assertHeld();
  }

  close(): Promise<void> {
    return this.#lock.release();
  }

  /** What lies in it. */
  place(of: "store" | "keys" | "volumes"): string {
    return join(this.#path, of);
  }
}

/** Opens what is kept in it. Rejects with ServiceUnavailable, which names the folder, also where node:fs says why. */
export async function openStore(store: Store, data: DataFolder | undefined): Promise<void> {
  try {
    await data?.open();
    if (data) assertKeysWhole(data.place("keys"));
    await store.open();
  } catch (error) {
    if (!data || error instanceof ApiError) throw error;
    const problem = `what is kept in ${data.place("store")} cannot be opened: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  }
}

/** Undefined where the cluster is kept nowhere. */
export function dataFolder({ data }: ClusterOptions, clock: Clock): DataFolder | undefined {
  return data === undefined ? undefined : new DataFolder(resolve(pathOf(data)), clock);
}

/** Where keys lie: a cluster that is kept nowhere has those of the project that it is started in. */
export function keysFolder(data: DataFolder | undefined): string | undefined {
  return data ? data.place("keys") : cacheFolder();
}

interface StoreOptions extends ImageOptions {
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
  /** What is there in a cluster that begins. */
  readonly content: Iterable<Stored>;
  /** See JournalStoreOptions. */
  readonly startsAfter?: number;
}

export function storeFor(data: DataFolder | undefined, options: StoreOptions): Store {
  if (!data) return new MemoryStore(options);
  const path = data.place("store");
  const onSnapshotFault = (fault: unknown) =>
    options.onFault(new Error(`${path}: ${messageOf(fault)}`, { cause: fault }));
  const assertOurs = () => data.assertOurs();
  return new JournalStore({ ...options, folder: diskFolder(path), assertOurs, onSnapshotFault });
}
