/**
 * Pod (`v1`): containers that live and die together on one node. Nearly everything that runs is one; few are
 * made by hand.
 */
import type { Cause } from "../../../errors/index.ts";
import type { OwnPart } from "../../definition/index.ts";
import type { Pod, PodSpec } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { parseQuantity } from "../../quantity.ts";
import { podBinding } from "./pod-binding.ts";
import { podColumns } from "./pod-columns.ts";
import { filledLivePodSpec } from "./pod-defaults.ts";
import { podEviction } from "./pod-eviction.ts";
import { hasEnded } from "./pod-phase.ts";
import { podSpecFaults } from "./pod-spec-rules.ts";
import { podUpdateFaults } from "./pod-update-rules.ts";

/** What a pod is given that says nothing of it. */
const defaultGraceSeconds = 30;

export const pod: OwnPart<Pod> = {
  columns: podColumns,
  subresources: [podBinding, podEviction],
  selectableFields: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  rules: {
    fill(draft) {
      const { containers } = draft.spec;
      // What has no containers is told so; there is nothing to fill in.
      if (!containers) return draft;
      const spec = filledLivePodSpec(draft.spec);
      return spec === draft.spec ? draft : { ...draft, spec };
    },
    validate(pod, old) {
      const causes: Cause[] = old ? podUpdateFaults(pod.spec, old.spec) : [];
      return old?.spec === pod.spec ? causes : causes.concat(podSpecFaults(pod.spec, "spec"));
    },
    initialStatus: ({ spec }: Draft<Pod>) => ({ phase: "Pending", qosClass: qosClassOf(spec) }),
    // A pod that no node has taken up yet, or whose containers have ended, has nothing to stop.
    graceSeconds: (pod, asked) =>
      !pod.spec.nodeName || hasEnded(pod)
        ? 0
        : (asked ?? pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds),
  },
};

type QosClass = "BestEffort" | "Burstable" | "Guaranteed";

/**
 * How well the pod is off when its node runs short: Guaranteed when every container has equal requests and limits of
 * processor and memory, BestEffort when none has any.
 */
function qosClassOf({ containers = [], initContainers = [] }: PodSpec): QosClass {
  let hasAny = false;
  let isGuaranteed = true;
  for (const { resources } of [...containers, ...initContainers]) {
    const { limits = {}, requests = {} } = resources ?? {};
    for (const name of ["cpu", "memory"]) {
      const [limit, request] = [amount(limits[name]), amount(requests[name])];
      hasAny ||= limit > 0n || request > 0n;
      isGuaranteed &&= limit > 0n && limit === request;
    }
  }
  if (!hasAny) return "BestEffort";
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function amount(quantity: string | undefined): bigint {
  return quantity === undefined ? 0n : parseQuantity(quantity).billionths;
}
