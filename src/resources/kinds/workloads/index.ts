/** The door of workloads/: what makes pods of a template, scales it, and says how many of them may be missing. */
export { autoscalerRules } from "./autoscaler.ts";
export { autoscalerOfV1 } from "./autoscaler-v1.ts";
export { type CronSchedule, parseCronSchedule } from "./cron-schedule.ts";
export { disruptionBudgetFaults } from "./disruption-budget-rules.ts";
export { replicaset } from "./replicaset.ts";
export {
  cronJobRules,
  daemonSetRules,
  deploymentRules,
  jobRules,
  podTemplateRules,
  replicationControllerRules,
  statefulSetRules,
} from "./workload-rules.ts";
