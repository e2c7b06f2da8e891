/**
 * A work item: a key that a controller is to reconcile, and why. The reason is part of it, for two purposes: each write of the
 * run names its cause, and writes that cause themselves, over however many steps, are a circle (circles.ts).
 */
import type { Change, ObjectKey } from "../../store/index.ts";

export interface WorkItem {
  readonly key: ObjectKey;
  /** The revision that is the reason; none where the clock is. An item that is tried again after a failure keeps it. */
  readonly cause?: number;
  /** True where a person made that write: a user who is no part of the system, and whose write no other write caused. */
  readonly isPersonal?: boolean;
  /** True where the controller asked for this run itself, with `again`. */
  readonly isAsked?: boolean;
}

/** The item that a change makes of a key that it concerns. */
export function itemBecauseOf(change: Change, key: ObjectKey): WorkItem {
  return { key, cause: change.revision, isPersonal: isPersonal(change) };
}

/** Whether a person made the write: a user who is no part of the system, and not because of another write. */
export function isPersonal({ cause, user }: Pick<Change, "cause" | "user">): boolean {
  return cause === undefined && !user.startsWith("system:");
}

/** The key as one text, by which queues and maps know it. */
export function textOf({ kind, namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}
