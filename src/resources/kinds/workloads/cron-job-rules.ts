/** What must be right in a CronJob, as in Kubernetes' `pkg/apis/batch/validation`: its schedule, its zone, the Jobs that it makes. */
import type { Cause } from "../../../errors/index.ts";
import { invalidValue, notSupported, required } from "../../faults.ts";
import type { CronJob } from "../../generated/kubernetes.gen.ts";
import type { Draft } from "../../object.ts";
import { isTimeZone } from "../../time-zones.ts";
import { negative } from "../numbers.ts";
import { parseCronSchedule } from "./cron-schedule.ts";
import { jobSpecFaults } from "./job-rules.ts";

const longestCronJobName = 52;
const counts = ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const;

export function cronJobFaults({ metadata, spec }: Draft<CronJob>, old?: CronJob): Cause[] {
  const { name = "" } = metadata;
  const { schedule, timeZone, jobTemplate } = spec;
  const causes = counts.flatMap(field => negative(`spec.${field}`, spec[field]));
  if (schedule === "") causes.push(required("spec.schedule"));
  else if (schedule !== undefined) causes.push(...scheduleFaults(schedule));
  if (timeZone !== undefined && timeZone !== old?.spec.timeZone) causes.push(...timeZoneFaults(timeZone));
  if (jobTemplate?.spec) {
    const { selector, manualSelector } = jobTemplate.spec;
    const field = "spec.jobTemplate.spec";
    causes.push(...jobSpecFaults(jobTemplate.spec, field));
    if (selector)
      causes.push(invalidValue(`${field}.selector`, selector, "`selector` will be auto-generated"));
    if (manualSelector)
      causes.push(notSupported(`${field}.manualSelector`, manualSelector, ["nil", "false"]));
  }
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
  return isTimeZone(timeZone)
    ? []
    : [invalidValue("spec.timeZone", timeZone, `unknown time zone ${timeZone}`)];
}
