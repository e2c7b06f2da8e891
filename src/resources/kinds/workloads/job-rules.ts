/**
 * What must be right in a Job, as in Kubernetes' `pkg/apis/batch/validation`, and what of it may change. Its policies have their
 * rules in job-policy-rules.ts.
 */
import type { Cause } from "../../../errors/index.ts";
import { immutable, invalidValue, misnamed, notSupported, required, tooLong } from "../../faults.ts";
import type { Job, JobSpec, PodTemplateSpec } from "../../generated/kubernetes.gen.ts";
import { dnsLabel, domainPrefixedPath } from "../../names.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";
import { labelSelectorFaults, matchesSelector } from "../../selectors/index.ts";
import { negative } from "../numbers.ts";
import { failurePolicyFaults, successPolicyFaults } from "./job-policy-rules.ts";
import { generatedLabels } from "./job-selector.ts";
import { podTemplateFaults } from "./replicaset.ts";

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;
const fixed = [
  "selector",
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;
/** The lists of indexes in the status would be too long beyond. */
const mostParallel = 100_000;
const mostFailed = 100_000;
/** From so many completions on, fewer may run and fail where each index has a limit of its own. */
const manyCompletions = 100_000;
const mostOfMany = 10_000;
const longestManagedBy = 63;

export function jobFaults(job: Draft<Job>, old?: Job): Cause[] {
  const { metadata, spec } = job;
  const causes = [...jobSpecFaults(spec, "spec"), ...selectorFaults(spec, metadata.uid !== undefined)];
  if (!old) return [...generatedFaults(job), ...causes, ...hostnameFaults(job)];
  for (const name of fixed) {
    if (!isSame(spec[name], old.spec[name])) causes.push(immutable(`spec.${name}`, spec[name]));
  }
  const before = isYetToStart(old) ? withPlacementOf(old.spec.template, spec.template) : old.spec.template;
  if (!isSame(spec.template, before)) causes.push(immutable("spec.template", spec.template));
  return causes.concat(completionFaults(spec, old.spec));
}

/** Who suspends a new Job, as queues do, may still say where its pods go. */
function isYetToStart({ spec, status }: Job): boolean {
  return spec.suspend === true && status?.startTime === undefined;
}

/** The template with what another says about labels and nodes. */
function withPlacementOf(template: PodTemplateSpec, other: PodTemplateSpec | undefined): PodTemplateSpec {
  if (!other?.spec || !template.spec) return template;
  const { nodeSelector, tolerations, schedulingGates, affinity } = other.spec;
  const { labels, annotations } = other.metadata ?? {};
  const nodeAffinity = affinity?.nodeAffinity;
  const merged = { ...template.spec.affinity, nodeAffinity };
  const isEmpty = !affinity && Object.values(merged).every(each => each === undefined);
  return {
    ...template,
    metadata: { ...template.metadata, labels, annotations },
    spec: {
      ...template.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: isEmpty ? undefined : merged,
    },
  };
}

function completionFaults({ completionMode, completions, parallelism }: JobSpec, old: JobSpec): Cause[] {
  if (completions === old.completions) return [];
  const field = "spec.completions";
  if (completionMode !== "Indexed") return [immutable(field, completions)];
  // That an Indexed Job must say how many is told elsewhere.
  if (completions === undefined || completions === parallelism) return [];
  return [invalidValue(field, completions, "can only be modified in tandem with spec.parallelism")];
}

/** The labels by which a Job's own pods are told from others: where it has them made, they are as they are made. */
function generatedFaults({ metadata, spec }: Draft<Job>): Cause[] {
  const { name = "", uid } = metadata;
  const { manualSelector, selector, template } = spec;
  if (manualSelector || !selector) return [];
  const expected = generatedLabels(name, uid ?? "");
  const causes: Cause[] = [];
  const labels = template?.metadata?.labels ?? {};
  // Before a Job is made, its template has none of them.
  for (const [key, value] of uid === undefined ? [] : Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) causes.push(required(field, `must be '${value}'`));
    else if (labels[key] !== value) causes.push(invalidValue(field, labels, `must be '${value}'`));
  }
  if (!matchesSelector(selector, expected))
    causes.push(invalidValue("spec.selector", selector, "`selector` not auto-generated"));
  return causes;
}

/** `isMade` where the Job has what the server adds. */
function selectorFaults({ selector, manualSelector, template }: JobSpec, isMade: boolean): Cause[] {
  if (!selector && !manualSelector && !isMade) return [];
  const causes = selector ? labelSelectorFaults(selector, "spec.selector") : [required("spec.selector")];
  if (causes.length > 0 && selector) return causes;
  const labels = template?.metadata?.labels;
  const isMeant = selector !== undefined && matchesSelector(selector, labels);
  // What is not made yet gets its labels later.
  if (isMeant || (!manualSelector && !isMade)) return causes;
  const detail = "`selector` does not match template `labels`";
  return [...causes, invalidValue("spec.template.metadata.labels", labels, detail)];
}

/** The pods of an Indexed Job have its name and their index as their host name. */
function hostnameFaults({ metadata, spec }: Draft<Job>): Cause[] {
  const { name } = metadata;
  const { completionMode, completions = 0 } = spec;
  if (name === undefined || completionMode !== "Indexed" || completions <= 0) return [];
  const last = `${name}-${completions - 1}`;
  if (dnsLabel(last).length === 0) return [];
  const detail = `will not able to create pod with invalid DNS label: ${last}`;
  return [invalidValue("metadata.name", name, detail)];
}

/** What is wrong with the spec of a Job, or of those that a CronJob makes. */
export function jobSpecFaults(spec: JobSpec, field: string): Cause[] {
  const { managedBy, podFailurePolicy, podReplacementPolicy, successPolicy, template } = spec;
  const causes = counts.flatMap(name => negative(`${field}.${name}`, spec[name]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    causes.push(required(`${field}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  if (managedBy === "") causes.push(required(`${field}.managedBy`));
  else causes.push(...misnamed(domainPrefixedPath, managedBy, `${field}.managedBy`));
  if ((managedBy?.length ?? 0) > longestManagedBy)
    causes.push(tooLong(`${field}.managedBy`, longestManagedBy));
  causes.push(...(spec.completionMode === "Indexed" ? indexedFaults : plainFaults)(spec, field));
  if (podFailurePolicy) causes.push(...failurePolicyFaults(spec, `${field}.podFailurePolicy`));
  if (successPolicy && spec.completionMode === "Indexed")
    causes.push(...successPolicyFaults(spec, `${field}.successPolicy`));
  if (podFailurePolicy && podReplacementPolicy === "TerminatingOrFailed")
    causes.push(notSupported(`${field}.podReplacementPolicy`, podReplacementPolicy, ["Failed"]));
  if (!template) return causes;
  causes.push(...podTemplateFaults(template, `${field}.template`));
  return causes.concat(restartPolicyFaults(spec, `${field}.template.spec.restartPolicy`));
}

function indexedFaults(
  { completions, parallelism, maxFailedIndexes: failed, backoffLimitPerIndex }: JobSpec,
  field: string,
): Cause[] {
  const causes: Cause[] = [];
  const atMost = (name: string, value = 0, most: number, detail = `${most}`) => {
    if (value > most)
      causes.push(invalidValue(`${field}.${name}`, value, `must be less than or equal to ${detail}`));
  };
  if (completions === undefined)
    causes.push(required(`${field}.completions`, "when completion mode is Indexed"));
  atMost("parallelism", parallelism, mostParallel, `${mostParallel} when completion mode is Indexed`);
  if (completions !== undefined) atMost("maxFailedIndexes", failed, completions, "completions");
  atMost("maxFailedIndexes", failed, mostFailed);
  if ((completions ?? 0) <= manyCompletions || backoffLimitPerIndex === undefined) return causes;
  if (failed === undefined) {
    const detail = `must be specified when completions is above ${manyCompletions}`;
    causes.push(required(`${field}.maxFailedIndexes`, detail));
  }
  const many = `${mostOfMany} when completions are above ${manyCompletions} and used with backoff limit per index`;
  atMost("parallelism", parallelism, mostOfMany, many);
  atMost("maxFailedIndexes", failed, mostOfMany, many);
  return causes;
}

/** What says something of indexes is for Jobs that have them. */
function plainFaults(spec: JobSpec, field: string): Cause[] {
  return (["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const)
    .filter(name => spec[name] !== undefined)
    .map(name => invalidValue(`${field}.${name}`, spec[name], "requires indexed completion mode"));
}

/** A pod that is always started again would never complete. */
function restartPolicyFaults({ template: { spec }, podFailurePolicy }: JobSpec, field: string): Cause[] {
  const { restartPolicy = "Always" } = spec ?? {};
  if (restartPolicy === "Always") return [required(field, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy !== "OnFailure" || !podFailurePolicy) return [];
  const detail = 'only "Never" is supported when podFailurePolicy is specified';
  return [invalidValue(field, restartPolicy, detail)];
}
