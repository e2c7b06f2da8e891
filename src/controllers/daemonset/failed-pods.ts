/**
 * How soon a failed pod of a DaemonSet gives way to another: at once, and where pods keep failing on one node, as where its
 * kubelet refuses them, after 1 s, 2 s, 4 s and so on up to 15 minutes. Half an hour after the last it is forgotten, and a
 * changed DaemonSet begins anew. It is remembered only here: after a restart of the control plane the first one is quick again.
 */
import type { DaemonSet } from "../../resources/index.ts";

const firstMs = 1_000;
const longestMs = 15 * 60_000;

interface Failures {
  /** When the last one was let go, in milliseconds since 1970. */
  readonly at: number;
  /** How long the next one is kept. */
  readonly waitMs: number;
}

export class FailedPods {
  /** The one that failed last is the last: what is old stands before it. */
  readonly #known = new Map<string, Failures>();

  /** Milliseconds until a pod that failed on the node may go. Zero: it goes now, and the next one will wait longer. */
  waitFor(set: DaemonSet, node: string, now: number): number {
    const key = `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`;
    const known = this.#known.get(key);
    const isForgotten = known === undefined || now - known.at > 2 * longestMs;
    if (!isForgotten && now - known.at < known.waitMs) return known.at + known.waitMs - now;
    for (const [other, { at }] of this.#known) {
      if (now - at <= 2 * longestMs) break;
      this.#known.delete(other);
    }
    this.#known.delete(key);
    this.#known.set(key, { at: now, waitMs: isForgotten ? firstMs : Math.min(longestMs, known.waitMs * 2) });
    return 0;
  }
}
