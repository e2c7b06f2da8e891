/**
 * What a container has asked others and is to be answered. Each request ends once: by the answer, its deadline, its signal, because nobody
 * listens, or because the process that had taken it is gone, which is looked for once a second. One that its receiver gives back unread
 * goes to another member of the group.
 */
import { fromWire, MessageError } from "../../errors/index.ts";
import type { MessageApi, RequestOptions, Sender } from "../../messages/index.ts";
import { type Clock, Fifo, onAbort, type Timer } from "../../outside/index.ts";
import { type AnswerFrame, encoded } from "./frames.ts";
import { pieceOf } from "./large-payloads.ts";
import { instanceSubject, subjectsOf } from "./subjects.ts";

/** Of NATS, what this needs. */
export interface Line {
  /** Answers come back with this number. What is longer than the server takes is pulled under it, by `Outgoing.piece`. */
  publish(subject: string, payload: Uint8Array, answerTo: number): void;
  /** Whether anybody listens to the subject. */
  isThere(subject: string): Promise<boolean>;
}

interface Pending {
  readonly number: number;
  readonly to: string;
  readonly payload: Uint8Array;
  readonly expectsReply: boolean;
  /** Those that are left to try. */
  readonly subjects: string[];
  subject: string;
  /** Who has it in its inbox. */
  instance?: string;
  /** While it is on its way, and nobody has taken it. */
  untaken?: Timer;
  end(settle: () => void): void;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** So many messages to one target that no receiver has taken may be under way; more wait here. */
const mostUntaken = 256;
/** What nobody has taken for so long is taken for lost: with a receiver that ended before it told, or with the server. */
const untakenMs = 30_000;
const mostWaiting = 100_000;
const usualTimeoutMs = 30_000;
const lookAfterMs = 1_000;

export class Outgoing implements MessageApi {
  readonly #line: Line;
  readonly #self: Sender & { readonly namespace: string };
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  /** By target, as all of these: one that takes nothing holds up no other. */
  readonly #waiting = new Map<string, Fifo<Pending>>();
  readonly #untaken = new Map<string, number>();
  readonly #heldBy = new Map<string, Set<Pending>>();
  #last = 0;
  #waitingCount = 0;
  #isLooking = false;
  #closed: MessageError | undefined;

  constructor(line: Line, self: Sender & { readonly namespace: string }, clock: Clock) {
    this.#line = line;
    this.#self = self;
    this.#clock = clock;
  }

  readonly send: MessageApi["send"] = (to, body) => this.#ask(to, body, false) as Promise<void>;
  readonly request: MessageApi["request"] = (to, body, options) =>
    this.#ask(to, body, true, options) as Promise<never>;

  /** An answer, or (undefined) the server's word that nobody listens. */
  heard(number: number, frame: AnswerFrame | undefined): void {
    const pending = this.#pending.get(number);
    if (!pending) return;
    if (frame === undefined) this.#nobody(pending);
    else if (frame.type === "taken") this.#taken(pending, frame.instance);
    else if (frame.type === "reply") pending.end(() => pending.resolve(frame.value));
    else if (frame.type === "failed") pending.end(() => pending.reject(fromWire(frame.error)));
    else this.#again(pending);
  }

  /** Of a message that goes in pieces, what comes from there on; undefined where nobody waits for its answer any more. */
  piece(number: number, from: number, largest: number): Uint8Array | undefined {
    const pending = this.#pending.get(number);
    if (!pending) return undefined;
    if (pending.untaken) {
      pending.untaken.cancel();
      pending.untaken = this.#untakenTimer(pending);
    }
    return pieceOf(pending.payload, from, largest);
  }

  /** Nothing will be answered any more. */
  close(error: MessageError): void {
    this.#closed ??= error;
    for (const pending of [...this.#pending.values()]) pending.end(() => pending.reject(error));
  }

  #ask(to: string, body: unknown, expectsReply: boolean, options: RequestOptions = {}): Promise<unknown> {
    const asked = new Promise((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      const { timeoutMs = usualTimeoutMs, signal } = options;
      if (signal?.aborted) throw aborted(to, signal, "no");
      const [subject, ...subjects] = subjectsOf(to, this.#self.namespace);
      if (subject === undefined) throw new MessageError("NoSuchTarget", `${JSON.stringify(to)} names nobody`);
      if (this.#waitingCount >= mostWaiting)
        throw new MessageError("TooManyWaiting", `${mostWaiting} messages wait already for their receivers`);
      const frame = { from: this.#self, expectsReply, body };
      const payload = encoded(frame, `the message to ${to}`);
      const pending = this.#make({ to, payload, expectsReply, subject, subjects, resolve, reject });
      const timers: (() => void)[] = [];
      if (expectsReply && timeoutMs !== Number.POSITIVE_INFINITY) {
        const timer = this.#clock.after(timeoutMs, () =>
          pending.end(() => reject(new MessageError("DeadlineExceeded", late(to, timeoutMs)))),
        );
        timers.push(() => timer.cancel());
      }
      timers.push(onAbort(signal, () => signal && pending.end(() => reject(aborted(to, signal, "maybe")))));
      const { end } = pending;
      pending.end = settle => {
        for (const cancel of timers) cancel();
        end(settle);
      };
      this.#go(pending);
    });
    // Who does not await it has no unhandled rejection.
    asked.catch(() => {});
    return asked;
  }

  #make(parts: Omit<Pending, "number" | "end">): Pending {
    const number = ++this.#last;
    const pending: Pending = {
      ...parts,
      number,
      end: settle => {
        if (!this.#pending.delete(number)) return;
        this.#let(pending);
        settle();
        this.#next(pending.to);
      },
    };
    this.#pending.set(number, pending);
    return pending;
  }

  #go(pending: Pending): void {
    const { to } = pending;
    const untaken = this.#untaken.get(to) ?? 0;
    if (untaken >= mostUntaken) {
      const waiting = this.#waiting.get(to) ?? new Fifo<Pending>();
      this.#waiting.set(to, waiting);
      waiting.push(pending);
      this.#waitingCount++;
      return;
    }
    this.#untaken.set(to, untaken + 1);
    pending.untaken = this.#untakenTimer(pending);
    this.#line.publish(pending.subject, pending.payload, pending.number);
  }

  #untakenTimer(pending: Pending): Timer {
    return this.#clock.after(untakenMs, () => {
      const text = `nobody has taken the message to ${pending.to} within ${untakenMs / 1_000} s`;
      pending.end(() => pending.reject(new MessageError("Unreachable", text)));
    });
  }

  #next(to: string): void {
    const waiting = this.#waiting.get(to);
    while (waiting && (this.#untaken.get(to) ?? 0) < mostUntaken) {
      const pending = waiting.shift();
      if (!pending) {
        this.#waiting.delete(to);
        return;
      }
      this.#waitingCount--;
      if (this.#pending.has(pending.number)) this.#go(pending);
    }
  }

  /** It is not with its receiver any more, nor on its way. */
  #let(pending: Pending): void {
    if (pending.untaken) {
      pending.untaken.cancel();
      delete pending.untaken;
      const left = (this.#untaken.get(pending.to) ?? 1) - 1;
      if (left > 0) this.#untaken.set(pending.to, left);
      else this.#untaken.delete(pending.to);
    }
    if (pending.instance === undefined) return;
    const held = this.#heldBy.get(pending.instance);
    held?.delete(pending);
    if (held?.size === 0) this.#heldBy.delete(pending.instance);
    delete pending.instance;
  }

  #taken(pending: Pending, instance: string): void {
    if (!pending.expectsReply) {
      pending.end(() => pending.resolve(undefined));
      return;
    }
    this.#let(pending);
    pending.instance = instance;
    const held = this.#heldBy.get(instance) ?? new Set();
    this.#heldBy.set(instance, held.add(pending));
    this.#next(pending.to);
    this.#lookSoon();
  }

  #again(pending: Pending): void {
    this.#let(pending);
    this.#go(pending);
    this.#next(pending.to);
  }

  #nobody(pending: Pending): void {
    this.#let(pending);
    const subject = pending.subjects.shift();
    if (subject === undefined) {
      const text = `no replica of ${pending.to} listens: none is ready, or there is none of that name`;
      pending.end(() => pending.reject(new MessageError("NoEndpoint", text)));
      return;
    }
    pending.subject = subject;
    this.#go(pending);
  }

  /** Whether those that have something of ours are still there. */
  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.after(lookAfterMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#heldBy].map(([instance, held]) => this.#lookAt(instance, [...held])));
    this.#isLooking = false;
    if (this.#heldBy.size > 0) this.#lookSoon();
  }

  async #lookAt(instance: string, held: readonly Pending[]): Promise<void> {
    if (await this.#line.isThere(instanceSubject(instance))) return;
    for (const pending of held) {
      const text = `the container that had taken the message to ${pending.to} has ended before it answered`;
      if (pending.instance === instance)
        pending.end(() => pending.reject(new MessageError("ContainerExited", text)));
    }
  }
}

function late(to: string, timeoutMs: number): string {
  return `no answer from ${to} within ${timeoutMs} ms`;
}

function aborted(to: string, signal: AbortSignal, handled: "no" | "maybe"): MessageError {
  return new MessageError("Aborted", `the message to ${to} was given up by its sender`, {
    cause: signal.reason,
    handled,
  });
}
