/**
 * A client that watches all objects of a kind, as informers do: it is told what is there, then every change; where its watch ends, it goes
 * on from the last revision that it knows, at whichever process answers; and where that is told to be too old, from the beginning. It reads
 * slowly at times. What it is told is looked at by the invariants.
 */
import { hasReason, messageOf } from "../errors/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { KindName } from "../resources/index.ts";
import type { Faults } from "./faults.ts";
import type { PlayedProcess } from "./played-process.ts";

/** What a watching client was told, and what it knew before. */
export type Watched =
  | {
      readonly kind: KindName;
      /** All up to this revision was told before. */
      readonly after: number;
      readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
      readonly revision: number;
      readonly name: string;
    }
  /** All that is there in this revision, by namespace and name, with the revisions of the objects. */
  | { readonly kind: KindName; readonly revision: number; readonly listed: ReadonlyMap<string, string> };

export interface WatchingParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly random: Random;
  readonly faults: Faults;
  /** One that answers. */
  readonly process: (random: Random) => PlayedProcess | undefined;
  readonly told: (watched: Watched) => void;
}

/** So many events may wait for it. */
const limit = 30;

export class WatchingClient {
  readonly kind: KindName;
  readonly #parts: WatchingParts;
  #hasStopped = false;
  #end = () => {};
  /** All up to this revision was told; undefined before it was told what is there. */
  #position: number | undefined;

  constructor(kind: KindName, parts: WatchingParts) {
    this.kind = kind;
    this.#parts = parts;
  }

  get position(): number | undefined {
    return this.#position;
  }

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#hasStopped = true;
    this.#end();
  }

  async #follow(): Promise<void> {
    const { process, random, clock } = this.#parts;
    while (!this.#hasStopped) {
      const asked = process(random);
      if (asked) await this.#watch(asked);
      await clock.sleep(200 + random.below(1_000));
    }
  }

  async #watch(process: PlayedProcess): Promise<void> {
    const { faults } = this.#parts;
    const ending = new AbortController();
    this.#end = () => ending.abort();
    const forget = process.onEnd(this.#end);
    try {
      const from = this.#position === undefined ? {} : { resourceVersion: String(this.#position) };
      const events = process.cluster.watch<string>(this.kind, { ...from, limit, signal: ending.signal });
      const listed = new Map<string, string>();
      for await (const { type, object } of events) {
        // What it was told may be older than the end of its process.
        if (process.hasEnded || this.#hasStopped) return;
        this.#told(type, object.metadata, listed);
        if (faults.strikes("slow watching client")) await this.#parts.clock.sleep(faults.delay(4_000));
        if (faults.strikes("broken watch of a client")) return;
      }
    } catch (error) {
      // It is ahead of a program that has not heard of it all yet: it is asked again, as clients do.
      const isAhead = messageOf(error).includes("Too large resource version");
      if (hasReason(error, "Expired") && !isAhead) this.#position = undefined;
    } finally {
      forget();
      ending.abort();
    }
  }

  #told(
    type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK",
    { namespace = "", name, resourceVersion }: { namespace?: string; name: string; resourceVersion: string },
    listed: Map<string, string>,
  ): void {
    const { kind } = this;
    const revision = Number(resourceVersion);
    const after = this.#position;
    if (after !== undefined) {
      this.#position = revision;
      this.#parts.told({ kind, after, type, revision, name: `${namespace}/${name}` });
    } else if (type === "BOOKMARK") {
      this.#position = revision;
      this.#parts.told({ kind, revision, listed });
    } else listed.set(`${namespace}/${name}`, resourceVersion);
  }
}
