/**
 * The store on disk: every write is appended to a journal, and has happened when it is there: only then is it read, are
 * watchers told, and does its promise resolve. So nothing that anybody has seen is lost by a crash, and no revision is given
 * twice. Reading is as fast as in memory, for all objects are there too.
 *
 * Now and then all objects are written down at once (snapshots.ts), in the background, and the changes before that are let go. What lies in
 * the folder, and what each step leaves there when it is cut short, is drawn in docs/internals/the-journal.md.
 */
import { type Clock, Turns } from "../../../outside/index.ts";
import { type KubernetesObject, namespacedName } from "../../../resources/index.ts";
import type { SealingOptions } from "../../encryption-at-rest.ts";
import type { Author, Change, ObjectKey, Store, Stored } from "../../store.ts";
import { changeAuthor, Image, type ImageOptions, stamped } from "../image.ts";
import { filesAmong, segmentName, snapshotName } from "./files.ts";
import type { JournalFolder } from "./folder.ts";
import { Log } from "./log.ts";
import { recover } from "./recovery.ts";
import { Sealing } from "./sealing.ts";
import { writeSnapshot } from "./snapshots.ts";

export interface JournalStoreOptions extends ImageOptions {
  readonly clock: Pick<Clock, "now">;
  /** Where it lies; nobody else writes there. */
  readonly folder: JournalFolder;
  /** What is there when a folder is opened that has no journal yet. */
  readonly content?: Iterable<Stored>;
  /** The revision that such a folder begins after at least; what its content has where left out. */
  readonly startsAfter?: number;
  /** How many bytes of changes there are at least before all objects are written down anew; 16 MiB where left out. */
  readonly snapshotBytes?: number;
  /** What is encrypted in the files; nothing where left out. */
  readonly sealing?: SealingOptions | undefined;
  /** Takes why a snapshot could not be written. Nothing is lost by that, and it is tried again later. */
  readonly onSnapshotFault: (fault: unknown) => void;
}

export class JournalStore extends Image implements Store {
  readonly #options: JournalStoreOptions;
  readonly #folder: JournalFolder;
  /** What is written to one object is written one after the other: each is compared with what the one before it left. */
  readonly #turns = new Turns();
  readonly #sealing: Sealing;
  #log: Log | undefined;
  /** The last revision that was given, whether or not its change is on the disk yet. */
  #given = 0;
  #snapshotSize = 0;
  /** How large the segment is to be until all objects are written down anew. */
  #tryAt = 0;
  #snapshot: Promise<void> | undefined;

  constructor(options: JournalStoreOptions) {
    super(options);
    this.#options = options;
    this.#folder = options.folder;
    this.#sealing = new Sealing(options.sealing);
  }

  /** Rejects with ServiceUnavailable where a file is damaged, missing or of a newer k4s, and as node:fs does. */
  async open(): Promise<void> {
    const found = await recover(this.#folder, {
      begins: revision => this.startAfter(revision),
      object: ({ key, object, order }) => this.load(key, this.#sealing.open(key, object), order),
      change: ({ type, revision, key, object, at, ...author }) => {
        const last = this.get(key.kind, key.namespace, key.name);
        const after = object === undefined ? last : this.#sealing.open(key, object);
        if (!after || (last === undefined) !== (type === "ADDED")) throw new Error(`${type} at ${revision}`);
        this.replay(type, revision, key, stamped(after, revision), at, author);
      },
    });
    this.#snapshotSize = found.snapshotSize;
    // What stands for them may have its name in the system's memory alone.
    if (found.leftovers.length > 0) await this.#folder.sync();
    for (const name of found.leftovers) await this.#folder.remove(name);
    const isNew = found.segment === undefined && found.revision === 0;
    if (isNew) this.#begin();
    this.#given = this.revision;
    const written = (size: number) => this.#grown(log, size);
    const log: Log = new Log({ folder: this.#folder, revision: this.revision, written });
    if (isNew && this.revision > 0) this.#snapshotSize = await this.#writeSnapshot(() => log.rotate());
    else await log.open(found.segment, found.before);
    this.#log = log;
  }

  get broken(): unknown {
    return this.#log?.broken;
  }

  alone<T>(places: () => readonly string[], act: () => Promise<T>): Promise<T> {
    // In one order, so that no two wait for each other.
    return places()
      .toSorted()
      .reduceRight<() => Promise<T>>(
        (inner, place) => () => this.#turns.take(`alone ${place}`, inner),
        act,
      )();
  }

  async add<T extends KubernetesObject>(key: ObjectKey, draft: T, author: Author): Promise<T> {
    return this.#inTurn(key, () => {
      this.assertFree(key);
      return this.#write("ADDED", key, draft, author);
    });
  }

  async replace<T extends KubernetesObject>(
    key: ObjectKey,
    previous: T,
    draft: T,
    author: Author,
  ): Promise<T> {
    return this.#inTurn(key, () => {
      this.findLast(key, previous);
      return this.#write("MODIFIED", key, draft, author);
    });
  }

  async remove<T extends KubernetesObject>(key: ObjectKey, previous: T, author: Author): Promise<T> {
    return this.#inTurn(key, () => {
      const { object } = this.findLast(key, previous);
      return this.#write("DELETED", key, object as T, author);
    });
  }

  /** When all that was written is on the disk. */
  async close(): Promise<void> {
    this.refuseWrites();
    try {
      await this.#log?.close();
      await this.#snapshot;
    } finally {
      this.end();
    }
  }

  #inTurn<T>(key: ObjectKey, act: () => Promise<T>): Promise<T> {
    return this.#turns.take(`${key.kind}/${namespacedName(key)}`, async () => act());
  }

  #write<T extends KubernetesObject>(
    type: Change["type"],
    { kind, namespace, name }: ObjectKey,
    draft: T,
    author: Author,
  ): Promise<T> {
    const log = this.#log;
    if (!log) throw new Error("the store is not open");
    this.assertLeads(author);
    const key = { kind, namespace, name };
    const object = stamped(draft, this.#given + 1);
    const revision = ++this.#given;
    const at = this.#options.clock.now();
    const by = changeAuthor(author);
    this.claimed(author, revision);
    return new Promise((resolve, reject) => {
      log.append({
        change: {
          type,
          revision,
          key,
          at,
          ...by,
          ...(type !== "DELETED" && { object: this.#sealing.seal(key, object) }),
        },
        kept: () => {
          this.apply(type, revision, key, object, at, by);
          resolve(object);
        },
        failed: reject,
      });
    });
  }

  /** In a folder where there is no journal yet. */
  #begin(): void {
    const { content = [], startsAfter = 0 } = this.#options;
    this.loadContent(content);
    if (startsAfter > this.revision) this.startAfter(startsAfter);
  }

  /** Called between two frames of the log: what is in the image is what is on the disk. */
  async #grown(log: Log, size: number): Promise<void> {
    const { snapshotBytes = 16 << 20, onSnapshotFault } = this.#options;
    const isDue = size >= Math.max(snapshotBytes, this.#snapshotSize, this.#tryAt);
    // What an older key has written, or none, is written anew at once: then that key can be done without.
    const isStale = this.#sealing.isStale && size >= this.#tryAt;
    if (this.#snapshot || !(isDue || isStale)) return;
    // Where it fails, it is not tried with each write.
    this.#tryAt = size + snapshotBytes;
    try {
      await log.rotate();
      this.#tryAt = 0;
      this.#snapshot = this.#compact()
        .catch(onSnapshotFault)
        .finally(() => {
          this.#snapshot = undefined;
        });
    } catch (error) {
      onSnapshotFault(error);
    }
  }

  /** Writes all objects down, and removes what is older. */
  async #compact(): Promise<void> {
    const { revision } = this;
    this.#snapshotSize = await this.#writeSnapshot();
    this.#sealing.isStale = false;
    const { segments, snapshots } = filesAmong(await this.#folder.list());
    for (const after of segments) if (after < revision) await this.#folder.remove(segmentName(after));
    for (const older of snapshots) if (older < revision) await this.#folder.remove(snapshotName(older));
  }

  #writeSnapshot(before?: () => Promise<void>): Promise<number> {
    const objects = this.entries().map(({ key, object, order }) => ({
      key,
      object: this.#sealing.seal(key, object),
      order,
    }));
    return writeSnapshot(this.#folder, this.revision, objects, before);
  }
}
