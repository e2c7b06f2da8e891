/**
 * An etcd in memory, as far as the driver asks for one: keys with revisions, transactions that compare, the past up to a compaction, leases that
 * run out, watches from any revision that is still known. It never fails by itself: what goes wrong on the way to it, played-connection.ts
 * does. It is asked and answers in the words of etcd's JSON gateway.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import {
  type EtcdEvent,
  EtcdFault,
  type KeyValue,
  type RangeAnswer,
  type RangeRequest,
  type Transaction,
  type TransactionAnswer,
} from "../../store/index.ts";

interface Kept {
  readonly key: string;
  readonly value: string;
  readonly created: number;
  readonly modified: number;
  readonly version: number;
  readonly lease: string | undefined;
}

/** What one transaction has changed at one key. */
interface KeyChange {
  readonly before: Kept | undefined;
  readonly now: Kept | undefined;
}

export interface Commit {
  readonly revision: number;
  readonly events: readonly EtcdEvent[];
}

type Operation = Transaction["success"][number];

/** gRPC's numbers. */
const outOfRange = 11;
const resourceExhausted = 8;

export class PlayedEtcd {
  readonly #clock: Pick<Clock, "after">;
  readonly #keys = new Map<string, Kept>();
  /** What was changed, from the revision behind the compacted one on. */
  #past: { readonly revision: number; readonly changes: readonly KeyChange[] }[] = [];
  readonly #leases = new Map<string, { readonly seconds: number; end: Timer }>();
  readonly #watches = new Set<(commit: Commit) => void>();
  #revision = 1;
  #compacted = 0;
  #lastLease = 0;
  /** Its database is as large as it may be: nothing is put any more. */
  isFull = false;

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  get revision(): number {
    return this.#revision;
  }

  range({ key, range_end, limit, revision, keys_only }: RangeRequest): RangeAnswer {
    const at = int64(revision) || this.#revision;
    if (at < this.#compacted) throw compacted();
    const [from, to] = [decoded(key), range_end === undefined ? undefined : decoded(range_end)];
    const fits = (each: string) => (to === undefined ? each === from : each >= from && each < to);
    const found = [...this.#at(at).values()].filter(each => fits(each.key)).toSorted(byKey);
    const most = int64(limit) || found.length;
    return {
      header: this.#header(),
      kvs: found.slice(0, most).map(each => told(each, keys_only)),
      ...(found.length > most && { more: true }),
    };
  }

  transact({ compare, success, failure }: Transaction): TransactionAnswer {
    const succeeded = compare.every(each => {
      const kept = this.#keys.get(decoded(each.key));
      return each.target === "MOD"
        ? (kept?.modified ?? 0) === int64(each.mod_revision)
        : (kept?.version ?? 0) === int64(each.version);
    });
    const responses = this.#do(succeeded ? success : failure);
    return { header: this.#header(), ...(succeeded && { succeeded }), responses };
  }

  put(key: string, value: string, lease?: string): TransactionAnswer {
    if (lease !== undefined && !this.#leases.has(lease)) throw refused(5, "requested lease not found");
    this.#do([{ request_put: { key, value } }], lease);
    return { header: this.#header() };
  }

  grant(seconds: number): string {
    const id = String(++this.#lastLease);
    this.#leases.set(id, { seconds, end: this.#endOf(id, seconds) });
    return id;
  }

  /** How many seconds are left of it, from now on; 0 where it has run out. */
  keepAlive(id: string): number {
    const lease = this.#leases.get(id);
    if (!lease) return 0;
    lease.end.cancel();
    lease.end = this.#endOf(id, lease.seconds);
    return lease.seconds;
  }

  revoke(id: string): void {
    const lease = this.#leases.get(id);
    if (!lease) throw refused(5, "requested lease not found");
    lease.end.cancel();
    this.#leases.delete(id);
    const keys = [...this.#keys.values()].filter(each => each.lease === id);
    if (keys.length > 0) this.#do(keys.map(({ key }) => ({ request_delete_range: { key: encoded(key) } })));
  }

  compact(revision: number): void {
    if (revision > this.#revision) throw refused(outOfRange, "required revision is a future revision");
    if (revision <= this.#compacted) throw compacted();
    this.#compacted = revision;
    this.#past = this.#past.filter(each => each.revision > revision);
  }

  /** The last revision that is not known any more, where nothing is told from there on; undefined where all is. */
  compactedBefore(start: number): number | undefined {
    return start <= this.#compacted ? this.#compacted : undefined;
  }

  /** Tells what is written from this revision on, which must be known. Returns what ends that. */
  watch(start: number, tell: (commit: Commit) => void): () => void {
    for (const { revision, changes } of this.#past)
      if (revision >= start) tell({ revision, events: changes.map(change => eventOf(change, revision)) });
    this.#watches.add(tell);
    return () => void this.#watches.delete(tell);
  }

  /** Does what is asked in one revision. */
  #do(operations: readonly Operation[], lease?: string): { readonly response_range?: RangeAnswer }[] {
    if (this.isFull && operations.some(each => "request_put" in each))
      throw refused(resourceExhausted, "etcdserver: mvcc: database space exceeded");
    const revision = this.#revision + 1;
    const changes: KeyChange[] = [];
    const responses = operations.map(operation => {
      if ("request_range" in operation) return { response_range: this.range(operation.request_range) };
      const change =
        "request_put" in operation
          ? this.#put(operation.request_put, revision, lease)
          : this.#remove(decoded(operation.request_delete_range.key));
      if (change) changes.push(change);
      return {};
    });
    if (changes.length > 0) {
      this.#revision = revision;
      this.#past.push({ revision, changes });
      const events = changes.map(change => eventOf(change, revision));
      for (const tell of [...this.#watches]) tell({ revision, events });
    }
    return responses;
  }

  #put({ key, value }: { key: string; value: string }, revision: number, lease?: string): KeyChange {
    const at = decoded(key);
    const before = this.#keys.get(at);
    const { created = revision, version = 0 } = before ?? {};
    const now = { key: at, value, created, modified: revision, version: version + 1, lease };
    this.#keys.set(at, now);
    return { before, now };
  }

  #remove(key: string): KeyChange | undefined {
    const before = this.#keys.get(key);
    this.#keys.delete(key);
    return before && { before, now: undefined };
  }

  /** The keys as they were in that revision. */
  #at(revision: number): ReadonlyMap<string, Kept> {
    if (revision >= this.#revision) return this.#keys;
    const keys = new Map(this.#keys);
    for (const { revision: later, changes } of this.#past.toReversed()) {
      if (later <= revision) break;
      for (const { before, now } of changes.toReversed()) {
        if (now) keys.delete(now.key);
        if (before) keys.set(before.key, before);
      }
    }
    return keys;
  }

  #endOf(id: string, seconds: number): Timer {
    return this.#clock.after(seconds * 1_000, () => this.revoke(id));
  }

  #header() {
    return { revision: String(this.#revision) };
  }
}

function eventOf({ before, now }: KeyChange, revision: number): EtcdEvent {
  if (now) return { kv: told(now) };
  return { type: "DELETE", kv: { key: encoded(before?.key ?? ""), mod_revision: String(revision) } };
}

function told({ key, value, created, modified, version }: Kept, isKeyOnly = false): KeyValue {
  return {
    key: encoded(key),
    ...(!isKeyOnly && value !== "" && { value }),
    create_revision: String(created),
    mod_revision: String(modified),
    version: String(version),
  };
}

function byKey(one: Kept, other: Kept): number {
  return one.key < other.key ? -1 : Number(one.key > other.key);
}

function compacted(): EtcdFault {
  return refused(outOfRange, "etcdserver: mvcc: required revision has been compacted");
}

function refused(code: number, problem: string): EtcdFault {
  return new EtcdFault("played", problem, { code, didNothing: true });
}

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

function int64(text: string | undefined): number {
  return text === undefined ? 0 : Number(text);
}
