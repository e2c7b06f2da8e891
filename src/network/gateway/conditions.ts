/** What is said of Gateways and routes in their statuses: conditions by their types, each with the generation that it is about. */
import {
  type Condition,
  isSame,
  type ParentReference,
  type RouteParentStatus,
  withCondition,
} from "../../resources/index.ts";
import type { Route } from "./route-kinds.ts";

export interface Said {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function said(type: string, isTrue: boolean, reason: string, message = ""): Said {
  return { type, status: isTrue ? "True" : "False", reason, message };
}

/** The conditions with these in the place of those of their types. */
export function withSaid(
  before: readonly Condition[] | undefined,
  all: readonly Said[],
  generation: number | undefined,
  now: number,
): readonly Condition[] {
  let conditions = before ?? [];
  for (const each of all)
    conditions = withCondition(
      conditions,
      { ...each, ...(generation !== undefined && { observedGeneration: generation }) },
      now,
    );
  return conditions;
}

/** What one controller says of a route, for each of the references that it is in charge of. */
export interface ParentSaid {
  readonly ref: ParentReference;
  readonly conditions: readonly Said[];
}

/** The status of a route with what one controller says of it; what others say stands. */
export function withParents(
  route: Route,
  controllerName: string,
  parents: readonly ParentSaid[],
  now: number,
): NonNullable<Route["status"]> {
  const before = route.status?.parents ?? [];
  const others = before.filter(each => each.controllerName !== controllerName);
  const ours = parents.map(({ ref, conditions }): RouteParentStatus => {
    const known = before.find(each => each.controllerName === controllerName && isSame(each.parentRef, ref));
    return {
      parentRef: ref,
      controllerName,
      conditions: withSaid(known?.conditions, conditions, route.metadata.generation, now),
    };
  });
  return { ...route.status, parents: [...others, ...ours] };
}
