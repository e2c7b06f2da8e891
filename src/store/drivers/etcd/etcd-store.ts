/**
 * The store in etcd, where any number of API servers have it in common. What is read is read from the image that each keeps, by one watch
 * of all that lies there; a write is a transaction of etcd that compares revisions (writing.ts), and its promise resolves when our own
 * watch has told of it (following.ts). So the order of all changes is etcd's, here and everywhere else.
 */
import { ApiError } from "../../../errors/index.ts";
import { type Clock, Turns } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import type { SealingOptions } from "../../encryption-at-rest.ts";
import type { Author, Change, ObjectKey, Store, Stored } from "../../store.ts";
import type { ImageOptions } from "../image.ts";
import { closed, conflict } from "../refusals.ts";
import { type ConnectEtcd, EtcdClient, type EtcdOptions } from "./client.ts";
import { Compaction } from "./compaction.ts";
import { Epochs } from "./epochs.ts";
import { asApiError } from "./etcd-fault.ts";
import { EtcdImage, type Write } from "./etcd-image.ts";
import { Following, listAll } from "./following.ts";
import { type KindFolders, Layout, layoutVersion } from "./layout.ts";
import { type Compare, decoded, encoded, holds, put } from "./messages.ts";
import { Presence } from "./presence.ts";
import { Resealing, type ResealingOptions } from "./resealing.ts";
import { restorerIn } from "./restoring.ts";
import { SharedTexts } from "./shared-texts.ts";
import { WriteTurns } from "./write-turns.ts";
import { type Condition, DecidedMeanwhile, Writing } from "./writing.ts";

export interface EtcdStoreOptions extends ImageOptions {
  readonly clock: Pick<Clock, "now" | "elapsed" | "after">;
  readonly etcd: EtcdOptions;
  /** How its servers are reached; by HTTP where left out. */
  readonly connect?: ConnectEtcd;
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

/** How long a write may take, whatever happens, in times that a server is given to answer. */
const attempts = 3;
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
  readonly #shared: SharedTexts;
  readonly #writing: Writing;
  #resealing: Resealing | undefined;
  #writes = 0;

  constructor(options: EtcdStoreOptions) {
    const { etcd, clock, kinds, sealing, identity, onEtcdFault } = options;
    super(options, new Layout(etcd.prefix ?? "/registry", kinds, sealing), clock, onEtcdFault);
    this.#options = options;
    this.#client = new EtcdClient(etcd, clock, options.connect);
    this.#compaction = new Compaction(this.#client, clock, onEtcdFault);
    this.#presence = new Presence(this.#client, clock, this.layout.presenceOf(identity), onEtcdFault);
    this.#shared = new SharedTexts(this.#client, this.layout);
    const { layout, waiting } = this;
    const parts = { client: this.#client, layout, waiting, clock };
    const key = layout.epoch;
    const epochs = new Epochs({
      ...{ ...parts, identity, key },
      current: () => this.mark(key),
      isClosed: () => this.isClosed,
    });
    this.#writing = new Writing({
      ...{ ...parts, epochs },
      last: ({ kind, namespace, name }) => this.get<string>(kind, namespace, name),
      broken: () => this.broken,
      lost: () => this.#following?.lost,
    });
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

  /** Why etcd cannot be reached, or takes no writes; undefined while it does. */
  get broken(): unknown {
    return this.#following?.broken ?? this.#writing.full;
  }

  /** What all API servers of this cluster agree on under a name: see SharedTexts. */
  agreed(name: string, choose: (kept: string | undefined) => string | Promise<string>): Promise<string> {
    return this.#shared.agreed(name, choose);
  }

  /** From now on what is kept otherwise than the keys say is written anew, by whoever leads; until the store closes. */
  reseal(options: ResealingOptions): void {
    const { layout, waiting, stale } = this;
    const { clock, identity } = this.#options;
    const parts = { client: this.#client, layout, clock, waiting, identity, stale };
    this.#resealing ??= new Resealing({ ...parts, ...options });
    this.#resealing.start();
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
    await this.waiting.until(() => this.underWay.size === 0, this.#options.clock.elapsed() + this.#longestMs);
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
    const askedAt = this.#options.clock.elapsed();
    const act = () => {
      // Where etcd answers, all have their turn, and their time after that.
      const from = this.#writing.answersSince(askedAt) ? this.#options.clock.elapsed() : askedAt;
      return this.#writing.inTime({ write, author, previous, places }, from + this.#longestMs);
    };
    try {
      // A lease that is renewed too late is lost, whatever else is to be written.
      return (await (kind === "Lease" ? act() : this.#turnsOut.take(act))) as T;
    } finally {
      this.underWay.delete(id);
      this.waiting.look();
    }
  }

  get #longestMs(): number {
    return attempts * (this.#options.etcd.dialTimeoutMs ?? 5_000);
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
    const { version, restoring, prefix } = this.layout;
    const read = async (key: string) => (await this.#client.range({ key: encoded(key) })).kvs?.[0];
    let found = await read(version);
    if (!found) {
      const whole = holds(restoring, 0);
      await this.#client.transact(created(version, String(layoutVersion), whole));
      found = await read(version);
    }
    const mark = found ? undefined : await read(restoring);
    if (mark)
      throw new ApiError(
        "ServiceUnavailable",
        `a backup is being restored below ${prefix} in etcd (${restorerIn(decoded(mark.value))}): start again when it is whole; if that has ended in the middle, k4s restore begins it anew`,
      );
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

  protected override doubt(): void {
    this.#following?.doubt();
  }

  #end(): void {
    this.#resealing?.stop();
    this.#following?.stop();
    this.#compaction.stop();
    this.waiting.end();
    this.#client.close();
  }
}

/** Writes a key unless it is there, and where more holds. */
function created(key: string, value: string, ...more: Compare[]) {
  return { compare: [holds(key, 0), ...more], success: [put(key, value)], failure: [] };
}
