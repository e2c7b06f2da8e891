/**
 * Conditions: what an object says of itself, in its status. There is at most one of each type; each is True, False or
 * Unknown, and knows since when.
 */
import { timestamp } from "../outside/index.ts";
import type { Condition } from "./generated/kubernetes.gen.ts";
import { isSame } from "./sameness.ts";

/** Whatever has conditions; each kind types its own. */
type Conditional<C> = { readonly status?: { readonly conditions?: readonly C[] } };

/** The condition of this type; undefined where the object says nothing of it. */
export function conditionOf<C extends Pick<Condition, "type">>(
  { status }: Conditional<C>,
  type: string,
): C | undefined {
  // A loop: this is asked of each of ten thousand pods, and a closure for each would be so much garbage.
  for (const condition of status?.conditions ?? none) if (condition.type === type) return condition;
  return undefined;
}

const none: readonly never[] = [];

/** Whether the condition of this type is there, and True. */
export function isTrue(object: Conditional<Pick<Condition, "type" | "status">>, type: string): boolean {
  return conditionOf(object, type)?.status === "True";
}

/** What every condition that this function sets has. */
type Dated = Pick<Condition, "type" | "status"> & { readonly lastTransitionTime?: string };

/**
 * The conditions with this one in the place of the one of its type, or at the end. `lastTransitionTime` is `now` (in
 * milliseconds since 1970) where the status is another than before, and stays what it was otherwise. The same list where the
 * condition says what it said.
 */
export function withCondition<C extends Dated>(
  conditions: readonly C[] = none,
  condition: Omit<C, "lastTransitionTime">,
  now: number,
): readonly C[] {
  const place = conditions.findIndex(({ type }) => type === condition.type);
  const before = conditions[place];
  const isKept = before?.status === condition.status;
  const lastTransitionTime = isKept ? before.lastTransitionTime : timestamp(now);
  const next = { ...condition, lastTransitionTime } as C;
  if (before === undefined) return [...conditions, next];
  return isSame(before, next) ? conditions : conditions.with(place, next);
}

/** The conditions without the one of this type. The same list where there is none. */
export function withoutCondition<C extends Pick<Condition, "type">>(
  conditions: readonly C[] = none,
  type: string,
): readonly C[] {
  return conditions.some(other => other.type === type)
    ? conditions.filter(other => other.type !== type)
    : conditions;
}
