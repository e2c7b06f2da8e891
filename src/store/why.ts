/**
 * Why an object is as it is: every write names the revision that made its author write, so the chain of writes leads from
 * the object's last change back to the one that started it all, a person's or the clock's.
 */
import type { Change, ObjectKey, Store } from "./store.ts";

/**
 * The writes that led to the object's state, the last one first; empty where history knows nothing of the object. Where
 * the last of the chain still names a cause, history does not reach back to it any more.
 */
export function causeChain(store: Store, key: ObjectKey): Change[] {
  const chain: Change[] = [];
  const known = store.history({ after: 0 });
  let next = store.history(key).at(-1);
  while (next) {
    chain.push(next);
    const { cause, revision } = next;
    // A cause comes before what it causes; anything else would lead in a circle.
    next = cause !== undefined && cause < revision ? changeOf(cause, known) : undefined;
  }
  return chain;
}

/** Revisions have no gaps, so a change's place follows from the first one's. */
function changeOf(revision: number, known: readonly Change[]): Change | undefined {
  const first = known[0]?.revision ?? 0;
  return revision < first ? undefined : known[revision - first];
}
