/**
 * The store in etcd, where any number of API servers have it in common. What is read is read from the image that each keeps, by one watch
 * of all that lies there; a write is a transaction of etcd that compares revisions, and its promise resolves when our own watch has
 * told of it. So the order of all changes is etcd's, here and everywhere else.
 *
 * Each transaction writes, besides the object:
 * - who wrote it and why, at one key: the watch tells it with the object, for `why` and the timeline;
 * - where it was decided by other objects, the place that it was decided at (promise 7), and compares that nobody has since;
 * - where it begins to lead, its mark; where a leader writes, it compares that the mark is still its own.
 *
 * When the answer to a transaction is lost, nobody knows whether it happened, or will yet. So each also compares the epoch, a key that
 * is written in such a case: what was sent before can happen no more when that is seen, and if it has happened it has been seen.
 * Only then is it sent again, so that nothing is done twice.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import { type Clock, Turns } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import type { SealingOptions } from "../../encryption-at-rest.ts";
import type { Author, Change, ObjectKey, Store, Stored } from "../../store.ts";
import { type ImageOptions, stamped } from "../image.ts";
import { alreadyExists, closed, conflict, ledByAnother, notFound } from "../refusals.ts";
import { authorText } from "./authors.ts";
import { EtcdClient, type EtcdOptions } from "./client.ts";
import { Compaction } from "./compaction.ts";
import { asApiError, EtcdFault, isOutOfSpace } from "./etcd-fault.ts";
import { EtcdImage, type Write } from "./etcd-image.ts";
import { Following, listAll } from "./following.ts";
import { type KindFolders, Layout, layoutVersion } from "./layout.ts";
import {
  decoded,
  encoded,
  foundAt,
  holds,
  int64,
  looksAt,
  put,
  putEncoded,
  remove,
  type TransactionAnswer,
} from "./messages.ts";
import { Presence } from "./presence.ts";
import { WriteTurns } from "./write-turns.ts";

export interface EtcdStoreOptions extends ImageOptions {
  readonly clock: Pick<Clock, "now" | "after">;
  readonly etcd: EtcdOptions;
  readonly kinds: KindFolders;
  /** What is encrypted there; nothing where left out. */
  readonly sealing?: SealingOptions | undefined;
  /** Of this API server: no other's. */
  readonly identity: string;
  /** What is written where nothing is there yet. Each gets a new revision: they are etcd's. */
  readonly content?: Iterable<Stored>;
  /** Takes why etcd cannot be reached, once until it can, and what else went wrong where nobody waits. */
  readonly onEtcdFault: (fault: unknown) => void;
}

/** A key besides the object's, and the revision that it must have. */
interface Condition {
  readonly key: string;
  readonly revision: number;
  readonly isFence?: boolean;
}

/** Another has decided at this place meanwhile, and what it wrote is known by now: to be decided again. */
class DecidedMeanwhile extends Error {}

/** How long a write may take, whatever happens, in times that a server is given to answer. */
const attempts = 3;
/** How long the watch may take to tell what is written, until it is begun anew. */
const patienceMs = 1_500;
/** Fewer than there are connections to etcd: what is not a write waits for none. */
const writesAtOnce = 48;

export class EtcdStore extends EtcdImage implements Store {
  readonly #options: EtcdStoreOptions;
  readonly #client: EtcdClient;
  readonly #compaction: Compaction;
  readonly #presence: Presence;
  readonly #turns = new Turns();
  readonly #turnsOut = new WriteTurns(writesAtOnce);
  #following: Following | undefined;
  /** The places that are decided at right now, while `act` of `alone` runs up to its write. */
  #places: readonly Condition[] = [];
  #settling: Promise<void> | undefined;
  #writes = 0;

  constructor(options: EtcdStoreOptions) {
    const { etcd, clock, kinds, sealing, identity, onEtcdFault } = options;
    super(options, new Layout(etcd.prefix ?? "/registry", kinds, sealing), clock, onEtcdFault);
    this.#options = options;
    this.#client = new EtcdClient(etcd, clock);
    this.#compaction = new Compaction(this.#client, clock, onEtcdFault);
    this.#presence = new Presence(this.#client, clock, this.layout.presenceOf(identity), onEtcdFault);
  }

  /** Rejects with ServiceUnavailable where etcd cannot be reached or lets us not in, and where what is there is not for us to read. */
  async open(): Promise<void> {
    try {
      await this.#assertLayout();
      const listing = await listAll(this.#client, this.layout.prefix);
      this.loadListing(listing);
      this.#follow(listing.revision);
      if (this.isEmpty) await this.#writeContent();
    } catch (error) {
      this.#end();
      throw asApiError(error);
    }
  }

  /** Says to the other programs that this one is there, until it closes or its process ends. */
  announce(): Promise<void> {
    return this.#presence.begin();
  }

  /** Why etcd cannot be reached; undefined while it can. */
  get broken(): unknown {
    return this.#following?.broken;
  }

  /**
   * What all API servers of this cluster agree on under a name, such as a key that they sign with: what `choose` makes of what is kept,
   * called again where another was faster.
   */
  async agreed(
    name: string,
    choose: (kept: string | undefined) => string | Promise<string>,
  ): Promise<string> {
    const key = this.layout.sharedOf(name);
    try {
      for (;;) {
        const found = (await this.#client.range({ key: encoded(key) })).kvs?.[0];
        const kept = found && this.layout.textAt(key, found.value);
        const chosen = await choose(kept);
        if (chosen === kept) return chosen;
        const compare = [holds(key, int64(found?.mod_revision))];
        // Where the answer is lost it is read again what is agreed by now.
        const answer = await this.#client
          .transact({ compare, success: [putEncoded(key, this.layout.secretAt(key, chosen))], failure: [] })
          .catch(fault => {
            if (fault instanceof EtcdFault && fault.didNothing) throw fault;
            return undefined;
          });
        if (answer?.succeeded) return chosen;
      }
    } catch (error) {
      throw asApiError(error);
    }
  }

  async alone<T>(places: () => readonly string[], act: () => Promise<T>): Promise<T> {
    // In one order, so that no two wait for each other.
    const keys = [...new Set(places())].toSorted().map(place => this.layout.placeOf(place));
    const decided = async () => {
      for (;;) {
        this.#places = keys.map(key => ({ key, revision: this.mark(key) }));
        try {
          const acting = act();
          this.#places = [];
          return await acting;
        } catch (error) {
          if (!(error instanceof DecidedMeanwhile)) throw error;
        } finally {
          this.#places = [];
        }
      }
    };
    if (keys.length === 0) return act();
    return keys.reduceRight<() => Promise<T>>((inner, key) => () => this.#turns.take(key, inner), decided)();
  }

  async add<T extends KubernetesObject>(key: ObjectKey, draft: T, author: Author): Promise<T> {
    return this.#write("ADDED", key, draft, author, 0);
  }

  async replace<T extends KubernetesObject>(
    key: ObjectKey,
    previous: T,
    draft: T,
    author: Author,
  ): Promise<T> {
    return this.#write("MODIFIED", key, draft, author, this.#assertNotOlder(key, previous));
  }

  async remove<T extends KubernetesObject>(key: ObjectKey, previous: T, author: Author): Promise<T> {
    return this.#write("DELETED", key, previous, author, this.#assertNotOlder(key, previous));
  }

  async close(): Promise<void> {
    this.refuseWrites();
    // What is under way is answered first.
    await this.waiting.until(() => this.underWay.size === 0, this.#deadline());
    await this.#presence.end();
    this.#end();
    this.end();
  }

  // --- Writing.

  /** Where we know a later version, etcd does too. */
  #assertNotOlder(key: ObjectKey, previous: KubernetesObject): number {
    const { resourceVersion } = previous.metadata;
    const last = this.get<string>(key.kind, key.namespace, key.name)?.metadata.resourceVersion;
    if (last !== undefined && Number(last) > Number(resourceVersion))
      throw conflict(key, resourceVersion, last);
    // What has no revision was never stored: no key has this one.
    return Number(resourceVersion) || -1;
  }

  async #write<T extends KubernetesObject>(
    type: Change["type"],
    key: ObjectKey,
    draft: T,
    author: Author,
    previous: number,
  ): Promise<T> {
    if (this.isClosed || !this.#following) throw closed(key);
    const places = this.#places;
    const { kind, namespace, name } = key;
    const id = `${this.#options.identity} ${++this.#writes}`;
    const write: Write = { id, type, key: { kind, namespace, name }, draft, written: undefined };
    this.underWay.set(id, write);
    const act = () => this.#inTime(write, author, previous, places);
    try {
      // A lease that is renewed too late is lost, whatever else is to be written.
      return (await (kind === "Lease" ? act() : this.#turnsOut.take(act))) as T;
    } finally {
      this.underWay.delete(id);
      this.waiting.look();
    }
  }

  async #inTime(
    write: Write,
    author: Author,
    previous: number,
    places: readonly Condition[],
  ): Promise<KubernetesObject> {
    const deadline = this.#deadline();
    let hasEnded = false;
    const late = this.waiting
      .until(() => hasEnded, deadline)
      .then(isInTime => {
        if (isInTime) return undefined;
        const why = messageOf(this.broken ?? "no answer yet");
        throw undecided(write.key, `etcd has not answered in time (${why})`);
      });
    try {
      return (await Promise.race([
        this.#carryOut(write, author, previous, places, deadline),
        late,
      ])) as KubernetesObject;
    } finally {
      hasEnded = true;
    }
  }

  /** Sends the write until it is known to have happened, or to be refused. */
  async #carryOut(
    write: Write,
    author: Author,
    previous: number,
    places: readonly Condition[],
    deadline: number,
  ): Promise<KubernetesObject> {
    const { id, type, key, draft } = write;
    const { layout } = this;
    const at = layout.keyOf(key);
    const { fence, claims } = author;
    const held = [
      ...(fence ? [{ key: layout.leaderOf(fence.of), revision: fence.claim, isFence: true }] : []),
      ...places,
    ];
    const first = type === "DELETED" ? remove(at) : putEncoded(at, layout.valueAt(at, key, draft));
    const others = [
      put(layout.author, authorText(id, author, this.#options.clock.now())),
      ...places.map(place => put(place.key, id)),
      ...(claims === undefined ? [] : [put(layout.leaderOf(claims), id)]),
    ];
    let isFull = false;
    for (;;) {
      // Its writer has been told that it is not known.
      if (!this.underWay.has(id)) throw undecided(key, "it came too late");
      const epoch = this.#epoch;
      const conditions = [{ key: layout.epoch, revision: epoch }, ...held, { key: at, revision: previous }];
      const asked = {
        compare: conditions.map(each => holds(each.key, each.revision)),
        success: isFull ? [first] : [first, ...others],
        failure: conditions.map(each => looksAt(each.key)),
      };
      const answer = await this.#client.transact(asked).catch(async fault => {
        // A full etcd writes nothing any more, not even who wrote; what makes room it does.
        if (type === "DELETED" && !isFull && isOutOfSpace(fault)) isFull = true;
        else if (fault instanceof EtcdFault && fault.didNothing) throw asApiError(fault);
        else await this.#settled(epoch, deadline, fault);
        return undefined;
      });
      const revision = int64(answer?.header?.revision);
      if (answer?.succeeded && isFull) {
        await this.#known(() => this.#knows(key, 0, revision), deadline);
        return stamped(draft, revision);
      }
      if (answer?.succeeded) await this.#known(() => write.written !== undefined, deadline);
      else if (answer) await this.#refused(write, conditions, answer, deadline);
      if (write.written) return write.written;
    }
  }

  /** Rejects with why it has not happened; resolves where it has after all, or is to be tried again. */
  async #refused(
    write: Write,
    conditions: readonly Condition[],
    answer: TransactionAnswer,
    deadline: number,
  ): Promise<void> {
    const found = conditions.map((_, index) => foundAt(answer, index));
    const index = conditions.findIndex((each, index) => each.revision !== found[index]);
    const condition = conditions[index];
    // Not within one transaction.
    if (!condition) return;
    if (condition.isFence) throw ledByAnother();
    if (index < conditions.length - 1) {
      await this.#known(() => this.mark(condition.key) !== condition.revision, deadline);
      if (condition.key !== this.layout.epoch) throw new DecidedMeanwhile();
      return;
    }
    // Whoever was faster is known here when the writer is told (promise 2).
    const { type, key } = write;
    const now = found[index] ?? 0;
    const revision = int64(answer.header?.revision);
    await this.#known(() => write.written !== undefined || this.#knows(key, now, revision), deadline);
    if (write.written) return;
    if (type === "ADDED") throw alreadyExists(key);
    throw now === 0 ? notFound(key) : conflict(key, String(condition.revision), String(now));
  }

  /** Whether we know what etcd has found: the object as of that revision, or that there was none. */
  #knows({ kind, namespace, name }: ObjectKey, found: number, revision: number): boolean {
    if (found > 0) return (this.#following?.seen ?? 0) >= found;
    const last = this.get<string>(kind, namespace, name);
    return last === undefined || Number(last.metadata.resourceVersion) > revision;
  }

  get #epoch(): number {
    return this.mark(this.layout.epoch);
  }

  /** Resolves when all that was sent in this epoch has happened and is known, or can happen no more. */
  async #settled(epoch: number, deadline: number, fault: unknown): Promise<void> {
    while (this.#epoch <= epoch) {
      this.#settling ??= this.#nextEpoch(deadline).finally(() => {
        this.#settling = undefined;
      });
      try {
        await this.#settling;
      } catch (error) {
        if (this.#options.clock.now() < deadline && !this.isClosed) {
          await this.waiting.until(
            () => this.#epoch > epoch,
            Math.min(deadline, this.#options.clock.now() + 500),
          );
          continue;
        }
        throw undecided(undefined, `${asApiError(fault).message}; then ${asApiError(error).message}`);
      }
    }
  }

  async #nextEpoch(deadline: number): Promise<void> {
    const { header } = await this.#client.put(
      put(this.layout.epoch, this.#options.identity) as Parameters<EtcdClient["put"]>[0],
    );
    const revision = int64(header?.revision);
    await this.#known(() => this.#epoch >= revision, deadline);
  }

  /** Resolves when our watch has told enough. Rejects where it does not. */
  async #known(enough: () => boolean, deadline: number): Promise<void> {
    const soon = Math.min(deadline, this.#options.clock.now() + patienceMs);
    if (await this.waiting.until(enough, soon)) return;
    this.#following?.doubt();
    if (await this.waiting.until(enough, deadline)) return;
    throw undecided(undefined, "the watch of etcd does not tell what is written");
  }

  #deadline(): number {
    return this.#options.clock.now() + attempts * (this.#options.etcd.dialTimeoutMs ?? 5_000);
  }

  async #writeContent(): Promise<void> {
    const author: Author = {
      actor: "k4s",
      user: { name: "system:apiserver", groups: [] },
      manager: "kube-apiserver",
    };
    for (const { key, object } of this.#options.content ?? []) {
      await this.add(key, object, author).catch(error => {
        // Another API server begins at the same time, with the same.
        if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      });
    }
  }

  // --- Following what is written.

  async #assertLayout(): Promise<void> {
    const { version } = this.layout;
    const read = async () => (await this.#client.range({ key: encoded(version) })).kvs?.[0];
    const found =
      (await read()) ?? (await this.#client.transact(created(version, String(layoutVersion))).then(read));
    const given = Number(decoded(found?.value));
    if (given === layoutVersion) return;
    const problem = `what lies in etcd under ${this.layout.prefix}k4s/ is of a newer k4s (layout ${given}; this one knows ${layoutVersion})`;
    throw new ApiError("ServiceUnavailable", problem);
  }

  #follow(revision: number): void {
    const { clock, onEtcdFault } = this.#options;
    this.#following = new Following(
      {
        client: this.#client,
        clock,
        prefix: this.layout.prefix,
        lastWrite: this.layout.author,
        changed: (revision, events) => this.changed(revision, events),
        listed: listing => this.listed(listing),
        onFault: onEtcdFault,
      },
      revision,
    );
    this.#following.start();
    this.#compaction.start();
  }

  #end(): void {
    this.#following?.stop();
    this.#compaction.stop();
    this.waiting.end();
    this.#client.close();
  }
}

/** Writes a key unless it is there. */
function created(key: string, value: string) {
  return { compare: [holds(key, 0)], success: [put(key, value)], failure: [] };
}

function undecided(key: ObjectKey | undefined, why: string): ApiError {
  const what = key ? `whether ${key.kind} "${key.name}" was written` : "whether it was written";
  return new ApiError("ServiceUnavailable", `${what} is not known: ${why}`);
}
