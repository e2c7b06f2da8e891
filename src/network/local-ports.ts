/**
 * Two connected ports on one thread: the main thread takes part in the data plane as any other does, but needs no channel to
 * itself. What is posted arrives in a microtask, in order, and is not copied. Both ends must be listened to before anything is
 * posted: calls made before the network has started wait elsewhere (cluster/lifecycle.ts).
 */
import type { Port, Transferable } from "../messages/index.ts";

export function localPorts(): readonly [Port, Port] {
  const left = new LocalPort();
  const right = new LocalPort();
  left.connect(right);
  right.connect(left);
  return [left, right];
}

class LocalPort implements Port {
  #other: LocalPort | undefined;
  readonly #onMessage: ((value: unknown) => void)[] = [];
  readonly #onClose: (() => void)[] = [];

  connect(other: LocalPort): void {
    this.#other = other;
  }

  postMessage(value: unknown, _transfer?: readonly Transferable[]): void {
    const other = this.#other;
    queueMicrotask(() => other?.deliver(value));
  }

  on(event: "message" | "messageerror" | "close", listener: ((value: unknown) => void) | (() => void)): void {
    // Nothing is copied here, so nothing is unreadable.
    if (event === "message") this.#onMessage.push(listener);
    else if (event === "close") this.#onClose.push(listener as () => void);
  }

  close(): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = undefined;
    queueMicrotask(() => other.closedByOther());
  }

  /** Nothing holds a thread alive here. */
  ref(): void {}
  unref(): void {}

  deliver(value: unknown): void {
    for (const listener of this.#onMessage) listener(value);
  }

  closedByOther(): void {
    if (this.#other === undefined) return;
    this.#other = undefined;
    for (const listener of this.#onClose) listener();
  }
}
