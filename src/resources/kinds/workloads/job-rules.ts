/** What must be right in a Job and in a CronJob, as in Kubernetes' `pkg/apis/batch/validation`. */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, invalidValue, notSupported, required } from "../../faults.ts";
import type { CronJob, Job, JobSpec, PodFailurePolicyRule } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";
import { negative } from "../numbers.ts";
import { parseCronSchedule } from "./cron-schedule.ts";
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
const longestCronJobName = 52;

export function jobFaults({ spec }: Draft<Job>, old?: Job): Cause[] {
  const causes = jobSpecFaults(spec, "spec");
  if (!old) return causes;
  const names = old.spec.suspend ? fixed : ([...fixed, "template"] as const);
  for (const name of names) {
    if (isSame(spec[name], old.spec[name])) continue;
    causes.push(invalidValue(`spec.${name}`, spec[name], "field is immutable"));
  }
  const isElastic = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  if (!isElastic && spec.completions !== old.spec.completions)
    causes.push(invalidValue("spec.completions", spec.completions, "field is immutable"));
  return causes;
}

function jobSpecFaults(spec: JobSpec, field: string): Cause[] {
  const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes, template } = spec;
  const causes = counts.flatMap(name => negative(`${field}.${name}`, spec[name]));
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    causes.push(required(`${field}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
  if (completionMode === "Indexed") {
    if (completions === undefined)
      causes.push(required(`${field}.completions`, "when completion mode is Indexed"));
    else if ((maxFailedIndexes ?? 0) > completions) {
      const detail = "must be less than or equal to completions";
      causes.push(invalidValue(`${field}.maxFailedIndexes`, maxFailedIndexes, detail));
    }
  } else {
    for (const name of ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const) {
      if (spec[name] === undefined) continue;
      causes.push(invalidValue(`${field}.${name}`, spec[name], "requires indexed completion mode"));
    }
  }
  if (spec.podFailurePolicy && spec.podReplacementPolicy === "TerminatingOrFailed")
    causes.push(notSupported(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, ["Failed"]));
  spec.podFailurePolicy?.rules?.forEach((rule, i) => {
    causes.push(...failureRuleFaults(rule, spec, `${field}.podFailurePolicy.rules[${i}]`));
  });
  if (!template) return causes;
  causes.push(...podTemplateFaults(template, `${field}.template`));
  return causes.concat(restartPolicyFaults(spec, `${field}.template.spec.restartPolicy`));
}

/** A pod that is always started again would never complete. */
function restartPolicyFaults({ template: { spec }, podFailurePolicy }: JobSpec, field: string): Cause[] {
  const { restartPolicy = "Always" } = spec ?? {};
  if (restartPolicy === "Always") return [required(field, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy !== "OnFailure" || !podFailurePolicy) return [];
  const detail = 'only "Never" is supported when podFailurePolicy is specified';
  return [invalidValue(field, restartPolicy, detail)];
}

function failureRuleFaults(rule: PodFailurePolicyRule, spec: JobSpec, field: string): Cause[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const causes: Cause[] = [];
  if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined)
    causes.push(invalidValue(`${field}.action`, action, "requires the backoffLimitPerIndex to be set"));
  const { operator, values = [] } = onExitCodes ?? {};
  values.forEach((value, i) => {
    const path = `${field}.onExitCodes.values[${i}]`;
    if (value === 0 && operator === "In")
      causes.push(invalidValue(path, value, "must not be 0 for the In operator"));
    if (values.indexOf(value) < i) causes.push(duplicate(path, value));
  });
  if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? 0)))
    causes.push(invalidValue(`${field}.onExitCodes.values`, values, "must be ordered"));
  const both = "specifying both OnExitCodes and OnPodConditions is not supported";
  const none = "specifying one of OnExitCodes and OnPodConditions is required";
  const hasConditions = onPodConditions.length > 0;
  if (!onExitCodes === !hasConditions) {
    const message = `Invalid value: ${hasConditions ? both : none}`;
    causes.push({ reason: "FieldValueInvalid", field, message });
  }
  return causes;
}

export function cronJobFaults({ metadata, spec }: Draft<CronJob>, old?: CronJob): Cause[] {
  const { name = "" } = metadata;
  const { schedule, timeZone, jobTemplate } = spec;
  const causes = ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"].flatMap(
    field => negative(`spec.${field}`, spec[field as "startingDeadlineSeconds"]),
  );
  if (schedule === "") causes.push(required("spec.schedule"));
  else if (schedule !== undefined) causes.push(...scheduleFaults(schedule));
  if (timeZone !== undefined) causes.push(...timeZoneFaults(timeZone));
  if (jobTemplate?.spec?.template) causes.push(...jobSpecFaults(jobTemplate.spec, "spec.jobTemplate.spec"));
  // The controller puts the time behind the name of each Job.
  if (!old && name.length > longestCronJobName) {
    const detail = `must be no more than ${longestCronJobName} characters`;
    causes.push(invalidValue("metadata.name", name, detail));
  }
  return causes;
}

/** The zone has a field of its own. */
function scheduleFaults(schedule: string): Cause[] {
  const causes: Cause[] = [];
  try {
    parseCronSchedule(schedule.replace(/^(CRON_)?TZ=\S+ /, ""));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    causes.push(invalidValue("spec.schedule", schedule, error.message));
  }
  const detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
  if (schedule.includes("TZ")) causes.push(invalidValue("spec.schedule", schedule, detail));
  return causes;
}

function timeZoneFaults(timeZone: string): Cause[] {
  if (timeZone === "") return [invalidValue("spec.timeZone", "", "timeZone must be nil or non-empty string")];
  if (timeZone.toLowerCase() === "local") {
    const detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    return [invalidValue("spec.timeZone", timeZone, detail)];
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [invalidValue("spec.timeZone", timeZone, `unknown time zone ${timeZone}`)];
  }
}
