/**
 * A container of a pod runs once at a time, whatever the API says of it: so no pod runs on two nodes, and of a StatefulSet no two pods of
 * one name do.
 */
import type { MakeInvariant } from "../invariant.ts";

export const containerRunsOnce: MakeInvariant = () => ({
  name: "no pod of a name runs twice",
  started({ namespace, pod, container, node }, others) {
    const [other] = others;
    if (!other) return undefined;
    return `${namespace}/${pod} (${container}) starts on ${node} while it runs on ${other.node}`;
  },
});
