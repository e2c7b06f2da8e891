/**
 * Where a cluster is kept: in a folder, or in etcd (etcd-place.ts), or nowhere.
 *
 * The folder that a cluster is kept in: one cluster at a time has it. In `store` lies the journal, in `keys` what its tokens
 * and certificates are signed with, in `volumes` what claims were given, unless the option of that name says otherwise.
 */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { assertKeysWhole } from "../access/index.ts";
import { ApiError, messageOf } from "../errors/index.ts";
import { type Clock, cacheFolder, FolderLock, isFault, type Random } from "../outside/index.ts";
import type { KindRegistry } from "../resources/index.ts";
import {
  diskFolder,
  heldFolder,
  type ImageOptions,
  isJournalBegun,
  JournalStore,
  MemoryStore,
  type SealingOptions,
  type Store,
  type Stored,
} from "../store/index.ts";
import { EtcdPlace } from "./etcd-place.ts";
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

  /** A cluster writes its journal first: where other things of it are there and that is not, it was lost, and the cluster would begin anew, empty. */
  async assertJournalThere(): Promise<void> {
    const kept = await namesIn(this.place("store"));
    if (isJournalBegun(kept)) return;
    const others = [this.keys, this.volumes];
    const [left] = (await Promise.all(others.map(namesIn))).flatMap((names, i) =>
      names.length > 0 ? (others[i] ?? []) : [],
    );
    if (left === undefined) return;
    const advice = `restore a backup into another folder, or move ${left} away to begin with an empty cluster`;
    const isThere = kept.length > 0 ? `holds no journal (but ${kept[0]})` : "is missing or empty";
    const problem = `${this.place("store")} ${isThere}, and ${left} is not: ${advice}`;
    throw new ApiError("ServiceUnavailable", problem);
  }

  /** Rejects where another cluster has it by now, for this process was halted for long. */
  assertOurs(): Promise<void> {
    return this.#lock.assertHeld();
  }

  close(): Promise<void> {
    return this.#lock.release();
  }

  get keys(): string {
    return this.place("keys");
  }

  get volumes(): string {
    return this.place("volumes");
  }

  /** When the store is open. */
  async opened(): Promise<void> {}

  /** What lies in it. */
  place(of: "store" | "keys" | "volumes"): string {
    return join(this.#path, of);
  }
}

/** Where a cluster is kept. */
export type ClusterPlace = DataFolder | EtcdPlace;

/** Opens what is kept in it. Rejects with ServiceUnavailable, which names the folder, also where node:fs says why. */
export async function openStore(store: Store, place: ClusterPlace | undefined): Promise<void> {
  try {
    await place?.open();
    if (place instanceof DataFolder) {
      await place.assertJournalThere();
      assertKeysWhole(place.keys);
    }
    await store.open();
    await place?.opened();
  } catch (error) {
    if (!(place instanceof DataFolder) || error instanceof ApiError) throw error;
    const problem = `what is kept in ${place.place("store")} cannot be opened: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  }
}

/** What is in a folder; nothing where there is none. Rejects as node:fs does. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isFault(error, "ENOENT")) return [];
    throw error;
  }
}

/** Undefined where the cluster is kept nowhere. Throws BadRequest where it is to be kept twice. */
export function clusterPlace(
  { data, etcd }: ClusterOptions,
  clock: Clock,
  random: Random,
): ClusterPlace | undefined {
  if (etcd && data !== undefined)
    throw new ApiError("BadRequest", "data, etcd: a cluster is kept in a folder or in etcd, not in both");
  if (etcd) return new EtcdPlace(etcd, clock, random);
  return data === undefined ? undefined : new DataFolder(resolve(pathOf(data)), clock);
}

/** Where keys lie: a cluster that is kept nowhere has those of the project that it is started in. */
export function keysFolder(place: ClusterPlace | undefined): string | undefined {
  return place ? place.keys : cacheFolder();
}

export interface StoreOptions extends ImageOptions {
  readonly clock: Clock;
  readonly onFault: (fault: unknown) => void;
  readonly kinds: KindRegistry;
  /** What is there in a cluster that begins. */
  readonly content: Iterable<Stored>;
  /** What is encrypted; nothing where left out. */
  readonly sealing?: SealingOptions | undefined;
  /** See JournalStoreOptions. */
  readonly startsAfter?: number;
}

export function storeFor(place: ClusterPlace | undefined, options: StoreOptions): Store {
  if (!place) return new MemoryStore(options);
  if (place instanceof EtcdPlace) return place.storeFor(options);
  const path = place.place("store");
  const onSnapshotFault = (fault: unknown) =>
    options.onFault(new Error(`${path}: ${messageOf(fault)}`, { cause: fault }));
  const folder = heldFolder(diskFolder(path), () => place.assertOurs());
  return new JournalStore({ ...options, folder, onSnapshotFault });
}
