/**
 * What must be right in the status of a Job that is written, as in Kubernetes' `ValidateJobUpdateStatus`. Controllers of others write
 * it too (`managedBy`): a Job that has ended stays so, and what its counts say fits together. What is not changed is not told: a change
 * of the spec may have made it wrong, and its controller has yet to see that.
 */
import type { Cause } from "../../../errors/index.ts";
import { duplicate, invalidValue, required } from "../../faults.ts";
import type { Job, JobStatus } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { isSame } from "../../sameness.ts";
import { negative } from "../numbers.ts";
import { countOfIndexes, overlapOfIndexes } from "./job-index-rules.ts";

const counts = ["active", "succeeded", "failed", "ready", "terminating"] as const;
const terminal = ["Failed", "Complete", "FailureTarget"] as const;

export function jobStatusFaults({ spec, status = {} }: Draft<Job>, { status: old = {} }: Job): Cause[] {
  const change = changesOf(status, old);
  return [
    ...counts.flatMap(name => negative(`status.${name}`, status[name])),
    ...uncountedFaults(status),
    ...conditionFaults(status, old, spec.successPolicy !== undefined, change),
    ...timeFaults(status, old, spec.suspend === true, change),
    ...endFaults(status, change),
    ...indexFaults(spec, status, change),
    ...decreaseFaults(spec, status, old),
  ];
}

type Change = ReturnType<typeof changesOf>;

function changesOf(status: JobStatus, old: JobStatus) {
  const differs = (name: keyof JobStatus) => !isSame(status[name], old[name]);
  const flips = (type: string) => has(status, type) !== has(old, type);
  return {
    complete: flips("Complete"),
    failed: flips("Failed"),
    failureTarget: flips("FailureTarget"),
    successCriteriaMet: flips("SuccessCriteriaMet"),
    finished: isFinished(status) !== isFinished(old),
    differs,
  };
}

function has({ conditions = [] }: JobStatus, wanted: string): boolean {
  return conditions.some(({ type, status }) => type === wanted && status === "True");
}

function isFinished(status: JobStatus): boolean {
  return has(status, "Complete") || has(status, "Failed");
}

/** What is wrong with the list of conditions, which Kubernetes does not print. */
function conditionFault(detail: string): Cause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${detail}`, field: "status.conditions" };
}

function uncountedFaults({ uncountedTerminatedPods: pods }: JobStatus): Cause[] {
  const seen = new Set<string>();
  return (["succeeded", "failed"] as const).flatMap(name =>
    (pods?.[name] ?? []).flatMap((uid, i) => {
      const path = `status.uncountedTerminatedPods.${name}[${i}]`;
      if (uid === "") return [invalidValue(path, uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(path, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function conditionFaults(status: JobStatus, old: JobStatus, hasPolicy: boolean, change: Change): Cause[] {
  const [isComplete, isFailed] = [has(status, "Complete"), has(status, "Failed")];
  const [isMet, isTarget] = [has(status, "SuccessCriteriaMet"), has(status, "FailureTarget")];
  const wrong: string[] = [];
  if ((change.complete || change.failed) && isComplete && isFailed)
    wrong.push("cannot set Complete=True and Failed=true conditions");
  if ((change.complete || change.failureTarget) && isComplete && isTarget)
    wrong.push("cannot set Complete=True and FailureTarget=true conditions");
  if ((change.failed || change.failureTarget) && isFailed && !isTarget)
    wrong.push("cannot set Failed=True condition without the FailureTarget=true condition");
  if ((change.complete || change.successCriteriaMet) && isComplete && !isMet)
    wrong.push("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  if (isMet && isFailed) wrong.push("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (isMet && isTarget) wrong.push("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  if (hasPolicy && isComplete && !isMet)
    wrong.push("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  for (const type of terminal)
    if (has(old, type) && !has(status, type))
      wrong.push(`cannot disable the terminal ${type}=True condition`);
  const wasMet = has(old, "SuccessCriteriaMet");
  if (wasMet && !isMet) wrong.push("cannot disable the SuccessCriteriaMet=True condition");
  if (has(old, "Complete") && !wasMet && isMet)
    wrong.push("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  return wrong.map(conditionFault);
}

function timeFaults(status: JobStatus, old: JobStatus, isSuspended: boolean, change: Change): Cause[] {
  const { startTime: start, completionTime: end } = status;
  const isComplete = has(status, "Complete");
  const path = "status.completionTime";
  const causes: Cause[] = [];
  if (change.complete || change.differs("completionTime")) {
    if (end !== undefined && !isComplete) {
      const detail = "cannot set completionTime when there is no Complete=True condition";
      causes.push(invalidValue(path, end, detail));
    }
    if (end === undefined && isComplete)
      causes.push(required(path, "completionTime is required for Complete jobs"));
  }
  const hasChanged = change.differs("startTime") || change.differs("completionTime");
  if (hasChanged && start !== undefined && end !== undefined && Date.parse(end) < Date.parse(start))
    causes.push(invalidValue(path, end, "completionTime cannot be set before startTime"));
  if (end !== undefined && old.completionTime !== undefined && end !== old.completionTime)
    causes.push(invalidValue(path, end, "completionTime cannot be mutated"));
  if ((change.finished || change.differs("startTime")) && start === undefined && isFinished(status))
    causes.push(required("status.startTime", "startTime is required for finished job"));
  if (old.startTime !== undefined && start !== old.startTime && !isSuspended)
    causes.push(required("status.startTime", "startTime cannot be removed for unsuspended job"));
  return causes;
}

/** A Job has not ended while pods of it run, or are not counted. */
function endFaults(status: JobStatus, change: Change): Cause[] {
  const { active = 0, terminating = 0, ready = 0, uncountedTerminatedPods: uncounted } = status;
  const { succeeded = [], failed = [] } = uncounted ?? {};
  const causes: Cause[] = [];
  if ((change.differs("ready") || change.differs("active")) && ready > active)
    causes.push(invalidValue("status.ready", ready, "cannot set more ready pods than active"));
  if (!isFinished(status)) return causes;
  const isNew = (name: keyof JobStatus) => change.finished || change.differs(name);
  if (isNew("active") && active > 0)
    causes.push(invalidValue("status.active", active, "active>0 is invalid for finished job"));
  if (isNew("uncountedTerminatedPods") && succeeded.length + failed.length > 0) {
    const detail = "uncountedTerminatedPods needs to be empty for finished job";
    causes.push(invalidValue("status.uncountedTerminatedPods", uncounted, detail));
  }
  if (isNew("terminating") && terminating > 0)
    causes.push(invalidValue("status.terminating", terminating, "terminating>0 is invalid for finished job"));
  return causes;
}

function indexFaults(spec: Job["spec"], status: JobStatus, { differs }: Change): Cause[] {
  const { completions, completionMode, backoffLimitPerIndex } = spec;
  const { completedIndexes = "", failedIndexes } = status;
  const causes: Cause[] = [];
  const told = (name: "completedIndexes" | "failedIndexes", detail: string) =>
    causes.push(invalidValue(`status.${name}`, status[name], detail));
  const wrongIn = (text: string) => {
    const found = completions === undefined ? undefined : countOfIndexes(text, completions);
    return found && "wrong" in found ? found.wrong : undefined;
  };
  if (differs("completedIndexes")) {
    const wrong = wrongIn(completedIndexes);
    if (wrong) told("completedIndexes", `error parsing completedIndexes: ${wrong}`);
    if (completedIndexes !== "" && completionMode !== "Indexed")
      told("completedIndexes", "cannot set non-empty completedIndexes when non-indexed completion mode");
  }
  if (differs("failedIndexes") && failedIndexes !== undefined) {
    const wrong = backoffLimitPerIndex === undefined ? undefined : wrongIn(failedIndexes);
    if (wrong) told("failedIndexes", `error parsing failedIndexes: ${wrong}`);
    if (backoffLimitPerIndex === undefined)
      told("failedIndexes", "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
  }
  if (!differs("completedIndexes") && !differs("failedIndexes")) return causes;
  const both = overlapOfIndexes(completedIndexes, failedIndexes ?? "");
  if (completions !== undefined && both !== undefined)
    told("failedIndexes", `failedIndexes and completedIndexes overlap at index: ${both}`);
  return causes;
}

/** An Indexed Job that grows and shrinks with its completions may have fewer successes than before. */
function decreaseFaults(spec: Job["spec"], status: JobStatus, old: JobStatus): Cause[] {
  const isElastic = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  const names = isElastic ? (["failed"] as const) : (["failed", "succeeded"] as const);
  return names.flatMap(name => {
    const now = status[name] ?? 0;
    if (now >= (old[name] ?? 0)) return [];
    return [invalidValue(`status.${name}`, now, `cannot decrease the ${name} counter`)];
  });
}
