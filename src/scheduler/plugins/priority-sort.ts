/** PrioritySort: in which order pods are tried. The highest `spec.priority` first; among equals the first that came. */
import type { Pod } from "../../resources/index.ts";
import type { Plugin } from "../framework.ts";

export function prioritySort(): Plugin {
  return { name: "PrioritySort", queueSort: (one, other) => priorityOf(other) - priorityOf(one) };
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}
