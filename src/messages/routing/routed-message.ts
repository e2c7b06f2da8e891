/**
 * A message to a Service that has an HTTPRoute: it goes to one of the route's backends by weight, copies go to its mirrors, and a request that
 * fails is tried again as the route says. Each try is a message of its own; the caller's waits for them.
 */
import { MessageError } from "../../errors/index.ts";
import type { Clock, Random, Timer } from "../../outside/index.ts";
import type { RoutePlan } from "../introductions.ts";
import type { Transferable } from "../ports/index.ts";
import { again, PendingMessage } from "../sending/index.ts";
import type { RetryBudget } from "../traffic/index.ts";

export interface RoutedParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: RetryBudget;
  /** Sends one try. */
  readonly dispatch: (
    pending: PendingMessage,
    body: unknown,
    transfer: readonly Transferable[] | undefined,
    timeoutMs: number | undefined,
  ) => void;
}

export class RoutedMessage {
  readonly #outer: PendingMessage;
  readonly #plan: RoutePlan;
  readonly #parts: RoutedParts;
  readonly #body: unknown;
  readonly #transfer: readonly Transferable[] | undefined;
  #try: PendingMessage | undefined;
  #tries = 0;
  #timer: Timer | undefined;

  /** @param body nobody changes it any more where it may be sent twice */
  constructor(
    outer: PendingMessage,
    plan: RoutePlan,
    parts: RoutedParts,
    body: unknown,
    transfer: readonly Transferable[] | undefined,
  ) {
    this.#outer = outer;
    this.#plan = plan;
    this.#parts = parts;
    this.#body = body;
    this.#transfer = transfer;
    outer.owner = this;
  }

  start(): void {
    const { clock, budget } = this.#parts;
    const { timeoutMs = 0 } = this.#plan;
    budget.requested(clock.elapsed());
    if (timeoutMs > 0 && this.#outer.expectsReply)
      this.#timer = clock.after(timeoutMs, () => {
        const text = `no answer from ${this.#outer.to} within ${timeoutMs} ms, as its route says`;
        this.#end();
        this.#outer.reject(new MessageError("DeadlineExceeded", text));
      });
    this.#mirror();
    this.#send();
  }

  /** The caller has given up. */
  abandon(): void {
    this.#end();
  }

  isUnposted(): boolean {
    const { owner } = this.#try ?? {};
    return this.#tries <= 1 && (owner === undefined || owner.isUnposted(this.#try as PendingMessage));
  }

  #send(): void {
    if (this.#outer.isSettled) return;
    const backend = byWeight(this.#plan.backends, this.#parts.random);
    if (!backend?.to) {
      const why = backend?.why ?? "its route has no backend";
      this.#fail(new MessageError("NoEndpoint", `${this.#outer.to}: ${why}`));
      return;
    }
    const pending = new PendingMessage(backend.to, this.#outer.expectsReply);
    this.#try = pending;
    this.#tries++;
    pending.promise.then(
      value => {
        if (this.#try !== pending) return;
        this.#end();
        this.#outer.resolve(value);
      },
      error => {
        if (this.#try === pending) this.#failed(error as Error);
      },
    );
    this.#parts.dispatch(pending, this.#body, this.#transfer, this.#plan.attemptMs || undefined);
  }

  #failed(error: Error): void {
    const { retry } = this.#plan;
    const { clock, budget } = this.#parts;
    const { attempts = 1, codes = [], backoffMs = 0 } = retry ?? {};
    const mayTryAgain =
      retry && this.#outer.expectsReply && !this.#transfer?.length && !this.#outer.isSettled;
    if (
      !mayTryAgain ||
      this.#tries > attempts ||
      !codes.includes(statusOf(error)) ||
      !budget.mayRetry(clock.elapsed())
    ) {
      this.#fail(error);
      return;
    }
    this.#try = undefined;
    // Twice as long each time, with chance in it, as Envoy has it.
    const most = backoffMs * 2 ** (this.#tries - 1);
    clock.after(backoffMs === 0 ? 0 : backoffMs + this.#parts.random.below(Math.max(1, most)), () =>
      this.#send(),
    );
  }

  #fail(error: Error): void {
    const isSent = this.#tries > 1 && error instanceof MessageError && error.handled === "no";
    this.#end();
    this.#outer.reject(isSent ? again(error, "maybe") : error);
  }

  #mirror(): void {
    if (this.#transfer?.length) return;
    for (const { to, fraction } of this.#plan.mirrors) {
      if (fraction < 1 && this.#parts.random.next() >= fraction) continue;
      const copy = new PendingMessage(to, this.#outer.expectsReply);
      // What becomes of a copy nobody asks.
      copy.promise.catch(() => {});
      this.#parts.dispatch(copy, this.#body, undefined, this.#plan.attemptMs || undefined);
    }
  }

  #end(): void {
    this.#timer?.cancel();
    const pending = this.#try;
    this.#try = undefined;
    if (!pending || pending.isSettled) return;
    pending.owner?.abandon(pending);
    pending.reject(new MessageError("Aborted", "the request is over"));
  }
}

/** A failure as the status that a proxy would tell. */
function statusOf(error: Error): number {
  if (!(error instanceof MessageError)) return 500;
  switch (error.reason) {
    case "WorkerFailed":
      return 500;
    case "ContainerExited":
      return 502;
    case "NoEndpoint":
    case "ContainerStopping":
      return 503;
    case "DeadlineExceeded":
      return 504;
    default:
      return 0;
  }
}

function byWeight(
  backends: RoutePlan["backends"],
  random: Random,
): RoutePlan["backends"][number] | undefined {
  const all = backends.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random.next() * all;
  for (const each of backends) {
    rest -= each.weight;
    if (rest < 0) return each;
  }
  return undefined;
}
