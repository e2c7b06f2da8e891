/**
 * One message on its way, as its sender remembers it: from the call until the promise is settled, which happens once.
 * One object for each message does what closures would do otherwise, as a million of them are made each second.
 *
 * The promise need not be awaited: a `send` may be forgotten, and then its failure must not end the process as an
 * unhandled rejection would. A caller that awaits it, or chains on it, gets the failure as any other.
 */
import { type Handled, MessageError } from "../../errors/index.ts";
import { onAbort } from "../../outside/index.ts";
import type { Transferable } from "../ports/index.ts";
import type { EndpointUse, Outcome } from "../traffic/index.ts";
import { type Due, notDue } from "./deadlines.ts";

/** What holds a pending message at the moment, and has to forget it when it is settled early. */
export interface Owner {
  abandon(pending: PendingMessage): void;
  /** True if the message certainly has not reached the other thread. */
  isUnposted(pending: PendingMessage): boolean;
}

export class PendingMessage implements Due {
  dueFrom: Due["dueFrom"] = undefined;
  dueList: Due["dueList"] = undefined;
  dueBefore: Due | undefined = undefined;
  dueAfter: Due | undefined = undefined;
  readonly to: string;
  readonly expectsReply: boolean;
  /** What the caller gets. */
  readonly promise: Promise<unknown>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** What holds the message now; undefined once it is settled. */
  owner: Owner | undefined = undefined;
  /** While it waits to be written: a snapshot of the body, or the body itself and what of it is to be transferred. */
  body: unknown = undefined;
  transfer: readonly Transferable[] | undefined = undefined;
  /** Once it is written: its place on the channel, how many messages were written there before, and in which batch. */
  slot = -1;
  sequence = 0;
  batch = 0;
  isSettled = false;
  /** What it transfers has left its owner: there is nothing to send again. */
  hasMoved = false;
  /** What is counted of the endpoint that it goes to. */
  #use: EndpointUse | undefined = undefined;
  #unlisten: (() => void) | undefined = undefined;

  constructor(to: string, expectsReply: boolean) {
    this.to = to;
    this.expectsReply = expectsReply;
    this.promise = new Promise(capture);
    this.#resolve = resolvePromise;
    this.#reject = rejectPromise;
  }

  listen(signal: AbortSignal, abort: () => void): void {
    this.#unlisten = onAbort(signal, abort);
  }

  /** It is written: what was kept of the body for that is let go. */
  hasBeenWritten(): void {
    this.body = undefined;
    this.transfer = undefined;
  }

  /** It is about to go to this endpoint. */
  goesBy(use: EndpointUse | undefined): void {
    this.#use = use;
    use?.begin();
  }

  /** It does not go there, but to another. */
  left(): void {
    const use = this.#use;
    this.#use = undefined;
    use?.end();
  }

  resolve(value: unknown): void {
    if (!this.#settle()) return;
    if (this.#use !== undefined) this.#went("success");
    this.#resolve(value);
  }

  reject(error: MessageError | Error): void {
    if (!this.#settle()) return;
    if (this.#use !== undefined) this.#went(outcomeOf(error));
    this.promise.catch(ignore);
    const isGone = this.hasMoved && error instanceof MessageError && error.handled === "no";
    this.#reject(isGone ? again(error, "maybe") : error);
  }

  #went(outcome: Outcome | undefined): void {
    if (outcome) this.#use?.went(outcome);
    this.left();
  }

  /** False if it was settled before. */
  #settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    notDue(this);
    this.owner = undefined;
    this.body = undefined;
    this.transfer = undefined;
    this.#unlisten?.();
    return true;
  }
}

/** Takes the two functions of the promise that is being made: one closure for all promises instead of one for each. */
let resolvePromise: (value: unknown) => void;
let rejectPromise: (error: unknown) => void;
function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  resolvePromise = resolve as (value: unknown) => void;
  rejectPromise = reject;
}

function ignore(): void {}

/** What a failure says of the endpoint; undefined: nothing. */
function outcomeOf(error: MessageError | Error): Outcome | undefined {
  if (!(error instanceof MessageError)) return "error";
  switch (error.reason) {
    case "WorkerFailed":
      return "error";
    case "DeadlineExceeded":
    case "ContainerExited":
      return "gateway-error";
    default:
      return undefined;
  }
}

/** The same error once more, for another message. */
export function again(error: MessageError, handled: Handled): MessageError {
  return new MessageError(error.reason, error.message, { cause: error.cause, handled });
}
