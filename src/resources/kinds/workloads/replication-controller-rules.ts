/**
 * What must be right in a ReplicationController, as in Kubernetes' `ValidateReplicationControllerSpec`: what a ReplicaSet's must,
 * but its selector is a map of labels, and may change.
 */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, required } from "../../faults.ts";
import type { PodTemplateSpec, ReplicationController } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { matchesSelector } from "../../selectors/index.ts";
import { negative } from "../numbers.ts";
import { templateFaults } from "./replicaset.ts";

export function replicationControllerFaults(
  { spec }: Draft<ReplicationController>,
  old?: ReplicationController,
): Cause[] {
  const { replicas, minReadySeconds, selector = {}, template } = spec ?? {};
  const causes = [
    ...negative("spec.minReadySeconds", minReadySeconds),
    ...(Object.keys(selector).length > 0 ? [] : [required("spec.selector")]),
    ...negative("spec.replicas", replicas),
  ];
  if (!template) return [...causes, required("spec.template")];
  causes.push(...selectionFaults(selector, template, "spec.template"));
  if (template === old?.spec?.template) return causes;
  return [...causes, ...templateFaults(template, "spec.template", "ReplicationController")];
}

/** One that takes nothing of its own template would make copies for ever. */
function selectionFaults(
  selector: Readonly<Record<string, string>>,
  { metadata }: PodTemplateSpec,
  field: string,
): Cause[] {
  if (matchesSelector({ matchLabels: selector }, metadata?.labels)) return [];
  const detail = "`selector` does not match template `labels`";
  return [invalidValue(`${field}.metadata.labels`, metadata?.labels, detail)];
}
