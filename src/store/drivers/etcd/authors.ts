/** Who made a write, as it is put beside the object: at one key for all, so that nothing is left of it but the last. */
import type { Author } from "../../store.ts";
import { type ChangeAuthor, changeAuthor } from "../image.ts";

/** What the key says of the write that put it. */
export interface WrittenBy extends ChangeAuthor {
  /** Of the write, among all of all API servers; absent where another program wrote. */
  readonly id?: string;
  /** When, in milliseconds since 1970, by the clock of who wrote. */
  readonly at: number;
}

export function authorText(id: string, author: Author, at: number): string {
  return JSON.stringify({ id, at, ...changeAuthor(author) });
}

/** @param text undefined where another program wrote, and said nothing of itself */
export function authorIn(text: string | undefined, now: number): WrittenBy {
  const foreign = { actor: "etcd", user: "", manager: "", cause: undefined, at: now };
  if (text === undefined) return foreign;
  try {
    const { id, at, actor, user, manager, cause } = JSON.parse(text) as Partial<WrittenBy>;
    if (typeof id !== "string" || typeof at !== "number" || typeof actor !== "string") return foreign;
    return { id, at, actor, user: String(user), manager: String(manager), cause };
  } catch {
    return foreign;
  }
}
