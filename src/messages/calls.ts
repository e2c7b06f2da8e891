/**
 * The calls of a worker to the cluster itself (get, list, create, watch), over the control port: a question and its
 * answer by number, or a subscription and its items. What the names mean is not known here. The number of a call is the
 * number of its post, so that the main thread can name a call that it could not read.
 */
import { fromWire, MessageError, type WireError } from "../errors/index.ts";
import { onAbort, Stream } from "../outside/index.ts";
import { withOwnBytes } from "./codec/index.ts";
import type { ControlMessage, ControlRequest } from "./introductions.ts";
import { LARGEST_TO_MAIN, measured, notCloneable } from "./ports/index.ts";

interface Call {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What was read of a stream is reported after so many items: the other end lets 256 be unread. */
const REPORT_AFTER = 64;

/** The control port, as the calls use it. */
export interface ControlPort {
  /** How many questions have been posted. */
  readonly asked: number;
  /** Throws what cannot be cloned. */
  ask(asked: ControlRequest): void;
}

export class Calls {
  readonly #control: ControlPort;
  readonly #calls = new Map<number, Call>();
  readonly #subscriptions = new Map<number, Stream<unknown>>();
  #closed: Error | undefined;

  constructor(control: ControlPort) {
    this.#control = control;
  }

  call(name: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(this.#closed);
      const id = this.#control.asked + 1;
      try {
        this.#control.ask({ type: "call", id, name, args: sendable(name, args) });
      } catch (cause) {
        return reject(notCloneable(`an argument of ${name}`, cause));
      }
      this.#calls.set(id, { resolve, reject });
    });
  }

  subscribe(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncIterableIterator<unknown> {
    const id = this.#control.asked + 1;
    let takeBack = () => {};
    /** Items that were read since that was reported. */
    let read = 0;
    const subscription = new Stream<unknown>({
      taken: () => {
        read++;
        // Now and then, and when there is nothing left: the other end may wait for it.
        if (read < REPORT_AFTER && subscription.unread > 0) return;
        if (this.#subscriptions.has(id)) this.#control.ask({ type: "read", id, count: read });
        read = 0;
      },
      ended: () => {
        takeBack();
        if (this.#subscriptions.delete(id)) this.#control.ask({ type: "unsubscribe", id });
      },
    });
    const stop = () => void subscription.return();
    if (this.#closed) {
      subscription.end(this.#closed);
    } else if (signal?.aborted) {
      subscription.end();
    } else {
      try {
        this.#control.ask({ type: "subscribe", id, name, args: sendable(name, args) });
        this.#subscriptions.set(id, subscription);
        takeBack = onAbort(signal, stop);
      } catch (cause) {
        subscription.end(notCloneable(`an argument of ${name}`, cause));
      }
    }
    return subscription;
  }

  /** Takes a message from the main thread; false if it is not about calls. */
  heard(told: ControlMessage): boolean {
    switch (told.type) {
      case "answer":
        this.#take(told.id)?.resolve(told.value);
        return true;
      case "failed":
        this.#take(told.id)?.reject(fromWire(told.error));
        return true;
      case "item":
        this.#subscriptions.get(told.id)?.push(told.value);
        return true;
      case "end": {
        const subscription = this.#subscriptions.get(told.id);
        this.#subscriptions.delete(told.id);
        subscription?.end(revive(told.error));
        return true;
      }
      case "unread": {
        const text =
          "the arguments could not be built again in the main thread: they are too large or too deep there";
        const error = new MessageError("NotCloneable", text);
        this.#take(told.nth)?.reject(error);
        this.#subscriptions.get(told.nth)?.end(error);
        return true;
      }
      default:
        return false;
    }
  }

  /** Nothing will be answered any more. */
  close(error: Error): void {
    if (this.#closed) return;
    this.#closed = error;
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    const open = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of open) subscription.end(error);
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}

/** The arguments as they may go to the main thread. Throws MessageTooLarge. */
function sendable(name: string, args: readonly unknown[]): readonly unknown[] {
  const { hasPooled } = measured(`an argument of ${name}`, args, LARGEST_TO_MAIN);
  return hasPooled ? (withOwnBytes(args) as readonly unknown[]) : args;
}

function revive(error: WireError | undefined): Error | undefined {
  return error && fromWire(error);
}
