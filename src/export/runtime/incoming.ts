/** A message over NATS as its receiver holds it: the body, and the way back for at most one answer. */
import { isError, MessageError, messageOf, toWire } from "../../errors/index.ts";
import type { Message, Sender } from "../../messages/index.ts";
import type { AnswerFrame, RequestFrame } from "./frames.ts";

/** What becomes of it, told to who handed it in. */
export interface Way {
  /** The worker function has got it. */
  read(message: IncomingMessage): void;
  /** Its one answer. Throws a MessageError where the value cannot be sent: then it is still to be answered. */
  answer(message: IncomingMessage, frame: AnswerFrame): void;
}

export class IncomingMessage implements Message {
  readonly body: unknown;
  readonly from: Sender;
  readonly expectsReply: boolean;
  readonly #way: Way;
  #isOver = false;

  constructor({ body, from, expectsReply }: RequestFrame, way: Way) {
    this.body = body;
    this.from = from;
    this.expectsReply = expectsReply;
    this.#way = way;
  }

  // Getters, so that the two can be taken out of the message: `for await (const { body, reply } of inbox)`.

  get reply(): Message["reply"] {
    return value => this.#end({ type: "reply", value });
  }

  get fail(): Message["fail"] {
    return thrown => {
      const error = isError(thrown)
        ? thrown
        : new MessageError("WorkerFailed", `the worker answered with an error: ${messageOf(thrown)}`, {
            cause: thrown,
          });
      this.#end({ type: "failed", error: toWire(error) });
    };
  }

  read(): void {
    this.#way.read(this);
  }

  #end(frame: AnswerFrame): void {
    if (this.#isOver || !this.expectsReply) return;
    this.#way.answer(this, frame);
    this.#isOver = true;
  }
}
