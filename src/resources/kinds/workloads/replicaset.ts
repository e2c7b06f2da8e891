/** ReplicaSet (`apps/v1`): so many copies of one template, whichever pods they are at the moment. */

import type { Cause } from "../../../errors/index.ts";
import type { OwnPart } from "../../definition/index.ts";
import { forbidden, invalidValue, notSupported, required } from "../../faults.ts";
import type { LabelSelector, PodTemplateSpec, ReplicaSet } from "../../generated/kubernetes.gen.ts";
import { annotationFaults, labelFaults } from "../../metadata-rules.ts";
import { isSame } from "../../sameness.ts";
import { labelSelectorFaults, matchesSelector } from "../../selectors/index.ts";
import { containersColumn, imagesColumn, selectorColumn } from "../columns/cells.ts";
import { negative } from "../numbers.ts";
import { filledPodSpec, podAnnotationFaults, podSpecFaults } from "../pod/index.ts";
import { replicasStatusFaults } from "./rollout-status-rules.ts";
import { workloadWarnings } from "./workload-warnings.ts";

export const replicaset: OwnPart<ReplicaSet> = {
  columns: [
    { name: "Desired", type: "integer", cell: ({ spec }) => spec.replicas ?? 1 },
    { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
    { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
    containersColumn,
    imagesColumn,
    selectorColumn,
  ],
  selectableFields: ["status.replicas"],
  fieldTexts: { "status.replicas": ({ status }) => String(status?.replicas ?? 0) },
  rules: {
    fill(draft) {
      const { template } = draft.spec;
      if (!template?.spec?.containers) return draft;
      const spec = filledPodSpec(template.spec);
      if (spec === template.spec) return draft;
      return { ...draft, spec: { ...draft.spec, template: { ...template, spec } } };
    },
    validate({ spec }, old) {
      const { replicas = 0, minReadySeconds = 0, selector, template } = spec;
      const causes: Cause[] = [];
      if (old && selector && !isSame(selector, old.spec.selector)) {
        causes.push(invalidValue("spec.selector", selector, "field is immutable"));
      }
      causes.push(
        ...negative("spec.replicas", replicas),
        ...negative("spec.minReadySeconds", minReadySeconds),
      );
      causes.push(...selectorFaults(selector, template, "spec"));
      if (template && template !== old?.spec.template)
        causes.push(...templateFaults(template, "spec.template"));
      return causes;
    },
    validateStatus: replicasStatusFaults,
    warnings: workloadWarnings,
    initialStatus: () => ({ replicas: 0 }),
  },
};

/** A selector that takes nothing of its own template would make copies for ever. */
export function selectorFaults(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  field: string,
  ofKind = "for deployment",
): Cause[] {
  const path = `${field}.selector`;
  const labels = template?.metadata?.labels;
  const missed = "`selector` does not match template `labels`";
  const unmatched = invalidValue(`${field}.template.metadata.labels`, labels, missed);
  if (!selector) {
    // What is not there takes nothing. That containers are missing, the schema tells too, but before all else.
    const bare = template?.spec?.containers ? [] : [required(`${field}.template.spec.containers`)];
    return [required(path), { ...unmatched, at: { field: path } }, ...bare];
  }
  const causes = labelSelectorFaults(selector, path);
  if (causes.length > 0) return [...causes, invalidValue(path, selector, "invalid label selector")];
  const { matchLabels = {}, matchExpressions = [] } = selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    return [invalidValue(path, selector, `empty selector is invalid ${ofKind}`)];
  }
  return matchesSelector(selector, labels) ? [] : [unmatched];
}

/** The template of a kind whose pods are always started again. */
export function templateFaults(template: PodTemplateSpec, field: string, kind = "ReplicaSet"): Cause[] {
  const { spec } = template;
  return [
    ...templateMetadataFaults(template, field, kind),
    ...(spec ? podSpecFaults(spec, `${field}.spec`) : []),
  ];
}

/** The same without a look at the pods themselves. */
export function templateMetadataFaults(template: PodTemplateSpec, field: string, kind: string): Cause[] {
  const causes = templateLabelFaults(template, field);
  const { restartPolicy = "Always", activeDeadlineSeconds } = template.spec ?? {};
  // An unknown policy has been told by the schema.
  if (restartPolicy === "Never" || restartPolicy === "OnFailure") {
    causes.push(notSupported(`${field}.spec.restartPolicy`, restartPolicy, ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    causes.push(forbidden(`${field}.spec.activeDeadlineSeconds`, detail));
  }
  return causes;
}

/** The template of a kind whose pods may end. */
export function podTemplateFaults(template: PodTemplateSpec, field: string): Cause[] {
  const causes = templateLabelFaults(template, field);
  return template.spec ? causes.concat(podSpecFaults(template.spec, `${field}.spec`)) : causes;
}

function templateLabelFaults({ metadata, spec }: PodTemplateSpec, field: string): Cause[] {
  return [
    ...(metadata?.labels ? labelFaults(metadata.labels, `${field}.labels`, `${field}.metadata.labels`) : []),
    ...(metadata?.annotations
      ? annotationFaults(metadata.annotations, `${field}.annotations`, `${field}.metadata.annotations`)
      : []),
    ...(metadata?.annotations && spec
      ? podAnnotationFaults(metadata.annotations, spec, `${field}.annotations`)
      : []),
  ];
}
