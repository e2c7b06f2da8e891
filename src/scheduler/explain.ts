/**
 * Why a pod fits nowhere, in the words of Kubernetes: how many nodes there are, what is wrong with them, each reason with
 * the number of nodes that have it, and what came of looking for another way (PostFilter).
 */
import type { Pod } from "../resources/index.ts";
import type { Unschedulable } from "./framework.ts";

const noNodes = "no nodes available to schedule pods";

/** `postFilters`: what the plugins said of it that looked for another way; none where one was found. */
export function explain(
  { refusals, nodes, rejection, unasked }: Omit<Unschedulable, "pod" | "fits">,
  postFilters: readonly string[],
): string {
  if (rejection?.isFailure) return rejection.message;
  if (nodes === 0) return noNodes;
  const available = `0/${nodes} nodes are available`;
  // The last two words are what Kubernetes' preemption has to say of it: no node's state was found.
  if (rejection) return `${available}: ${rejection.message}. not found`;
  const reasons = new ReasonCounts();
  for (const refusal of refusals.values()) reasons.add(refusal.reasons);
  if (unasked) reasons.add(unasked.reasons, nodes - refusals.size);
  return [`${available}: ${reasons}.`, postFilters.join(", ")].filter(Boolean).join(" ");
}

/** How many nodes have each reason. Mostly thousands of them have the same list: lists are counted, not the reasons in them. */
export class ReasonCounts {
  readonly #lists = new Map<readonly string[], number>();

  add(reasons: readonly string[], nodes = 1): void {
    this.#lists.set(reasons, (this.#lists.get(reasons) ?? 0) + nodes);
  }

  /** `1 Insufficient cpu, 2 node(s) were unschedulable`: sorted as text, numbers and all, as Kubernetes does. */
  toString(): string {
    const counts = new Map<string, number>();
    for (const [reasons, nodes] of this.#lists)
      for (const reason of reasons) if (nodes > 0) counts.set(reason, (counts.get(reason) ?? 0) + nodes);
    return textOf(counts);
  }
}

function textOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}

/** So many pods are named; of more it is told how many. */
const mostNamed = 3;

/** `demo/a, demo/b, demo/c and 4 more`. */
export function namesOf(pods: readonly Pod[]): string {
  const names = pods
    .slice(0, mostNamed)
    .map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`)
    .join(", ");
  return pods.length > mostNamed ? `${names} and ${pods.length - mostNamed} more` : names;
}

/** `disk=ssd (it has hdd)`: a label that a node would have to have. */
export function missingLabel(key: string, wanted: string, labels: Pod["metadata"]["labels"]): string {
  return `the label ${wanted} (it has ${labels && Object.hasOwn(labels, key) ? labels[key] : "none"})`;
}
