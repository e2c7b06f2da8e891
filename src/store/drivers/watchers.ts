/**
 * The watchers of a store. Each is told of every change that fits, once, in order, and a watcher that throws
 * harms neither the writer nor the others: the fault is reported and the next is told.
 *
 * A watcher may write. Its change is told when all watchers have been told of the one before: so all see the same order.
 *
 * Watchers stand in lists, by what they watch, and a change is told along those lists that it is for: so a write costs as much
 * as there are watchers that it concerns, not as many as there are.
 */
import type { Change, StoreWatchOptions, Unwatch } from "../store.ts";

/** Takes what a watcher threw, and the change it was told of. */
export type OnFault = (fault: unknown, change: Change) => void;

interface Watcher {
  readonly namespace: string | undefined;
  readonly tell: (change: Change) => void;
  readonly ended: (() => void) | undefined;
  readonly skipped: (() => void) | undefined;
  /** It knows everything up to this revision. */
  knows: number;
  active: boolean;
}

/** The lists of the watchers that name no kind; no kind is called so. */
const everything = "";
const deletions = "deletions and owners";

export class Watchers {
  readonly #onFault: OnFault;
  /** Copied whenever a watcher comes or goes, so that telling walks over a list that stands still. */
  readonly #lists = new Map<string, readonly Watcher[]>();
  readonly #untold: Change[] = [];
  #isTelling = false;

  constructor(onFault: OnFault) {
    this.#onFault = onFault;
  }

  /**
   * `missed` gives what came after a revision, at least all that fits; called until the watcher knows everything up to
   * `current()`.
   */
  add(
    { kind, deletionsAndOwners, namespace, after, ended, skipped }: StoreWatchOptions,
    tell: (change: Change) => void,
    missed: (after: number) => readonly Change[],
    current: () => number,
  ): Unwatch {
    const list = kind ?? (deletionsAndOwners ? deletions : everything);
    const watcher: Watcher = { namespace, tell, ended, skipped, knows: after ?? current(), active: true };
    // Again and again, because a watcher may write while it is told of the past.
    while (watcher.knows < current()) {
      const upTo = current();
      for (const change of missed(watcher.knows))
        if (listsFor(change).includes(list)) this.#tellOne(watcher, change);
      // Also those of one revision are told one by one. The last revisions may have gone to changes that it does not watch.
      watcher.knows = Math.max(watcher.knows, upTo);
    }
    this.#lists.set(list, [...(this.#lists.get(list) ?? []), watcher]);
    return () => {
      watcher.active = false;
      const others = (this.#lists.get(list) ?? []).filter(other => other !== watcher);
      if (others.length > 0) this.#lists.set(list, others);
      else this.#lists.delete(list);
    };
  }

  /** When it returns all watchers have been told; called by a watcher, when the outer call returns. */
  tell(change: Change): void {
    this.#untold.push(change);
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      // What is untold may grow while it is walked.
      for (const next of this.#untold) {
        for (const list of listsFor(next))
          for (const watcher of this.#lists.get(list) ?? []) this.#tellOne(watcher, next);
      }
    } finally {
      this.#untold.length = 0;
      this.#isTelling = false;
    }
  }

  /** Says to all that changes were made which they are not told. */
  skip(): void {
    for (const { active, skipped } of [...this.#lists.values()].flat()) if (active) skipped?.();
  }

  /** Tells all watchers that it is the end, and nothing after that. */
  end(): void {
    const all = [...this.#lists.values()].flat();
    this.#lists.clear();
    for (const watcher of all) {
      if (watcher.active) watcher.ended?.();
      watcher.active = false;
    }
  }

  #tellOne(watcher: Watcher, change: Change): void {
    // One that came while this change was being told may know it already.
    if (!watcher.active || change.revision <= watcher.knows) return;
    if (watcher.namespace !== undefined && watcher.namespace !== change.key.namespace) return;
    try {
      watcher.tell(change);
    } catch (fault) {
      this.#onFault(fault, change);
    }
  }
}

/** The lists along which a change is told, in this order. */
function listsFor(change: Change): readonly string[] {
  const { kind } = change.key;
  return isDeletionOrOwners(change) ? [kind, deletions, everything] : [kind, everything];
}

function isDeletionOrOwners({ type, object: { metadata }, previous }: Change): boolean {
  if (type !== "MODIFIED") return type === "DELETED";
  return (
    metadata.deletionTimestamp !== undefined ||
    metadata.ownerReferences !== previous?.metadata.ownerReferences
  );
}
