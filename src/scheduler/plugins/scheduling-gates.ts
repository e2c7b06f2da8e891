/** SchedulingGates: a pod is not tried while others hold it back, each by a gate of its own in `spec.schedulingGates`. */
import type { Plugin } from "../framework.ts";

const message = "Scheduling is blocked due to non-empty scheduling gates";

export function schedulingGates(): Plugin {
  return {
    name: "SchedulingGates",
    preEnqueue: ({ spec }) => (spec.schedulingGates?.length ? message : undefined),
  };
}
