/**
 * What of a pod may change once it is there: hardly anything. A pod is not edited but replaced; what wants to change pods
 * is a controller, and changes its template.
 */

import type { Cause } from "../../../errors/index.ts";
import { forbidden, invalidValue } from "../../faults.ts";
import type { PodContainer, PodSpec, Toleration } from "../../generated/kubernetes.gen.ts";
import { isSame } from "../../sameness.ts";
import { gateFaults, narrowingFaults, withOldPlacement } from "./gated-pod-rules.ts";

const sentence =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

export function podUpdateFaults(spec: PodSpec, old: PodSpec): Cause[] {
  if (spec === old) return [];
  const counts = (["containers", "initContainers"] as const).filter(
    name => (spec[name]?.length ?? 0) !== (old[name]?.length ?? 0),
  );
  if (counts.length > 0) {
    return counts.map(name => forbidden(`spec.${name}`, "pod updates may not add or remove containers"));
  }
  const causes = deadlineFaults(spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  causes.push(...tolerationChangeFaults(spec.tolerations ?? [], old.tolerations ?? []));
  causes.push(...gateFaults(spec, old), ...narrowingFaults(spec, old));
  const changed = fixedFieldsChanged(withOldValues(spec, old), old);
  if (changed.length > 0) causes.push(forbidden("spec", `${sentence}; changed: ${changed.join(", ")}`));
  return causes;
}

/** The new spec as it would be if what may change had not. */
function withOldValues(spec: PodSpec, old: PodSpec): PodSpec {
  return {
    ...withOldPlacement(spec, old),
    containers: withOldImages(spec.containers, old.containers),
    initContainers: spec.initContainers && withOldImages(spec.initContainers, old.initContainers ?? []),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    // Binding gives a pod its node, once.
    nodeName: old.nodeName ? spec.nodeName : old.nodeName,
    terminationGracePeriodSeconds: isCorrected(spec, old)
      ? old.terminationGracePeriodSeconds
      : spec.terminationGracePeriodSeconds,
  };
}

function withOldImages(
  containers: readonly PodContainer[],
  old: readonly PodContainer[],
): readonly PodContainer[] {
  return containers.map((container, i) =>
    container.image === old[i]?.image ? container : { ...container, image: old[i]?.image },
  );
}

function isCorrected(spec: PodSpec, old: PodSpec): boolean {
  return (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
}

/** Their paths, so that a user sees which it was. */
function fixedFieldsChanged(spec: PodSpec, old: PodSpec): string[] {
  const names = new Set([...Object.keys(spec), ...Object.keys(old)]) as Set<keyof PodSpec>;
  return [...names]
    .filter(name => spec[name] !== old[name] && !isSame(spec[name], old[name]))
    .map(name => `spec.${name}`);
}

function deadlineFaults(deadline: number | undefined, old: number | undefined): Cause[] {
  if (old === undefined || deadline === old) return [];
  const field = "spec.activeDeadlineSeconds";
  if (deadline === undefined)
    return [invalidValue(field, null, "must not update from a positive integer to nil value")];
  return deadline > old
    ? [invalidValue(field, deadline, "must be less than or equal to previous value")]
    : [];
}

/** New ones may come; of the old ones only the seconds may change. */
function tolerationChangeFaults(tolerations: readonly Toleration[], old: readonly Toleration[]): Cause[] {
  if (tolerations === old) return [];
  const isKept = (before: Toleration) =>
    tolerations.some(after =>
      isSame({ ...after, tolerationSeconds: 0 }, { ...before, tolerationSeconds: 0 }),
    );
  if (old.every(isKept)) return [];
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  return [forbidden("spec.tolerations", detail)];
}
