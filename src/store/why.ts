/**
 * Why an object is as it is: every write names the revision that made its author write, so the chain of writes leads from
 * the object's last change back to the one that started it all, a person's or the clock's.
 */
import type { Change, ObjectKey, Store } from "./store.ts";

/**
 * The writes that led to the object's state, the last one first; empty where history knows nothing of the object. Where
 * the last of the chain still names a cause, history does not reach back to it any more.
 */
export function causeChain(store: Pick<Store, "history" | "change">, key: ObjectKey): Change[] {
  const chain: Change[] = [];
  let next = store.history(key).at(-1);
  while (next) {
    chain.push(next);
    const { cause, revision } = next;
    // A cause comes before what it causes; anything else would lead in a circle.
    next = cause !== undefined && cause < revision ? store.change(cause) : undefined;
  }
  return chain;
}
