/** What would have to change for a node that topology spread constraints refuse: which domain has how many pods, and may have how many. */
import type { Pod } from "../../resources/index.ts";
import { missingLabel } from "../explain.ts";
import type { Look } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { selectionText } from "../pod-selection.ts";
import { type Constraint, countsIn } from "./spread-constraints.ts";

export function spreadRemedies(
  constraints: readonly Constraint[],
  pod: Pod,
  { snapshot }: Look,
): (nodeInfo: NodeInfo) => readonly string[] {
  const asked = constraints.map(constraint => {
    const counts = countsIn(constraint, constraints, pod, snapshot);
    return { constraint, counts, fewest: fewestOf(constraint, counts) };
  });
  return nodeInfo =>
    asked.flatMap(({ constraint: { topologyKey, maxSkew, selection }, counts, fewest }) => {
      const domain = snapshot.domainOf(nodeInfo, topologyKey);
      if (domain === undefined)
        return [
          `${missingLabel(topologyKey, topologyKey, nodeInfo.labels)}, over which the pod is to be spread`,
        ];
      const count = counts.get(domain) ?? 0;
      const most = fewest.count + maxSkew - (selection.matches(pod) ? 1 : 0);
      if (count <= most) return [];
      const figures = `maxSkew is ${maxSkew}, and the fewest are ${fewest.text}`;
      return [
        `at most ${most} of the pods ${selectionText(selection)} in ${topologyKey}=${domain} (it has ${count}; ${figures})`,
      ];
    });
}

function fewestOf({ topologyKey, minDomains = 1 }: Constraint, counts: ReadonlyMap<string, number>) {
  const { size } = counts;
  if (size < minDomains)
    return { count: 0, text: `taken to be 0: of domains there are ${size}, and minDomains is ${minDomains}` };
  const [emptiest = ["", 0]] = [...counts].sort(([, one], [, other]) => one - other);
  return { count: emptiest[1], text: `${emptiest[1]}, in ${topologyKey}=${emptiest[0]}` };
}
