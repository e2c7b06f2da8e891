/**
 * A look: one run of a controller for one key. Why it is taken is part of it, for two reasons: each write of the run names
 * its cause, and writes that cause themselves, over however many steps, are a circle (circles.ts).
 */
import type { Change, ObjectKey } from "../store/index.ts";

export interface Look {
  readonly key: ObjectKey;
  /** The revision that is the reason; none where the clock is. A look that is taken again after a failure keeps it. */
  readonly cause?: number;
  /** True where a person made that write: a user who is no part of the system, and whom no other write made do it. */
  readonly isPersonal?: boolean;
}

/** A write of a run, as far as it takes to see a circle. */
export interface Footprint {
  readonly verb: "create" | "update" | "delete";
  /** The object as written. */
  readonly object: Change["object"];
}

/** The look that a change makes necessary. */
export function lookBecauseOf({ revision, cause, user }: Change, key: ObjectKey): Look {
  const isPersonal = cause === undefined && !user.startsWith("system:");
  return { key, cause: revision, isPersonal };
}
