/**
 * The defaults of workloads that depend on other fields: of their pod templates, their strategies, a Job's selector. What
 * each starts with as its status stands here too.
 */

import type { KindRules } from "../../definition/index.ts";
import type {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  JobSpec,
  PodTemplate,
  PodTemplateSpec,
  ReplicationController,
  StatefulSet,
} from "../../generated/kubernetes.gen.ts";
import { isSame } from "../../sameness.ts";
import { filledPodSpec, podWarnings } from "../pod/index.ts";
import { cronJobFaults } from "./cron-job-rules.ts";
import { jobFaults } from "./job-rules.ts";
import { withOwnSelector } from "./job-selector.ts";
import { jobStatusFaults } from "./job-status-rules.ts";
import { podTemplateFaults } from "./replicaset.ts";
import { replicationControllerFaults } from "./replication-controller-rules.ts";
import { daemonSetFaults, deploymentFaults, statefulSetFaults } from "./rollout-rules.ts";
import {
  daemonSetStatusFaults,
  deploymentStatusFaults,
  replicasStatusFaults,
  statefulSetStatusFaults,
} from "./rollout-status-rules.ts";
import { workloadWarnings } from "./workload-warnings.ts";

/** The same template where nothing was missing. */
function filledTemplate(template: PodTemplateSpec): PodTemplateSpec {
  if (!template?.spec?.containers) return template;
  const spec = filledPodSpec(template.spec);
  return spec === template.spec ? template : { ...template, spec };
}

export const deploymentRules: KindRules<Deployment> = {
  validate: deploymentFaults,
  validateStatus: deploymentStatusFaults,
  warnings: workloadWarnings,
  fill(draft) {
    const { template, strategy = {} } = draft.spec;
    const isRolling = strategy.type === "RollingUpdate";
    const rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...strategy.rollingUpdate };
    return {
      ...draft,
      spec: {
        ...draft.spec,
        template: filledTemplate(template),
        strategy: isRolling ? { ...strategy, rollingUpdate } : strategy,
      },
    };
  },
  initialStatus: () => ({}),
};

const templateGeneration = "deprecated.daemonset.template.generation";

/** How often the template has changed. It is the server's: what a client writes there does not count. */
function generationOf(template: DaemonSet["spec"]["template"], old: DaemonSet | undefined): string {
  if (!old) return "1";
  const before = old.metadata.annotations?.[templateGeneration] ?? "1";
  return isSame(filledTemplate(template), old.spec.template) ? before : String(Number(before) + 1);
}

export const daemonSetRules: KindRules<DaemonSet> = {
  validate: daemonSetFaults,
  validateStatus: daemonSetStatusFaults,
  warnings: workloadWarnings,
  fill(draft, old) {
    const { template, updateStrategy = {} } = draft.spec;
    const isRolling = updateStrategy.type === "RollingUpdate";
    const rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...updateStrategy.rollingUpdate };
    const annotations = { ...draft.metadata.annotations };
    annotations[templateGeneration] = generationOf(template, old);
    return {
      ...draft,
      metadata: { ...draft.metadata, annotations },
      spec: {
        ...draft.spec,
        template: filledTemplate(template),
        updateStrategy: isRolling ? { ...updateStrategy, rollingUpdate } : updateStrategy,
      },
    };
  },
  initialStatus: () => ({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
};

export const statefulSetRules: KindRules<StatefulSet> = {
  validate: statefulSetFaults,
  validateStatus: statefulSetStatusFaults,
  warnings: workloadWarnings,
  fill(draft) {
    const { template, updateStrategy = {}, volumeClaimTemplates } = draft.spec;
    const isRolling = updateStrategy.type === "RollingUpdate";
    const rollingUpdate = { partition: 0, maxUnavailable: 1, ...updateStrategy.rollingUpdate };
    return {
      ...draft,
      spec: {
        ...draft.spec,
        template: filledTemplate(template),
        updateStrategy: isRolling ? { ...updateStrategy, rollingUpdate } : updateStrategy,
        ...(volumeClaimTemplates && {
          volumeClaimTemplates: volumeClaimTemplates.map(claim => ({
            ...claim,
            apiVersion: "v1" as const,
            kind: "PersistentVolumeClaim" as const,
            status: { ...claim.status, phase: "Pending" as const },
          })),
        }),
      },
    };
  },
  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
};

/** What a Job's defaults add to its spec, in Jobs and in what CronJobs make them from. */
function filledJobSpec(spec: JobSpec): JobSpec {
  const { parallelism, completions, backoffLimitPerIndex, podFailurePolicy, backoffLimit } = spec;
  const isQueue = parallelism !== undefined && completions === undefined;
  return {
    ...spec,
    parallelism: parallelism ?? 1,
    ...(!isQueue && { completions: completions ?? 1 }),
    backoffLimit: backoffLimit ?? (backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1),
    podReplacementPolicy: spec.podReplacementPolicy ?? (podFailurePolicy ? "Failed" : "TerminatingOrFailed"),
    template: filledTemplate(spec.template),
  };
}

export const jobRules: KindRules<Job> = {
  validate: jobFaults,
  validateStatus: jobStatusFaults,
  warnings: workloadWarnings,
  fill(draft) {
    if (!draft.spec.template) return draft;
    const spec = { ...filledJobSpec(draft.spec), manualSelector: draft.spec.manualSelector ?? false };
    const { metadata } = draft;
    // Labels of the object are those of its template where it has none.
    const labels = metadata.labels ?? spec.template.metadata?.labels;
    return { ...draft, metadata: labels ? { ...metadata, labels } : metadata, spec };
  },
  prepare: withOwnSelector,
  initialStatus: () => ({}),
};

export const cronJobRules: KindRules<CronJob> = {
  validate: cronJobFaults,
  warnings({ spec }, old) {
    const { template } = spec?.jobTemplate?.spec ?? {};
    if (template === old?.spec?.jobTemplate?.spec?.template) return [];
    return podWarnings(template?.metadata, template?.spec, "spec.jobTemplate.spec.template.");
  },
  fill(draft) {
    const { jobTemplate } = draft.spec;
    if (!jobTemplate?.spec?.template) return draft;
    const template = filledTemplate(jobTemplate.spec.template);
    return {
      ...draft,
      spec: { ...draft.spec, jobTemplate: { ...jobTemplate, spec: { ...jobTemplate.spec, template } } },
    };
  },
  initialStatus: () => ({}),
};

export const replicationControllerRules: KindRules<ReplicationController> = {
  validate: replicationControllerFaults,
  validateStatus: replicasStatusFaults,
  warnings: workloadWarnings,
  fill(draft) {
    const { template, selector = {} } = draft.spec;
    if (!template) return draft;
    const { labels } = template.metadata ?? {};
    const isChosen = Object.keys(selector).length > 0;
    return {
      ...draft,
      metadata: draft.metadata.labels || !labels ? draft.metadata : { ...draft.metadata, labels },
      spec: {
        ...draft.spec,
        template: filledTemplate(template),
        ...(!isChosen && labels && { selector: labels }),
      },
    };
  },
  initialStatus: () => ({ replicas: 0 }),
};

export const podTemplateRules: KindRules<PodTemplate> = {
  warnings: ({ template }, old) =>
    template === old?.template ? [] : podWarnings(template?.metadata, template?.spec, "template."),
  validate: ({ template }, old) =>
    template && template !== old?.template ? podTemplateFaults(template, "template") : [],
  fill: draft => (draft.template ? { ...draft, template: filledTemplate(draft.template) } : draft),
};
