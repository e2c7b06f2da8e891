/**
 * TaintToleration: a taint keeps pods off a node that do not tolerate it. One with the effect PreferNoSchedule only makes the
 * node a worse choice: the fewer of those a pod minds, the better.
 */
import { isTolerated, type Node, type Pod, type Taint } from "../../resources/index.ts";
import { hint, normalizeByHighest, type Plugin, type Refusal } from "../framework.ts";

const refusal: Refusal = { reasons: ["node(s) had untolerated taint(s)"], isFinal: true };

export function taintToleration(): Plugin {
  return {
    name: "TaintToleration",
    preFilter: (pod, { snapshot }) =>
      snapshot.hasAny("tainted")
        ? { filter: ({ node }) => (keepsAway(node, pod) ? refusal : undefined) }
        : undefined,
    preScore(pod, _, { snapshot }) {
      // Where no node has such a taint, all are equally good.
      if (!snapshot.hasAny("softlyTainted")) return undefined;
      const minds = (taint: Taint) => isSoft(taint) && !isTolerated(taint, pod.spec.tolerations);
      return {
        score: ({ node }) => node.spec?.taints?.filter(minds).length ?? 0,
        normalize: scores => normalizeByHighest(scores, true),
      };
    },
    remedies:
      ({ spec }) =>
      ({ node }) =>
        taintsOf(node)
          .filter(taint => !isSoft(taint) && !isTolerated(taint, spec.tolerations))
          .map(({ key, value, effect }) => {
            const taint = `${key}${value ? `=${value}` : ""}:${effect}`;
            return `the pod tolerates the taint ${taint}, or it is removed: kubectl taint node ${node.metadata.name} ${taint}-`;
          }),
    hints: [
      hint("Node", (pod, { type, object, previous }) => {
        if (type === "DELETED") return false;
        return !keepsAway(object, pod) && (!previous || keepsAway(previous, pod));
      }),
    ],
  };
}

/** Whether a taint of the node keeps the pod from being placed there. */
export function keepsAway({ spec }: Node, pod: Pod): boolean {
  if (!spec?.taints) return false;
  for (const taint of spec.taints)
    if (!isSoft(taint) && !isTolerated(taint, pod.spec.tolerations)) return true;
  return false;
}

function taintsOf({ spec }: Node): readonly Taint[] {
  return spec?.taints ?? [];
}

function isSoft({ effect }: Taint): boolean {
  return effect === "PreferNoSchedule";
}
