/**
 * What was sent in a play of messages, and what came of each: how it ended for its sender, and how often it was handled, wherever. From this
 * it is known whether a promise of messages was broken.
 */

interface Sent {
  readonly what: string;
  readonly since: number;
  /** By which it is over in any case. */
  readonly until: number;
  handled: number;
  /** How it ended for its sender; absent while it has not. */
  end?: "answered" | "may have been handled" | "certainly not handled";
}

export interface BrokenPromise {
  readonly invariant: string;
  readonly problem: string;
}

export class MessageLedger {
  readonly #sent: Sent[] = [];
  /** Of each sender and receiver, the last that came. */
  readonly #last = new Map<string, number>();
  readonly #broken: (broken: BrokenPromise) => void;
  answered = 0;

  constructor(broken: (broken: BrokenPromise) => void) {
    this.#broken = broken;
  }

  get count(): number {
    return this.#sent.length;
  }

  /** Returns its number. */
  begin(what: string, since: number, forMs: number): number {
    return this.#sent.push({ what, since, until: since + forMs, handled: 0 }) - 1;
  }

  handled(number: number, by: string): void {
    const sent = this.#sent[number];
    if (!sent) return;
    sent.handled++;
    if (sent.handled > 1)
      this.#found(
        "a message is handled once at most",
        `${sent.what} was handled ${sent.handled} times, last by ${by}`,
      );
    if (sent.end === "certainly not handled") this.#notNot(sent);
  }

  /** One that is sent without an answer, from that sender. */
  arrived(number: number, from: string, to: string): void {
    this.handled(number, to);
    const way = `${from} ${to}`;
    const last = this.#last.get(way) ?? -1;
    if (number < last)
      this.#found("messages of one sender come in order", `${number} came to ${to} after ${last}`);
    this.#last.set(way, Math.max(last, number));
  }

  end(number: number, end: NonNullable<Sent["end"]>, answer?: unknown): void {
    const sent = this.#sent[number];
    if (!sent) return;
    if (sent.end) this.#found("a request ends exactly once", `${sent.what} ended twice: ${sent.end}, ${end}`);
    sent.end = end;
    if (end === "answered") {
      this.answered++;
      if (answer !== number)
        this.#found(
          "a request ends exactly once",
          `${sent.what} was answered with what is the answer to ${answer}`,
        );
      if (sent.handled === 0)
        this.#found("a request ends exactly once", `${sent.what} was answered by nobody`);
    }
    if (end === "certainly not handled" && sent.handled > 0) this.#notNot(sent);
  }

  /** Whoever had sent it is gone, and is told nothing any more. */
  forget(number: number): void {
    const sent = this.#sent[number];
    if (sent) sent.end ??= "may have been handled";
  }

  /** Looks for what should be over by now. */
  look(now: number): void {
    const open = this.#sent.find(({ end, until }) => end === undefined && until < now);
    if (open)
      this.#found(
        "a request ends exactly once",
        `${open.what} has had no end for ${Math.round((now - open.since) / 1_000)} s`,
      );
  }

  #notNot(sent: Sent): void {
    this.#found(
      "what was certainly not handled was not",
      `${sent.what} was handled, and its sender was told that it was not`,
    );
  }

  #found(invariant: string, problem: string): void {
    this.#broken({ invariant, problem });
  }
}
