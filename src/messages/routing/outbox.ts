/**
 * What one thread sends: makes an Errand of each call, with its deadline and its signal, finds the Channel that leads to
 * its Target, and brings it on its way; or lets it wait at the target until the main thread has said where that leads.
 *
 * An errand that strays, because its receiver stops, or ended before it had read it, goes to another endpoint of the same
 * service: it certainly was not handled. One that may have been handled is never sent twice.
 */
import { fromWire, MessageError, type WireError } from "../../errors/index.ts";
import type { Clock, Random } from "../../outside/index.ts";
import type { Channel, Lines } from "../channels/index.ts";
import type { Route } from "../introductions.ts";
import type { MessageApi, RequestOptions, TransferOptions } from "../message.ts";
import type { Transferable } from "../ports/index.ts";
import { again, Deadlines, Errand, MOST_WAITING, snapshot } from "../sending/index.ts";
import { Target } from "./target.ts";

const DEFAULT_TIMEOUT_MS = 30_000;

export class Outbox implements MessageApi {
  readonly #random: Random;
  readonly #lines: Lines;
  readonly #resolve: (target: string) => void;
  readonly #deadlines: Deadlines<Errand>;
  readonly #targets = new Map<string, Target>();
  #closed: MessageError | undefined;

  /** `resolve` asks the main thread where a name leads: `lead` or `leadNowhere` is its answer. */
  constructor(clock: Clock, random: Random, lines: Lines, resolve: (target: string) => void) {
    this.#random = random;
    this.#lines = lines;
    this.#resolve = resolve;
    this.#deadlines = new Deadlines<Errand>(clock, (errand, timeoutMs) => this.#expire(errand, timeoutMs));
  }

  send(to: string, body?: unknown, options?: TransferOptions): Promise<void> {
    const errand = new Errand(to, false);
    this.#dispatch(errand, body, options?.transfer);
    return errand.promise as Promise<void>;
  }

  request<Answer>(to: string, body?: unknown, options?: RequestOptions): Promise<Answer> {
    const errand = new Errand(to, true);
    if (options === undefined) {
      this.#deadlines.add(errand, DEFAULT_TIMEOUT_MS);
      this.#dispatch(errand, body, undefined);
    } else {
      this.#requestWith(errand, body, options);
    }
    return errand.promise as Promise<Answer>;
  }

  /** Where a target leads has come, or changed. `asked`: it answers `resolve`. */
  lead(name: string, route: Route, asked: boolean): void {
    const target = this.#targets.get(name) ?? new Target(name);
    this.#targets.set(name, target);
    const before = target.lines;
    const lines = route.endpoints
      .filter(peer => !this.#lines.hasEnded(peer))
      .map(peer => this.#lines.to(peer))
      .filter(channel => channel.takesMessages);
    target.lead(route, lines, this.#random);
    for (const channel of before) if (channel.isNew && !this.#leadsTo(channel)) this.#lines.forget(channel);
    if (asked) target.isAsking = false;
    else if (lines.length === 0) return;
    for (const errand of target.waiting.drain()) {
      if (errand.isSettled) continue;
      const channel = target.choose();
      if (channel) channel.carry(errand, errand.body, errand.transfer);
      else errand.reject(noEndpoint(target));
    }
  }

  /** There is nothing of that name (any more). */
  leadNowhere(name: string, error: WireError): void {
    const waiting = this.#targets.get(name)?.waiting.drain() ?? [];
    this.#targets.delete(name);
    for (const errand of waiting) errand.reject(fromWire(error));
  }

  /** Nothing more is to be sent by this channel. */
  leave(channel: Channel): void {
    for (const target of this.#targets.values()) target.leave(channel);
  }

  strayed(errand: Errand, error: MessageError): void {
    errand.carrier = undefined;
    const target = this.#targets.get(errand.to);
    if (target) target.lastFailure = error;
    if (target?.isSingle) errand.reject(error);
    else this.#dispatch(errand, errand.body, errand.transfer);
  }

  /** Whatever still waits fails, and so does whatever comes. */
  close(error: MessageError): void {
    this.#closed = error;
    for (const target of this.#targets.values()) {
      for (const errand of target.waiting.drain()) errand.reject(again(error, "no"));
    }
    this.#deadlines.clear();
  }

  #requestWith(errand: Errand, body: unknown, options: RequestOptions): void {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, transfer } = options;
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0)) {
      const text = `timeoutMs is ${String(timeoutMs)}: it must be a number of milliseconds, 0 or more`;
      errand.reject(new TypeError(text));
    } else if (signal?.aborted) {
      this.#abort(errand, signal);
    } else {
      if (signal) errand.listen(signal, () => this.#abort(errand, signal));
      this.#deadlines.add(errand, Math.ceil(timeoutMs));
      this.#dispatch(errand, body, transfer);
    }
  }

  /** Brings an errand on its way, or lets it wait at its target until the main thread has said where that leads. */
  #dispatch(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    if (this.#closed) {
      errand.reject(again(this.#closed, "no"));
      return;
    }
    const channel = this.#targets.get(errand.to)?.choose();
    if (channel === undefined) this.#wait(errand, body, transfer);
    else channel.carry(errand, body, transfer);
  }

  #wait(errand: Errand, body: unknown, transfer: readonly Transferable[] | undefined): void {
    let target = this.#targets.get(errand.to);
    if (target === undefined) {
      if (typeof errand.to !== "string") {
        const text = `the target is of type ${typeof errand.to}: it must be the name of a service, container or pod`;
        errand.reject(new TypeError(text));
        return;
      }
      target = new Target(errand.to);
      this.#targets.set(errand.to, target);
    }
    if (target.waiting.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for ${errand.to} already: await the promises of earlier ones`;
      errand.reject(new MessageError("TooManyWaiting", text));
      return;
    }
    if (!snapshot(errand, body, transfer)) return;
    target.waiting.push(errand);
    if (target.isAsking) return;
    target.isAsking = true;
    this.#resolve(errand.to);
  }

  #leadsTo(channel: Channel): boolean {
    for (const target of this.#targets.values()) if (target.lines.includes(channel)) return true;
    return false;
  }

  #expire(errand: Errand, timeoutMs: number): void {
    const text = `no answer from ${errand.to} within ${timeoutMs} ms`;
    this.#giveUp(errand, handled => new MessageError("DeadlineExceeded", text, { handled }));
  }

  #abort(errand: Errand, signal: AbortSignal): void {
    const text = `the request to ${errand.to} was aborted by its signal`;
    this.#giveUp(errand, handled => new MessageError("Aborted", text, { handled, cause: signal.reason }));
  }

  #giveUp(errand: Errand, error: (handled: "no" | "maybe") => MessageError): void {
    const { carrier } = errand;
    const isUnposted = carrier === undefined || carrier.isUnposted(errand);
    carrier?.abandon(errand);
    errand.reject(error(isUnposted ? "no" : "maybe"));
  }
}

function noEndpoint(target: Target): MessageError {
  const cause = target.lastFailure;
  const text = target.isSingle ? `${target.name} is not running` : `no pod of ${target.name} is ready`;
  return new MessageError("NoEndpoint", cause ? `${text}: ${cause.message}` : text, { cause });
}
