/** RuntimeClass (`node.k8s.io/v1`): a name for a way to run containers: `thread`, `process`, `hollow`. */
import type { Cause } from "../../errors/index.ts";
import type { OwnPart } from "../definition/index.ts";
import { invalidValue, required } from "../faults.ts";
import type { RuntimeClass } from "../generated/kubernetes.gen.ts";
import { labelFaults } from "../metadata-rules.ts";
import { dnsLabel } from "../names.ts";
import { resourceFaults, tolerationFaults } from "./pod/index.ts";

export const runtimeclass: OwnPart<RuntimeClass> = {
  columns: [{ name: "Handler", cell: ".handler" }],
  rules: {
    validate({ handler, scheduling, overhead }, old) {
      const causes: Cause[] = [];
      if (handler === "") causes.push(required("handler"));
      else if (handler)
        causes.push(...dnsLabel(handler).map(wrong => invalidValue("handler", handler, wrong)));
      // Pods that run already would not be told.
      if (old && handler !== old.handler) causes.push(invalidValue("handler", handler, "field is immutable"));
      const { nodeSelector, tolerations } = scheduling ?? {};
      if (nodeSelector) causes.push(...labelFaults(nodeSelector, "scheduling.nodeSelector"));
      if (tolerations) causes.push(...tolerationFaults(tolerations, "scheduling.tolerations"));
      return causes.concat(overheadFaults(overhead?.podFixed));
    },
  },
};

/** Kubernetes looks at it as at the limits of a container, and says so. */
function overheadFaults(podFixed: Readonly<Record<string, string>> = {}): Cause[] {
  return resourceFaults({ limits: podFixed }, "overhead").map(({ at, ...cause }) => {
    const { field, ...rest } = at ?? cause;
    return { ...cause, at: { ...rest, field: field.replace("overhead.limits", "overhead.podFixed") } };
  });
}
