/**
 * Pod (`v1`): containers that live and die together on one node. Nearly everything that runs is one; few are
 * made by hand.
 */
import type { Cause } from "../../../errors/index.ts";
import type { OwnPart, Subresource } from "../../definition/index.ts";
import type { Pod } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { podAnnotationFaults } from "./pod-annotation-rules.ts";
import { podBinding } from "./pod-binding.ts";
import { podColumns, podRows } from "./pod-columns.ts";
import { ephemeralContainers } from "./pod-debugging.ts";
import { filledLivePodSpec } from "./pod-defaults.ts";
import { podEviction } from "./pod-eviction.ts";
import { hasEnded } from "./pod-phase.ts";
import { resize } from "./pod-resize.ts";
import { podSpecFaults } from "./pod-spec-rules.ts";
import { podUpdateFaults } from "./pod-update-rules.ts";
import { nameWarnings, podWarnings } from "./pod-warnings.ts";
import { qosClassOf } from "./qos-class.ts";

/** What a pod is given that says nothing of it. */
const defaultGraceSeconds = 30;

export const pod: OwnPart<Pod> = {
  columns: podColumns,
  rows: podRows,
  // The rules of a subresource are only ever given objects of its kind.
  subresources: [podBinding, podEviction, ephemeralContainers as Subresource, resize as Subresource],
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
  fieldTexts: {
    "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
    "status.podIP": ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? "",
    // It can be asked for, and stands for nothing.
    "status.podIPs": () => "",
  },
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
      const { annotations } = pod.metadata;
      if (!old || annotations !== old.metadata.annotations) {
        const before = old && (old.metadata.annotations ?? {});
        causes.push(...podAnnotationFaults(annotations, pod.spec, "metadata.annotations", before));
      }
      if (old?.spec === pod.spec) return causes;
      // Those that were added since are not its writer's.
      const { ephemeralContainers: added, ...spec } = pod.spec;
      const isAsBefore = old !== undefined && added !== undefined && added === old.spec.ephemeralContainers;
      return causes.concat(podSpecFaults(isAsBefore ? spec : pod.spec, "spec", pod.metadata));
    },
    warnings: ({ metadata, spec }, old) => [
      ...(old ? [] : nameWarnings(metadata, "the Pod's hostname")),
      ...(old?.spec === spec ? [] : podWarnings(metadata, spec)),
    ],
    initialStatus: ({ spec }: Draft<Pod>) => ({ phase: "Pending", qosClass: qosClassOf(spec) }),
    // A pod that no node has taken up yet, or whose containers have ended, has nothing to stop. A negative time is a second.
    graceSeconds(pod, asked) {
      if (!pod.spec.nodeName || hasEnded(pod)) return 0;
      const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
      return seconds < 0 ? 1 : seconds;
    },
  },
};
