/**
 * Puts roles together: a ClusterRole with an aggregationRule has the rules of all ClusterRoles that its selectors fit, in the
 * order of their names, each rule once. It writes as the API server: what it gives is in roles already.
 */
import { controller, keyOf, settled, type Waker } from "../loop/index.ts";
import { isSame, matchesSelector, type PolicyRule } from "../resources/index.ts";
import { apiServerWriter } from "../store/index.ts";

const name = "clusterrole-aggregation-controller";

/** Any role may be a part of any role that is put together. */
const wholes: Waker = {
  kind: "ClusterRole",
  *keys(_, reader) {
    for (const { aggregationRule, metadata } of reader.list("ClusterRole"))
      if (aggregationRule) yield keyOf("ClusterRole", "", metadata.name);
  },
};

export const clusterRoleAggregation = controller({
  name,
  writer: apiServerWriter(name),
  kind: "ClusterRole",
  wokenBy: [wholes],
  concerns: ({ aggregationRule }) => aggregationRule !== undefined,
  async reconcile(role, world) {
    const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
    const parts = world
      .list("ClusterRole")
      .filter(({ metadata }) => metadata.name !== role.metadata.name)
      .filter(({ metadata }) => selectors.some(selector => matchesSelector(selector, metadata.labels ?? {})))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const rules: PolicyRule[] = [];
    for (const rule of parts.flatMap(part => part.rules ?? []))
      if (!rules.some(other => isSame(other, rule))) rules.push(rule);
    if (role.aggregationRule && !isSame(rules, role.rules ?? [])) await world.update({ ...role, rules });
    return settled;
  },
});
