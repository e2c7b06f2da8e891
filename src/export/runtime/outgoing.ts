/**
 * What a container has asked others and is to be answered. Each request ends once: by the answer, its deadline, its signal, because nobody
 * listens, because the server of NATS was away, or because who had taken it is gone (holders.ts). One that its receiver gives back
 * unread goes to another member of the group.
 */
import { fromWire, MessageError } from "../../errors/index.ts";
import type { MessageApi, RequestOptions, Sender } from "../../messages/index.ts";
import { type Clock, onAbort, type Timer } from "../../outside/index.ts";
import { type AnswerFrame, encoded } from "./frames.ts";
import { type AskHolder, Holders } from "./holders.ts";
import { pieceOf } from "./large-payloads.ts";
import { aborted, late, type Pending } from "./pending.ts";
import { subjectsOf } from "./subjects.ts";
import { Takers } from "./takers.ts";

/** Of NATS, what this needs. */
export interface Line {
  /** Answers come back with this number. What is longer than the server takes is pulled under it, by `Outgoing.piece`. */
  publish(subject: string, payload: Uint8Array, answerTo: number): void;
  readonly askHolder: AskHolder;
}

/** So many messages to one target that no receiver has taken may be under way; more wait here. */
const mostUntaken = 256;
/** What nobody has taken for so long is taken for lost: with a receiver that ended before it told, or with the server. */
const untakenMs = 30_000;
const mostWaiting = 100_000;
const usualTimeoutMs = 30_000;
/** So long after NATS is back others may take to be back, too: "nobody listens" means nothing until then. */
const backMs = 3_000;
const againMs = 250;

export class Outgoing implements MessageApi {
  readonly #line: Line;
  readonly #self: Sender & { readonly namespace: string };
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  /** By target, as all of these: one that takes nothing holds up no other. */
  readonly #waiting = new Map<string, Set<Pending>>();
  readonly #untaken = new Map<string, number>();
  readonly #holders: Holders;
  readonly #takers: Takers;
  #last = 0;
  #waitingCount = 0;
  #isAway = false;
  /** What is to go when the server of NATS is back. */
  readonly #unsent = new Set<Pending>();
  /** Until others have had the time to be back, too. */
  #returning: Timer | undefined;
  #closed: MessageError | undefined;

  constructor(line: Line, self: Sender & { readonly namespace: string }, clock: Clock) {
    this.#line = line;
    this.#self = self;
    this.#clock = clock;
    const mayBeAway = () => this.#returning !== undefined;
    this.#holders = new Holders(line.askHolder, mayBeAway, clock);
    const untaken = () => [...this.#pending.values()].filter(pending => pending.untaken);
    this.#takers = new Takers({ ask: line.askHolder, untaken, mayBeAway, clock });
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

  /** The server of NATS is away: what is asked now goes when it is back. */
  disconnected(): void {
    this.#isAway = true;
  }

  /** It is back. What was on its way when it went is lost. */
  reconnected(): void {
    this.#isAway = false;
    const unsent = new Set(this.#unsent);
    this.#unsent.clear();
    const sent = [...this.#pending.values()]
      .filter(({ untaken }) => untaken !== undefined)
      .filter(pending => !unsent.has(pending))
      .map(pending => ({ pending, timer: pending.untaken }));
    this.#returning?.cancel();
    this.#returning = this.#clock.after(backMs, () => {
      this.#returning = undefined;
      for (const { pending, timer } of sent) {
        if (pending.untaken !== timer) continue;
        const text = `the message to ${pending.to} was on its way when the server of NATS went away`;
        pending.end(() => pending.reject(new MessageError("Unreachable", text)));
      }
    });
    for (const pending of unsent) this.#publish(pending);
  }

  /** Of a message that goes in pieces, what comes from there on; undefined where nobody waits for its answer any more. */
  piece(number: number, from: number, largest: number): Uint8Array | undefined {
    const pending = this.#pending.get(number);
    if (!pending) return undefined;
    pending.isPulled = true;
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
      if (signal?.aborted) throw aborted({ to, hasLeft: false }, signal);
      const [subject, ...subjects] = subjectsOf(to, this.#self.namespace);
      if (subject === undefined) throw new MessageError("NoSuchTarget", `${JSON.stringify(to)} names nobody`);
      if (this.#waitingCount >= mostWaiting)
        throw new MessageError("TooManyWaiting", `${mostWaiting} messages wait already for their receivers`);
      const frame = { from: this.#self, expectsReply, body };
      const payload = encoded(frame, `the message to ${to}`);
      const pending = this.#make({
        to,
        payload,
        expectsReply,
        subject,
        subjects,
        hasLeft: false,
        resolve,
        reject,
      });
      const timers: (() => void)[] = [];
      if (expectsReply && timeoutMs !== Number.POSITIVE_INFINITY) {
        const timer = this.#clock.after(timeoutMs, () => pending.end(() => reject(late(pending, timeoutMs))));
        timers.push(() => timer.cancel());
      }
      timers.push(onAbort(signal, () => signal && pending.end(() => reject(aborted(pending, signal)))));
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
        this.#unsent.delete(pending);
        this.#leaveQueue(pending);
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
      this.#waiting.set(to, (this.#waiting.get(to) ?? new Set()).add(pending));
      this.#waitingCount++;
      return;
    }
    this.#untaken.set(to, untaken + 1);
    pending.untaken = this.#untakenTimer(pending);
    this.#publish(pending);
  }

  #publish(pending: Pending): void {
    if (this.#isAway) {
      this.#unsent.add(pending);
      return;
    }
    pending.hasLeft = true;
    pending.sentAt = this.#clock.elapsed();
    this.#takers.sent();
    this.#line.publish(pending.subject, pending.payload, pending.number);
  }

  #untakenTimer(pending: Pending): Timer {
    return this.#clock.after(untakenMs, () => {
      const text = `nobody has taken the message to ${pending.to} within ${untakenMs / 1_000} s`;
      pending.end(() => pending.reject(new MessageError("Unreachable", text)));
    });
  }

  #next(to: string): void {
    for (const pending of this.#waiting.get(to) ?? []) {
      if ((this.#untaken.get(to) ?? 0) >= mostUntaken) return;
      this.#leaveQueue(pending);
      this.#go(pending);
    }
  }

  #leaveQueue(pending: Pending): void {
    const waiting = this.#waiting.get(pending.to);
    if (!waiting?.delete(pending)) return;
    this.#waitingCount--;
    if (waiting.size === 0) this.#waiting.delete(pending.to);
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
    this.#holders.delete(pending);
  }

  #taken(pending: Pending, instance: string): void {
    this.#takers.took(pending.to, instance);
    if (!pending.expectsReply) {
      pending.end(() => pending.resolve(undefined));
      return;
    }
    this.#let(pending);
    this.#holders.add(pending, instance);
    this.#next(pending.to);
  }

  #again(pending: Pending): void {
    this.#let(pending);
    this.#go(pending);
    this.#next(pending.to);
  }

  #nobody(pending: Pending): void {
    this.#let(pending);
    if (this.#returning) {
      this.#clock.after(againMs, () => this.#pending.get(pending.number) === pending && this.#go(pending));
      return;
    }
    const subject = pending.subjects.shift();
    if (subject === undefined) {
      const text = `no replica of ${pending.to} listens: none is ready, or there is none of that name`;
      pending.end(() => pending.reject(new MessageError("NoEndpoint", text)));
      return;
    }
    pending.subject = subject;
    this.#go(pending);
  }
}
