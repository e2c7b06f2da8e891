/**
 * Tells what a program has started, threads and child processes, that its pod is being stopped, or its container, to be started anew (`stopping` of their subscriptions): their
 * servers then close as those of the container do (worker/sockets/closing.ts). The container itself is ordered to stop by its node.
 */
import { onAbort } from "../outside/index.ts";
import { isTerminating, type Pod } from "../resources/index.ts";
import type { StoreReads, Unwatch } from "../store/index.ts";
import type { Identity } from "./attachment.ts";
import type { ResourceCalls } from "./resource-calls.ts";

export class PodEndings implements Pick<ResourceCalls, "subscribe"> {
  readonly #store: Pick<StoreReads, "byUid" | "watch">;
  /** By uid of a pod: whom to tell. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #unwatch: Unwatch | undefined;

  constructor(store: Pick<StoreReads, "byUid" | "watch">) {
    this.#store = store;
  }

  stop(): void {
    this.#unwatch?.();
  }

  /**
   * A container is told to stop, by a liveness probe it may be. What has been started says of which pod it is, and not of which container: it is
   * told where there is only one.
   */
  containerStops({ uid }: Pick<Identity, "uid">): void {
    const pod = this.#store.byUid(uid) as Pod | undefined;
    const { containers = [], initContainers = [] } = pod?.spec ?? {};
    if (containers.length + initContainers.length === 1) this.#tell(uid);
  }

  /** One item, when the pod is asked to end. */
  async *subscribe(
    { uid }: Pick<Identity, "uid">,
    _name: string,
    _args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<true> {
    this.#unwatch ??= this.#store.watch({ kind: "Pod" }, ({ type, object: { metadata } }) => {
      if (type === "DELETED" || metadata.deletionTimestamp) this.#tell(metadata.uid ?? "");
    });
    const pod = this.#store.byUid(uid);
    if (pod && !isTerminating(pod)) await this.#ending(uid, signal);
    if (!signal.aborted) yield true;
  }

  #tell(uid: string): void {
    for (const wake of this.#waiting.get(uid) ?? []) wake();
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
