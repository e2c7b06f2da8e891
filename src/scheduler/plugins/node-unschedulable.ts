/** NodeUnschedulable: `kubectl cordon` closes a node to all pods but those that tolerate the taint that it stands for. */
import { isTolerated, type Node } from "../../resources/index.ts";
import type { Plugin, Refusal } from "../framework.ts";

const refusal: Refusal = { reasons: ["node(s) were unschedulable"], isFinal: true };
const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

export function nodeUnschedulable(): Plugin {
  return {
    name: "NodeUnschedulable",
    preFilter({ spec }, { snapshot }) {
      if (!snapshot.hasAny("unschedulable")) return undefined;
      if (isTolerated(taint, spec.tolerations)) return undefined;
      return { filter: ({ node }) => (node.spec?.unschedulable ? refusal : undefined) };
    },
    hints: [
      {
        kind: "Node",
        helps: (_, { object, previous }) =>
          !(object as Node).spec?.unschedulable &&
          (!previous || (previous as Node).spec?.unschedulable === true),
      },
    ],
  };
}
