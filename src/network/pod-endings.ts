/**
 * Tells what a program has started, threads and child processes, that its pod is being stopped (`stopping` of their subscriptions): their
 * servers then close as those of the container do (worker/sockets/closing.ts). The container itself is ordered to stop by its node.
 */
import { onAbort } from "../outside/index.ts";
import { isTerminating } from "../resources/index.ts";
import type { Store, Unwatch } from "../store/index.ts";
import type { Identity } from "./attachment.ts";
import type { ResourceCalls } from "./resource-calls.ts";

export class PodEndings implements Pick<ResourceCalls, "subscribe"> {
  readonly #store: Pick<Store, "byUid" | "watch">;
  /** By uid of a pod: whom to tell. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #unwatch: Unwatch | undefined;

  constructor(store: Pick<Store, "byUid" | "watch">) {
    this.#store = store;
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** One item, when the pod is asked to end. */
  async *subscribe(
    { uid }: Pick<Identity, "uid">,
    _name: string,
    _args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<true> {
    this.#unwatch ??= this.#store.watch({ kind: "Pod" }, ({ type, object: { metadata } }) => {
      const waiting = this.#waiting.get(metadata.uid ?? "");
      if (waiting && (type === "DELETED" || metadata.deletionTimestamp)) for (const wake of waiting) wake();
    });
    const pod = this.#store.byUid(uid);
    if (pod && !isTerminating(pod)) await this.#ending(uid, signal);
    if (!signal.aborted) yield true;
  }

  async #ending(uid: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#waiting.get(uid) ?? new Set();
    this.#waiting.set(uid, waiting);
    let takeBack = () => {};
    const wake = await new Promise<() => void>(resolve => {
      const woken = () => resolve(woken);
      waiting.add(woken);
      takeBack = onAbort(signal, woken);
    });
    takeBack();
    waiting.delete(wake);
    if (waiting.size === 0) this.#waiting.delete(uid);
  }
}
