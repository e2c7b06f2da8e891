/** A message as its receiver holds it: the body, and the way back to the sender for at most one answer. */
import { isError, MessageError, toWire, type WireError } from "../../errors/index.ts";
import type { Message, Sender, TransferOptions } from "../message.ts";
import type { Transferable } from "../ports/index.ts";
import type { Readable } from "./inbox.ts";

/** The channel that a message came by. */
export interface ReplyPath {
  readonly who: Sender;
  /** The worker function has got the message. */
  wasRead(expectsReply: boolean): void;
  /** Throws NotCloneable, and then nothing was answered. */
  answer(slot: number, round: number, value: unknown, transfer: readonly Transferable[] | undefined): void;
  fail(slot: number, round: number, error: WireError): void;
  /** The message will not be read. */
  giveBack(slot: number, round: number, body: unknown): void;
}

export class Incoming implements Message, Readable {
  readonly body: unknown;
  readonly #way: ReplyPath;
  /** Where the sender keeps the request; below 0 once nothing is expected any more. */
  #slot: number;
  readonly #round: number;
  readonly #expectsReply: boolean;

  constructor(way: ReplyPath, body: unknown, slot: number, round: number) {
    this.body = body;
    this.#way = way;
    this.#slot = slot;
    this.#round = round;
    this.#expectsReply = slot >= 0;
  }

  get from(): Sender {
    return this.#way.who;
  }

  get expectsReply(): boolean {
    return this.#expectsReply;
  }

  // Getters, so that the two can be taken out of the message: `for await (const { body, reply } of inbox)`.

  get reply(): Message["reply"] {
    return (value, options) => this.#reply(value, options);
  }

  get fail(): Message["fail"] {
    return error => this.#fail(error);
  }

  read(): void {
    this.#way.wasRead(this.#expectsReply);
  }

  /** It was not read and will not be: its sender may send it to another endpoint. */
  giveBack(): void {
    if (this.#slot >= 0) this.#way.giveBack(this.#slot, this.#round, this.body);
    this.#slot = -1;
  }

  #reply(value: unknown, options: TransferOptions | undefined): void {
    if (this.#slot < 0) return;
    // Throws when the value cannot be cloned: the message is still to be answered then.
    this.#way.answer(this.#slot, this.#round, value, options?.transfer);
    this.#slot = -1;
  }

  #fail(error: unknown): void {
    if (this.#slot < 0) return;
    const slot = this.#slot;
    this.#slot = -1;
    const failure = isError(error)
      ? error
      : new MessageError("WorkerFailed", failureText(error), { cause: error });
    this.#way.fail(slot, this.#round, toWire(failure));
  }
}

function failureText(thrown: unknown): string {
  return `the worker answered with an error: ${toWire(thrown).message}`;
}
