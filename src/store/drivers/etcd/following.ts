/**
 * Follows what is written below a prefix of etcd, for as long as the store is open: one watch, begun again behind the last revision that
 * was seen whenever it breaks off, at another server where one does not answer. What was compacted before it could be seen is told
 * by all that is there now.
 *
 * A watch that says nothing may have nothing to say, or be cut off. So etcd is asked every two seconds for the last write, and a watch that
 * does not know it at the next time is begun anew. From that it is also known whether etcd can be reached.
 */
import type { Clock, Timer } from "../../../outside/index.ts";
import type { EtcdClient } from "./client.ts";
import { encoded, endOf, type Header, int64, type KeyValue, type WatchEvent } from "./messages.ts";

export interface Listing {
  readonly revision: number;
  readonly found: readonly KeyValue[];
}

export interface FollowingOptions {
  readonly client: EtcdClient;
  readonly clock: Pick<Clock, "after">;
  readonly prefix: string;
  /** The key that each write writes. */
  readonly lastWrite: string;
  /** Told what was written in one revision after the other; nothing where all up to this one is known. */
  readonly changed: (revision: number, events: readonly WatchEvent[]) => void;
  /** Told all that is there, where what was written before is not known any more. */
  readonly listed: (listing: Listing) => void;
  /** Told why etcd cannot be followed, once until it can. */
  readonly onFault: (fault: unknown) => void;
}

/** How many objects are asked for at a time. */
const pageSize = 1_000;
const checkMs = 2_000;
const steadyMs = 2_000;
const longestPauseMs = 2_000;

/** All that is there, as of one revision. */
export async function listAll(client: EtcdClient, prefix: string): Promise<Listing> {
  const range_end = encoded(endOf(prefix));
  const found: KeyValue[] = [];
  let revision = 0;
  let key = encoded(prefix);
  for (;;) {
    const asked = {
      key,
      range_end,
      limit: String(pageSize),
      ...(revision > 0 && { revision: String(revision) }),
    };
    const { header, kvs = [], more } = await client.range(asked);
    if (revision === 0) revision = int64(header?.revision);
    for (const each of kvs) found.push(each);
    const last = kvs.at(-1);
    if (!more || !last) return { revision, found };
    key = Buffer.concat([Buffer.from(last.key, "base64"), Buffer.of(0)]).toString("base64");
  }
}

export class Following {
  readonly #options: FollowingOptions;
  /** All up to this revision is known. */
  #seen: number;
  #ended = false;
  #broken: unknown;
  #watch: AbortController | undefined;
  #pause: Timer | undefined;
  #check: Timer | undefined;
  /** The last write that a check has found and the watch did not know. */
  #missing = 0;
  #pauseMs = 0;
  /** Whether the watch of now has told something, or is as old as one that goes well. */
  #isSteady = false;
  /** The etcd that is followed. */
  #cluster: string | undefined;
  #lost: Error | undefined;

  constructor(options: FollowingOptions, seen: number) {
    this.#options = options;
    this.#seen = seen;
  }

  /** Why etcd cannot be reached; undefined while it can. */
  get broken(): unknown {
    return this.#broken;
  }

  /**
   * Why what lies in etcd now has nothing to do with what was followed; undefined where it has. Nothing is followed any more then, for
   * revisions never go back.
   */
  get lost(): Error | undefined {
    return this.#lost;
  }

  start(): void {
    void this.#follow();
    this.#checkLater();
  }

  /** The watch does not tell what it should: it is begun anew, at the next server. */
  doubt(): void {
    this.#options.client.turnAway();
    this.#watch?.abort();
  }

  stop(): void {
    this.#ended = true;
    this.#pause?.cancel();
    this.#check?.cancel();
    this.#watch?.abort();
  }

  async #follow(): Promise<void> {
    const { client, clock } = this.#options;
    const watch = new AbortController();
    this.#watch = watch;
    try {
      await this.#watchOnce(watch);
      client.turnAway();
    } catch (fault) {
      if (!watch.signal.aborted) this.#fail(fault);
    }
    if (this.#ended) return;
    // At once the first time: one server of several that goes is not to be noticed.
    this.#pause = clock.after(this.#pauseMs, () => void this.#follow());
    this.#pauseMs = Math.min(longestPauseMs, Math.max(50, this.#pauseMs * 2));
  }

  /** Resolves when the watch has ended by itself. */
  async #watchOnce(watch: AbortController): Promise<void> {
    const { client, clock, prefix, changed, listed } = this.#options;
    let isCompacted = false;
    // One that is only created may end at once again, and the next likewise.
    const steady = clock.after(steadyMs, () => this.#goesWell());
    const asked = {
      key: encoded(prefix),
      range_end: encoded(endOf(prefix)),
      start_revision: String(this.#seen + 1),
      progress_notify: true,
    };
    await client
      .watch(asked, watch.signal, ({ header, events = [], created, canceled, compact_revision }) => {
        if (watch.signal.aborted) return;
        if (canceled) {
          isCompacted = compact_revision !== undefined;
          watch.abort();
          return;
        }
        if (events.length > 0) this.#goesWell();
        else if (!created && int64(header?.revision) > this.#seen) {
          this.#seen = int64(header?.revision);
          changed(this.#seen, events);
        }
        for (const [revision, together] of byRevision(events)) {
          if (revision <= this.#seen) continue;
          this.#seen = revision;
          changed(revision, together);
        }
      })
      .catch(fault => {
        if (!watch.signal.aborted) throw fault;
      })
      .finally(() => {
        steady.cancel();
        this.#isSteady = false;
      });
    if (!isCompacted || this.#ended) return;
    const listing = await listAll(client, prefix);
    this.#seen = listing.revision;
    listed(listing);
  }

  #checkLater(): void {
    const { client, clock, lastWrite } = this.#options;
    this.#check = clock.after(checkMs, async () => {
      try {
        // What the watch tells meanwhile may be later than this answer.
        const seen = this.#seen;
        const { kvs, header } = await client.range({ key: encoded(lastWrite), keys_only: true });
        if (this.#isOther(header, seen)) return;
        const last = int64(kvs?.[0]?.mod_revision);
        // It was known at the last check already, and is not by now: the watch is dead.
        if (this.#missing > this.#seen) this.doubt();
        else if (this.#isSteady) this.#broken = undefined;
        this.#missing = last;
      } catch (fault) {
        this.#fail(fault);
      }
      if (!this.#ended) this.#checkLater();
    });
  }

  /** Whether another etcd answers, or an earlier state of this one, as after `etcdctl snapshot restore`: then it is followed no more. */
  #isOther(header: Header | undefined, seen: number): boolean {
    const { cluster_id: cluster, revision } = header ?? {};
    this.#cluster ??= cluster;
    const isSame = this.#cluster === cluster;
    if (this.#ended || (isSame && int64(revision) >= seen)) return false;
    const what = isSame
      ? `it is at revision ${int64(revision)} and was at ${seen}`
      : `its cluster is ${cluster} and was ${this.#cluster}`;
    this.#lost = new Error(
      `etcd has been set back, or is another (${what}): what is known here is of before. Start this program anew`,
    );
    this.#fail(this.#lost);
    this.stop();
    return true;
  }

  #goesWell(): void {
    this.#isSteady = true;
    this.#pauseMs = 0;
    this.#broken = undefined;
  }

  #fail(fault: unknown): void {
    if (this.#ended) return;
    if (this.#broken === undefined || fault === this.#lost) this.#options.onFault(fault);
    this.#broken = fault;
  }
}

/** Events come in the order of their revisions; those of one transaction have one. */
function byRevision(events: readonly WatchEvent[]): Map<number, WatchEvent[]> {
  const groups = new Map<number, WatchEvent[]>();
  for (const event of events) {
    const revision = int64(event.kv.mod_revision);
    const group = groups.get(revision);
    if (group) group.push(event);
    else groups.set(revision, [event]);
  }
  return groups;
}
