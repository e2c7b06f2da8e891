/**
 * The last changes. Watchers that come back after a while are told from here what they missed; `why`, the timeline and the
 * world as it was (past.ts) read it. Versions share their unchanged parts, so a change costs little more than what it changed.
 *
 * It is bounded for each kind by itself, so that ten thousand pods that start do not push out what happened to a Service.
 * And of one kind no writer has more than its share: when the kind's part is full, one that wrote more than a quarter of it
 * pays for the next change with its own oldest, also where another makes it.
 *
 * Revisions grow, and nothing more is asked of them: there may be gaps (etcd has some, and a kind's changes always do).
 */
import { ApiError } from "../../errors/index.ts";
import type { KindName } from "../../resources/index.ts";
import type { Change, ObjectKey } from "../store.ts";

/** How many changes of each kind are kept unless said otherwise. */
const defaultHistoryLimit = 10_000;
/** What a writer may have of a full part, before it pays itself. */
const shareOfWriter = 1 / 4;

export class History {
  readonly #limit: number;
  readonly #parts = new Map<KindName, Part>();
  /** The last revision that was given before this history begins. */
  #floor = 0;
  #last = 0;

  constructor(limit = defaultHistoryLimit) {
    this.#limit = Math.max(1, limit);
  }

  /** Begins after this revision: nothing is known of what was before. */
  startAfter(revision: number): void {
    this.#floor = revision;
    this.#last = revision;
  }

  /** Not every change up to this revision is known. */
  skipTo(revision: number): void {
    this.#floor = revision;
    this.#last = revision;
    for (const part of this.#parts.values()) part.lost = revision;
  }

  /** The revision must be greater than that of the change before. */
  add(change: Change): void {
    let part = this.#parts.get(change.key.kind);
    if (!part) {
      part = new Part(this.#limit, this.#floor);
      this.#parts.set(change.key.kind, part);
    }
    part.add(change);
    this.#last = change.revision;
  }

  /** The change that has this very revision, while it is kept. */
  at(revision: number): Change | undefined {
    for (const part of this.#parts.values()) {
      const change = part.at(revision);
      if (change) return change;
    }
    return undefined;
  }

  /** Fails with Expired unless every change after `revision`, of this kind or of all, is still there. */
  assertReachesBackTo(revision: number, kind?: KindName): void {
    if (revision > this.#last) {
      throw new ApiError(
        "Expired",
        `Too large resource version: ${revision}, current: ${this.#last}. Nothing is known of it: list again.`,
      );
    }
    const oldest = this.#oldestKnown(kind);
    if (revision < oldest) {
      throw new ApiError("Expired", `too old resource version: ${revision} (${oldest})`);
    }
  }

  /** Fails with Expired unless the history of some kind reaches back to the revision. */
  assertReachesAnywhereTo(revision: number): void {
    const kinds = [...this.#parts.keys()];
    const reaching = kinds.find(kind => revision >= this.#oldestKnown(kind));
    this.assertReachesBackTo(revision, reaching ?? kinds[0]);
  }

  /** Those that are kept, after a revision, of one kind or of all; oldest first. */
  after(revision: number, kind?: KindName): Change[] {
    if (kind !== undefined) return this.#parts.get(kind)?.after(revision) ?? [];
    const changes = [...this.#parts.values()].flatMap(part => part.after(revision));
    return changes.sort((a, b) => a.revision - b.revision);
  }

  /** Those that are kept of one object, and of others before it that had its name; oldest first. */
  of({ kind, namespace, name }: ObjectKey): Change[] {
    return this.after(0, kind).filter(({ key }) => key.name === name && key.namespace === namespace);
  }

  /** The revision after which every change is kept. */
  #oldestKnown(kind: KindName | undefined): number {
    if (kind !== undefined) return this.#parts.get(kind)?.lost ?? this.#floor;
    let oldest = this.#floor;
    for (const { lost } of this.#parts.values()) oldest = Math.max(oldest, lost);
    return oldest;
  }
}

/** What a writer has of a part. */
interface Share {
  readonly actor: string;
  count: number;
  /** Where to look for its oldest: not before this place. */
  from: number;
}

/** The changes of one kind: a list in the order of the revisions, with holes where a writer paid with its oldest. */
class Part {
  readonly #limit: number;
  #changes: (Change | undefined)[] = [];
  #revisions: number[] = [];
  /** Where the list begins; what is before was let go. */
  #first = 0;
  #count = 0;
  /** How many of them each writer wrote. */
  readonly #writers = new Map<string, Share>();
  /** Those who wrote more than their share: three at most. */
  readonly #heavy = new Set<Share>();
  /** The highest revision that was let go: what came after it is complete. */
  lost: number;

  constructor(limit: number, floor: number) {
    this.#limit = limit;
    this.lost = floor;
  }

  add(change: Change): void {
    const { actor } = change;
    const writer = this.#writers.get(actor) ?? { actor, count: 0, from: this.#changes.length };
    this.#writers.set(actor, writer);
    if (this.#count >= this.#limit) this.#makeRoom(writer);
    this.#changes.push(change);
    this.#revisions.push(change.revision);
    this.#count++;
    if (++writer.count > this.#limit * shareOfWriter) this.#heavy.add(writer);
  }

  at(revision: number): Change | undefined {
    const place = this.#placeAfter(revision - 1);
    return this.#revisions[place] === revision ? this.#changes[place] : undefined;
  }

  after(revision: number): Change[] {
    const changes: Change[] = [];
    for (let place = this.#placeAfter(revision); place < this.#changes.length; place++) {
      const change = this.#changes[place];
      if (change) changes.push(change);
    }
    return changes;
  }

  /** The first place whose revision is higher. */
  #placeAfter(revision: number): number {
    let low = this.#first;
    let high = this.#revisions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#revisions[middle] ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(writer: Share): void {
    const payer = this.#heavy.has(writer) ? writer : heaviestOf(this.#heavy);
    let place = payer ? Math.max(payer.from, this.#first) : this.#first;
    while (payer ? this.#changes[place]?.actor !== payer.actor : this.#changes[place] === undefined) place++;
    if (payer) payer.from = place + 1;
    this.#letGo(place);
    while (this.#first < this.#changes.length && this.#changes[this.#first] === undefined) this.#first++;
    // Now and then, so that the list does not grow by its holes.
    if (this.#changes.length > 2 * this.#limit + 64) this.#compact();
  }

  #letGo(place: number): void {
    const change = this.#changes[place];
    if (!change) return;
    this.#changes[place] = undefined;
    this.#count--;
    this.lost = Math.max(this.lost, change.revision);
    const writer = this.#writers.get(change.actor);
    if (!writer) return;
    if (--writer.count <= this.#limit * shareOfWriter) this.#heavy.delete(writer);
    if (writer.count === 0) this.#writers.delete(change.actor);
  }

  #compact(): void {
    const changes: Change[] = [];
    for (const change of this.#changes) if (change) changes.push(change);
    this.#changes = changes;
    this.#revisions = changes.map(({ revision }) => revision);
    this.#first = 0;
    for (const writer of this.#writers.values()) writer.from = 0;
  }
}

function heaviestOf(shares: Iterable<Share>): Share | undefined {
  let heaviest: Share | undefined;
  for (const share of shares) if (share.count > (heaviest?.count ?? 0)) heaviest = share;
  return heaviest;
}
