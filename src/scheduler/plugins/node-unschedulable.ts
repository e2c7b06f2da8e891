/** NodeUnschedulable: `kubectl cordon` closes a node to all pods but those that tolerate the taint that it stands for. */
import { isTolerated } from "../../resources/index.ts";
import { hint, type Plugin, type Refusal } from "../framework.ts";

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
    remedies:
      () =>
      ({ node }) => [`kubectl uncordon ${node.metadata.name}`],
    hints: [
      hint("Node", (_, { object, previous }) => {
        const wasClosed = !previous || previous.spec?.unschedulable === true;
        return wasClosed && !object.spec?.unschedulable;
      }),
    ],
  };
}
