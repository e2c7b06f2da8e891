/**
 * Whether one server of etcd can be expected to answer. What waits for a second makes it be asked how it is, on a connection of its own; that
 * it answers by itself, without the others. Where it does not, it is halted or cut off, and nobody waits for it any longer. Where it knows of
 * another leader than when something was sent, that may have been lost on the way to the one of before, which etcd tells nobody for seconds.
 */
import type { Clock, Timer } from "../../../outside/index.ts";
import { type Header, int64 } from "./messages.ts";

/** How a server says that it is. */
export interface ServerStatus {
  readonly header?: Header;
  /** Absent while there is none. */
  readonly leader?: string;
}

export interface LivenessOptions {
  readonly clock: Pick<Clock, "elapsed" | "after">;
  /** Asks the server how it is. Rejects where it says that it cannot tell: then it is there. */
  readonly status: () => Promise<ServerStatus>;
}

/** What is expected of the server. */
interface Expected {
  readonly since: number;
  /** The term of the leader as it was known then; 0 where it was not. */
  readonly term: number;
  /** Told why nothing can be expected any more, and whether the server is there. */
  readonly giveUp: (why: string, isThere: boolean) => void;
}

const suspectMs = 1_000;
const statusMs = 1_000;
const lookMs = 250;
/** A process that was halted itself may have the answer, and not have read it. */
const readMs = 100;

export class Liveness {
  readonly #options: LivenessOptions;
  readonly #answers = new Set<Expected>();
  readonly #streams = new Set<Expected>();
  #timer: Timer | undefined;
  #term = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** An answer is expected from now on. Returns what ends that. */
  answer(giveUp: Expected["giveUp"]): () => void {
    const expected = this.#expect(this.#answers, giveUp);
    this.#lookLater();
    return () => void this.#answers.delete(expected);
  }

  /** A stream goes on while the server is there. Returns what ends that. */
  stream(giveUp: Expected["giveUp"]): () => void {
    const expected = this.#expect(this.#streams, giveUp);
    return () => void this.#streams.delete(expected);
  }

  /** An answer has come. */
  heard(header: Header | undefined): void {
    this.#term = Math.max(this.#term, int64(header?.raft_term));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#answers.clear();
    this.#streams.clear();
  }

  #expect(all: Set<Expected>, giveUp: Expected["giveUp"]): Expected {
    const expected = { since: this.#options.clock.elapsed(), term: this.#term, giveUp };
    all.add(expected);
    return expected;
  }

  #lookLater(): void {
    this.#timer ??= this.#options.clock.after(lookMs, () => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        if (this.#answers.size > 0) this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    const late = this.#late();
    if (late.length === 0) return;
    const status = await this.#status();
    // What was answered meanwhile is expected no more.
    const left = late.filter(each => this.#answers.has(each));
    if (status === "none") {
      if (left.length === 0) return;
      const why = `it has answered nothing for ${(suspectMs + statusMs) / 1_000} s`;
      for (const each of [...this.#late(), ...this.#streams]) this.#giveUp(each, why, false);
      return;
    }
    const { header, leader } = status ?? {};
    const term = int64(header?.raft_term);
    if (leader === undefined) return;
    for (const each of left)
      if (each.term > 0 && term > each.term)
        this.#giveUp(each, "another leads its servers meanwhile, and what was sent before may be lost", true);
    // What is sent from now on goes to that one.
    this.heard(header);
  }

  #giveUp(each: Expected, why: string, isThere: boolean): void {
    this.#answers.delete(each);
    this.#streams.delete(each);
    each.giveUp(why, isThere);
  }

  #late(): Expected[] {
    const before = this.#options.clock.elapsed() - suspectMs;
    return [...this.#answers].filter(({ since }) => since <= before);
  }

  /** Resolves to "none" where no answer comes in time, to undefined for one that says nothing of that. */
  #status(): Promise<ServerStatus | undefined | "none"> {
    const { clock, status } = this.#options;
    return new Promise(resolve => {
      const limit = clock.after(statusMs, () => {
        clock.after(readMs, () => resolve("none"));
      });
      status().then(
        answer => {
          limit.cancel();
          resolve(answer);
        },
        () => {
          limit.cancel();
          resolve(undefined);
        },
      );
    });
  }
}
