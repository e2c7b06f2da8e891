/**
 * One write to etcd, from its transaction until it is known that it has happened, or why not.
 *
 * A transaction writes, besides the object:
 * - who wrote it and why, at one key: the watch tells it with the object, for `why` and the timeline;
 * - where it was decided by other objects, the place that it was decided at (promise 7), and compares that nobody has since;
 * - where it begins to lead, its mark; where a leader writes, it compares that the mark is still its own.
 *
 * When the answer is lost, nobody knows whether it happened, or will yet. So each also compares the epoch (epochs.ts), and is sent again only when
 * what was sent before can happen no more: nothing is done twice.
 */
import { ApiError, messageOf } from "../../../errors/index.ts";
import type { Clock, Timer } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import type { Author, ObjectKey } from "../../store.ts";
import { stamped } from "../image.ts";
import { alreadyExists, conflict, ledByAnother, notFound } from "../refusals.ts";
import { authorText } from "./authors.ts";
import type { EtcdClient } from "./client.ts";
import type { Epochs } from "./epochs.ts";
import { asApiError, EtcdFault, isOutOfSpace, undecided } from "./etcd-fault.ts";
import type { Write } from "./etcd-image.ts";
import type { Layout } from "./layout.ts";
import {
  foundAt,
  holds,
  int64,
  looksAt,
  put,
  putEncoded,
  remove,
  type TransactionAnswer,
} from "./messages.ts";
import type { Waiting } from "./waiting.ts";

/** A key besides the object's, and the revision that it must have. */
export interface Condition {
  readonly key: string;
  readonly revision: number;
  readonly isFence?: boolean;
}

/** What is to be written, and on which conditions. */
export interface Order {
  readonly write: Write;
  readonly author: Author;
  /** The revision of the object's key: 0 where it is not to be there. */
  readonly previous: number;
  readonly places: readonly Condition[];
}

/** Another has decided at this place meanwhile, and what it wrote is known by now: to be decided again. */
export class DecidedMeanwhile extends Error {}

export interface WritingParts {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly clock: Pick<Clock, "now" | "elapsed" | "after">;
  readonly waiting: Waiting;
  readonly epochs: Epochs;
  /** The object as we know it. */
  readonly last: (key: ObjectKey) => KubernetesObject | undefined;
  /** Why nothing can be written any more: see Following. */
  readonly lost: () => Error | undefined;
  /** Why etcd cannot be reached; undefined while it can. */
  readonly broken: () => unknown;
}

export class Writing {
  readonly #parts: WritingParts;
  #full: unknown;
  /** When etcd answered a write last, by `elapsed` of the clock. */
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(parts: WritingParts) {
    this.#parts = parts;
  }

  /** What etcd says where its database is full, since a write was refused for that and until one is not. */
  get full(): unknown {
    return this.#full;
  }

  /** Whether etcd has answered any write since then. */
  answersSince(elapsed: number): boolean {
    return this.#answeredAt >= elapsed;
  }

  /**
   * Resolves to the object as stored, by the deadline; rejects with ServiceUnavailable where it is not known by then. What has waited its turn for
   * longer is not sent: its writer may have gone.
   */
  async inTime(order: Order, deadline: number): Promise<KubernetesObject> {
    const { clock, broken } = this.#parts;
    if (clock.elapsed() >= deadline) {
      const { kind, name } = order.write.key;
      const why = `etcd answers no write (${messageOf(broken() ?? "no answer yet")})`;
      throw new ApiError("ServiceUnavailable", `${kind} "${name}" was not written: ${why}`);
    }
    const isLate = { isTrue: false };
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = clock.after(Math.max(0, deadline - clock.elapsed()), () => {
        isLate.isTrue = true;
        const why = messageOf(broken() ?? "no answer yet");
        reject(undecided(order.write.key, `etcd has not answered in time (${why})`));
      });
    });
    try {
      return await Promise.race([this.#carryOut(order, deadline, () => isLate.isTrue), late]);
    } finally {
      timer?.cancel();
    }
  }

  /** Sends the write until it is known to have happened, or to be refused. */
  async #carryOut(order: Order, deadline: number, isLate: () => boolean): Promise<KubernetesObject> {
    const { client, waiting, epochs } = this.#parts;
    const { write } = order;
    let isFull = false;
    for (;;) {
      const lost = this.#parts.lost();
      if (lost) throw asApiError(lost);
      // Its writer has been told that it is not known.
      if (isLate()) throw undecided(write.key, "it came too late");
      const epoch = epochs.current;
      const conditions = this.#conditions(order, epoch);
      const operations = this.#operations(order);
      const asked = {
        compare: conditions.map(each => holds(each.key, each.revision)),
        success: isFull ? operations.slice(0, 1) : operations,
        failure: conditions.map(each => looksAt(each.key)),
      };
      const answer = await client.transact(asked).catch(async fault => {
        if (isOutOfSpace(fault)) this.#full = asApiError(fault);
        // A full etcd writes nothing any more, not even who wrote; what makes room it does.
        if (write.type === "DELETED" && !isFull && isOutOfSpace(fault)) isFull = true;
        else if (fault instanceof EtcdFault && fault.didNothing) throw asApiError(fault);
        else await epochs.settled(epoch, deadline, fault);
        return undefined;
      });
      if (answer) this.#answeredAt = this.#parts.clock.elapsed();
      if (answer?.succeeded) {
        if (!isFull) this.#full = undefined;
        const revision = int64(answer.header?.revision);
        await waiting.told(revision, deadline);
        return write.written ?? stamped(write.draft, revision);
      }
      if (answer) await this.#refused(write, conditions, answer, deadline);
      if (write.written) return write.written;
    }
  }

  /** The object's own is the last. */
  #conditions({ write, author, previous, places }: Order, epoch: number): Condition[] {
    const { layout } = this.#parts;
    const { fence } = author;
    return [
      { key: layout.epoch, revision: epoch },
      ...(fence ? [{ key: layout.leaderOf(fence.of), revision: fence.claim, isFence: true }] : []),
      ...places,
      { key: layout.keyOf(write.key), revision: previous },
    ];
  }

  /** That of the object is the first. */
  #operations({ write: { id, type, key, draft }, author, places }: Order) {
    const { layout, clock } = this.#parts;
    const at = layout.keyOf(key);
    const { claims } = author;
    return [
      type === "DELETED" ? remove(at) : putEncoded(at, layout.valueAt(at, key, draft)),
      put(layout.author, authorText(id, author, clock.now())),
      ...places.map(place => put(place.key, id)),
      ...(claims === undefined ? [] : [put(layout.leaderOf(claims), id)]),
    ];
  }

  /** Rejects with why it has not happened; resolves where it has after all, or is to be tried again. */
  async #refused(
    write: Write,
    conditions: readonly Condition[],
    answer: TransactionAnswer,
    deadline: number,
  ): Promise<void> {
    const { layout, waiting } = this.#parts;
    const found = conditions.map((_, index) => foundAt(answer, index));
    const index = conditions.findIndex((each, index) => each.revision !== found[index]);
    const condition = conditions[index];
    // Not within one transaction.
    if (!condition) return;
    if (condition.isFence) throw ledByAnother();
    const now = found[index] ?? 0;
    if (index < conditions.length - 1) {
      await waiting.told(now, deadline);
      if (condition.key !== layout.epoch) throw new DecidedMeanwhile();
      return;
    }
    // Whoever was faster is known here when the writer is told (promise 2).
    const { type, key } = write;
    if (now > 0) await waiting.told(now, deadline);
    else {
      const revision = int64(answer.header?.revision);
      await waiting.toldThat(() => write.written !== undefined || this.#isGone(key, revision), deadline);
    }
    if (write.written) return;
    if (type === "ADDED") throw alreadyExists(key);
    throw now === 0 ? notFound(key) : conflict(key, String(condition.revision), String(now));
  }

  /** Whether we know that it was not there at a revision: when it went nobody can tell. */
  #isGone(key: ObjectKey, revision: number): boolean {
    const last = this.#parts.last(key);
    return last === undefined || Number(last.metadata.resourceVersion) > revision;
  }
}
