/** A message that a container has asked others to take, until it ends, and the errors that it ends with before an answer. */
import { MessageError } from "../../errors/index.ts";
import type { Timer } from "../../outside/index.ts";

export interface Pending {
  readonly number: number;
  readonly to: string;
  readonly payload: Uint8Array;
  readonly expectsReply: boolean;
  /** Those that are left to try. */
  readonly subjects: string[];
  subject: string;
  /** NATS has got it: it may have been handled. */
  hasLeft: boolean;
  /** When it left last, by `elapsed` of the clock. */
  sentAt?: number;
  /** Its receiver fetches it in pieces. */
  isPulled?: boolean;
  /** Who has it in its inbox. */
  instance?: string;
  /** Who has it has answered it, as it said when it was asked last. */
  isAnswered?: boolean;
  /** While it is on its way, and nobody has taken it. */
  untaken?: Timer;
  end(settle: () => void): void;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export function late(pending: Pending, timeoutMs: number): MessageError {
  const text = `no answer from ${pending.to} within ${timeoutMs} ms`;
  return new MessageError("DeadlineExceeded", text, { handled: handled(pending) });
}

export function aborted(
  pending: Pick<Pending, "to" | "hasLeft">,
  { reason: cause }: AbortSignal,
): MessageError {
  const text = `the message to ${pending.to} was given up by its sender`;
  return new MessageError("Aborted", text, { cause, handled: handled(pending) });
}

function handled({ hasLeft }: Pick<Pending, "hasLeft">): "no" | "maybe" {
  return hasLeft ? "maybe" : "no";
}
