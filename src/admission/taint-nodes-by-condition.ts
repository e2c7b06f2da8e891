/** TaintNodesByCondition: a new node takes no pods until it has said that it is ready. */
import type { Node, Taint } from "../resources/index.ts";
import { pluginFor } from "./plugin.ts";

const notReady: Taint = Object.freeze({ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" });

export const taintNodesByCondition = pluginFor<Node>({
  name: "TaintNodesByCondition",
  on: [{ operations: ["CREATE"], kinds: ["Node"] }],
  mutate(node) {
    const { taints = [] } = node.spec ?? {};
    if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, notReady] } };
  },
});
