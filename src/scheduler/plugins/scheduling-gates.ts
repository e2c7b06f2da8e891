/** SchedulingGates: a pod is not tried while others hold it back, each by a gate of its own in `spec.schedulingGates`. */
import type { Pod } from "../../resources/index.ts";
import type { Plugin } from "../framework.ts";

const message = "Scheduling is blocked due to non-empty scheduling gates";

export function schedulingGates(): Plugin {
  return {
    name: "SchedulingGates",
    preEnqueue: ({ spec }) => (spec.schedulingGates?.length ? message : undefined),
    hints: [{ kind: "Pod", helps: (pod, { object }) => isItself(pod, object as Pod) }],
  };
}

function isItself(pod: Pod, changed: Pod): boolean {
  return pod.metadata.uid === changed.metadata.uid;
}
