/**
 * Conditions: what an object says of itself, in its status. There is at most one of each type; each is True, False or
 * Unknown, and knows since when.
 */
import type { Condition } from "./kubernetes.gen.ts";

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
