/**
 * Writes anew what is kept otherwise than it would be written now: in clear, where a key was given later, or by a key that another has replaced. Then
 * that key can be done without. Whoever leads does it, or another where that one has no key, one key of etcd after the other, and compares that nobody
 * has written there meanwhile. It looks again from time to time, for a program without the key may still write.
 */

import { messageOf } from "../../../errors/index.ts";
import type { Clock, Timer } from "../../../outside/index.ts";
import type { Author } from "../../store.ts";
import { authorText } from "./authors.ts";
import type { EtcdClient } from "./client.ts";
import { EtcdFault, isOutOfSpace } from "./etcd-fault.ts";
import type { Layout } from "./layout.ts";
import { encoded, holds, int64, put, putEncoded } from "./messages.ts";
import type { Waiting } from "./waiting.ts";

/** Who writes anew, and who is told. */
export interface ResealingOptions {
  /** Whether it is ours to do: of several programs one does it. */
  readonly leads: () => boolean;
  /** Told how many are to be written anew, when that is known, and when it is done. */
  readonly tell: (what: string) => void;
  readonly onFault: (fault: unknown) => void;
}

export interface ResealingParts extends ResealingOptions {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly clock: Pick<Clock, "now" | "elapsed" | "after">;
  readonly waiting: Waiting;
  readonly identity: string;
  /** The keys that are to be written anew, as our watch tells, and what rules call what stands there. */
  readonly stale: ReadonlyMap<string, string>;
}

const author: Author = {
  actor: "k4s",
  user: { name: "system:apiserver", groups: [] },
  manager: "kube-apiserver",
};
const lookMs = 1_000;
const pauseMs = 30_000;
/** Who leads may have no key. */
const leaderMs = 60_000;
const answerMs = 15_000;

export class Resealing {
  readonly #parts: ResealingParts;
  #timer: Timer | undefined;
  #hasEnded = false;
  /** Whether it was told that there are some, and not yet that there are none any more. */
  #isTold = false;
  /** Since when. */
  #toldAt = Number.NEGATIVE_INFINITY;
  /** The keys that could not be written anew, and that was told. */
  readonly #failed = new Set<string>();
  /** Whether etcd did not answer last, and that was told. */
  #isAway = false;

  constructor(parts: ResealingParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#hasEnded = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { clock, stale } = this.#parts;
    this.#tell();
    if (stale.size > 0 && this.#isOurs()) await this.#writeAll();
    this.#tell();
    // What could not be written is not tried again at once.
    const next = this.#isAway || this.#failed.size > 0 ? pauseMs : lookMs;
    if (!this.#hasEnded) this.#timer = clock.after(next, () => void this.#look());
  }

  #isOurs(): boolean {
    const { leads, clock } = this.#parts;
    return leads() || clock.elapsed() - this.#toldAt > leaderMs;
  }

  #tell(): void {
    const { stale, tell, layout, waiting } = this.#parts;
    if (stale.size > 0 === this.#isTold || this.#hasEnded) return;
    this.#isTold = !this.#isTold;
    this.#toldAt = this.#parts.clock.elapsed();
    if (this.#isTold) {
      const own = [...stale.keys()].filter(at => layout.isOwn(at)).length;
      const what = [...countsOf(stale, own), ...(own > 0 ? [`${own} of what the cluster signs with`] : [])];
      tell(
        `in etcd ${what.join(", ")} are in clear, or by an older key: the program that leads writes them anew`,
      );
    } else
      tell(
        `in etcd all is kept by the first key now; what was there before can be read there until revision ${waiting.seen} is compacted, in some ten minutes`,
      );
  }

  async #writeAll(): Promise<void> {
    const { stale, onFault } = this.#parts;
    for (const [at, resource] of [...stale]) {
      if (this.#hasEnded || !this.#isOurs()) return;
      try {
        await this.#write(at, resource);
        this.#failed.delete(at);
        this.#isAway = false;
      } catch (fault) {
        if (!isOfKey(fault)) {
          if (!this.#isAway && !this.#hasEnded) onFault(fault);
          this.#isAway = true;
          return;
        }
        // By a key that is not given here, or too large by now: the others are written nonetheless.
        if (!this.#failed.has(at) && !this.#hasEnded) onFault(fault);
        this.#failed.add(at);
      }
    }
    for (const at of this.#failed) if (!stale.has(at)) this.#failed.delete(at);
  }

  #anew(at: string, value: string, resource: string): string {
    try {
      return this.#parts.layout.anew(at, value, resource);
    } catch (cause) {
      throw new Unreadable(messageOf(cause), { cause });
    }
  }

  async #write(at: string, resource: string): Promise<void> {
    const { client, layout, clock, waiting, identity } = this.#parts;
    const found = (await client.range({ key: encoded(at) })).kvs?.[0];
    if (!found) return;
    const id = `${identity} anew ${at}`;
    const value = this.#anew(at, found.value ?? "", resource);
    const { succeeded, header } = await client.transact({
      compare: [holds(at, int64(found.mod_revision))],
      success: [putEncoded(at, value), put(layout.author, authorText(id, author, clock.now()))],
      failure: [],
    });
    // Otherwise somebody was faster: whether that is well is known when our watch tells of it.
    if (succeeded) await waiting.told(int64(header?.revision), clock.elapsed() + answerMs);
  }
}

/** What stands there cannot be read here. */
class Unreadable extends Error {}

/** Whether a fault is of this key alone, and not of etcd. */
function isOfKey(fault: unknown): boolean {
  return (
    fault instanceof Unreadable || (fault instanceof EtcdFault && !fault.isOfServer && !isOutOfSpace(fault))
  );
}

/** How many there are of each resource: `3 secrets`. */
function countsOf(stale: ReadonlyMap<string, string>, own: number): string[] {
  const counts = new Map<string, number>();
  for (const resource of stale.values()) counts.set(resource, (counts.get(resource) ?? 0) + 1);
  counts.set("secrets", (counts.get("secrets") ?? 0) - own);
  return [...counts].filter(([, count]) => count > 0).map(([resource, count]) => `${count} ${resource}`);
}
