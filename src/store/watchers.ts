/**
 * Those who want to be told of changes. Each is told of every change that fits, once, in order, and a watcher that throws
 * harms neither the writer nor the others: the fault is reported and the next is told.
 *
 * A watcher may write. Its change is told when everybody knows of the one before: so all see the same order.
 */
import type { KindName } from "../resources/index.ts";
import type { Change, Unwatch, WatchOptions } from "./store.ts";

/** Takes what a watcher threw, and the change it was told of. */
export type OnFault = (fault: unknown, change: Change) => void;

interface Watcher {
  readonly namespace: string | undefined;
  readonly tell: (change: Change) => void;
  readonly ended: (() => void) | undefined;
  /** It knows everything up to this revision. */
  knows: number;
  active: boolean;
}

/** The key for those who watch all kinds; no kind is called so. */
const everyKind = "";

export class Watchers {
  readonly #onFault: OnFault;
  /** Copied at each change of who watches, so that telling walks over a list that stands still. */
  readonly #byKind = new Map<KindName, readonly Watcher[]>();
  readonly #untold: Change[] = [];
  #isTelling = false;

  constructor(onFault: OnFault) {
    this.#onFault = onFault;
  }

  /** `missed` gives what came after a revision; called until the watcher knows everything up to `current()`. */
  add(
    { kind = everyKind, namespace, after, ended }: WatchOptions,
    tell: (change: Change) => void,
    missed: (after: number) => readonly Change[],
    current: () => number,
  ): Unwatch {
    const watcher: Watcher = { namespace, tell, ended, knows: after ?? current(), active: true };
    // Again and again, because a watcher may write while it is told of the past.
    while (watcher.knows < current()) {
      for (const change of missed(watcher.knows)) {
        if (kind === everyKind || kind === change.key.kind) this.#tellOne(watcher, change);
        watcher.knows = change.revision;
      }
    }
    this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), watcher]);
    return () => {
      watcher.active = false;
      const others = (this.#byKind.get(kind) ?? []).filter(other => other !== watcher);
      if (others.length > 0) this.#byKind.set(kind, others);
      else this.#byKind.delete(kind);
    };
  }

  /** When it returns everybody knows; or, called by a watcher, before the outer call returns. */
  tell(change: Change): void {
    this.#untold.push(change);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      // The list may grow while it is walked.
      for (const next of this.#untold) {
        for (const watcher of this.#byKind.get(next.key.kind) ?? []) this.#tellOne(watcher, next);
        for (const watcher of this.#byKind.get(everyKind) ?? []) this.#tellOne(watcher, next);
      }
    } finally {
      this.#untold.length = 0;
      this.#isTelling = false;
    }
  }

  /** Nobody is told anything any more, but of this. */
  end(): void {
    const all = [...this.#byKind.values()].flat();
    this.#byKind.clear();
    for (const watcher of all) {
      if (watcher.active) watcher.ended?.();
      watcher.active = false;
    }
  }

  #tellOne(watcher: Watcher, change: Change): void {
    // One that came while this change was being told may know it already.
    if (!watcher.active || change.revision <= watcher.knows) return;
    watcher.knows = change.revision;
    if (watcher.namespace !== undefined && watcher.namespace !== change.key.namespace) return;
    try {
      watcher.tell(change);
    } catch (fault) {
      this.#onFault(fault, change);
    }
  }
}
