/**
 * What a worker function sees of the data plane: a message that it may answer once, and the two calls that make
 * messages. The same two are `cluster.api` on the main thread and `api` inside a worker.
 */
import type { Transferable } from "./ports/index.ts";

/** Who sent a message: a container, or the program that runs the cluster. */
export type Sender =
  | { readonly cluster: false; readonly namespace: string; readonly pod: string; readonly container: string }
  | {
      readonly cluster: true;
      readonly namespace?: undefined;
      readonly pod?: undefined;
      readonly container?: undefined;
    };

/** For people: `calc-0`, or `the cluster`. */
export function nameOf(sender: Sender): string {
  return sender.cluster ? "the cluster" : sender.pod;
}

/** One message out of the inbox. */
export interface Message<Body = unknown> {
  /** A structured clone of what was sent. */
  readonly body: Body;
  readonly from: Sender;
  /** True for a `request`, false for a `send`. */
  readonly expectsReply: boolean;
  /**
   * Answers the request with a structured clone of `value`. Does nothing when no reply is expected, or when the message
   * has been answered. A value that cannot be cloned, or takes more memory than the asker may be sent at once, throws a
   * MessageError `NotCloneable` or `MessageTooLarge`, and the message is still to be answered.
   */
  reply(value?: unknown, options?: TransferOptions): void;
  /** Answers the request with an error: the caller's promise rejects with an error of the same class and fields. */
  fail(error: unknown): void;
}

export interface TransferOptions {
  /**
   * What moves to the other thread instead of being copied. It leaves its owner when the message goes out, which may be
   * after the call has returned: till then the body must not be changed. An error with `handled: "no"` has left it where it was.
   */
  transfer?: readonly Transferable[];
}

export interface RequestOptions extends TransferOptions {
  /** How long to wait for the answer, in milliseconds: 30,000 unless said otherwise; Infinity waits for ever. */
  timeoutMs?: number;
  /** Gives up early: the promise rejects with `Aborted`, whose cause is the signal's reason. */
  signal?: AbortSignal;
}

/**
 * The promises need not be awaited: a failure without a listener is no unhandled rejection. But a caller that awaits them is
 * held back when receivers are slow, and gets the error where there is one.
 *
 * A request to a service that its receiver had not read when it stopped or ended goes to another endpoint. One that may
 * have been handled is never sent twice.
 */
export interface MessageApi {
  /**
   * Hands a message over and waits for no answer. Resolves once the receiver has taken it into its inbox; at most once, and in
   * order for one sender and one receiver. Waits while the receiver's inbox is full. Rejects with a MessageError: NoSuchTarget,
   * NoEndpoint, NotCloneable, MessageTooLarge, TooManyWaiting, ContainerStopping, ContainerExited or ClusterStopping.
   *
   * @param to a service (`calculator`, `calculator.math`, `calculator.math.svc.cluster.local`), `pod/db-0`,
   * `container/echo` or `db-0.db`. A bare name is a service first, then a container.
   */
  send(to: string, body?: unknown, options?: TransferOptions): Promise<void>;
  /**
   * Sends a message and resolves with the answer. Rejects with the worker's own error (`message.fail(error)`), or with a
   * MessageError as `send` does, or DeadlineExceeded, or Aborted. Its `handled` says whether the message may have been
   * handled.
   */
  request<Answer = unknown>(to: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
}
