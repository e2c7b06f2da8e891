/** Facts of `apps`, `batch`, `autoscaling`, `policy` and `scheduling.k8s.io`. */
import { type FieldFacts, mergedBy } from "./field-facts.ts";

export const workloads: Record<string, Record<string, FieldFacts>> = {
  AutoscalingV1CrossVersionObjectReference: {
    $: { atomic: true },
  },
  AutoscalingV1HorizontalPodAutoscaler: {
    $: { required: [] },
    spec: { default: {} },
  },
  AutoscalingV1HorizontalPodAutoscalerSpec: {
    minReplicas: { default: 1 },
  },
  CronJob: {
    $: { required: [] },
    spec: { default: {} },
  },
  CronJobSpec: {
    concurrencyPolicy: { enum: ["Allow", "Forbid", "Replace"], default: "Allow" },
    failedJobsHistoryLimit: { default: 1 },
    jobTemplate: { default: {} },
    successfulJobsHistoryLimit: { default: 3 },
    suspend: { default: false },
  },
  DaemonSet: {
    spec: { default: {} },
  },
  DaemonSetSpec: {
    revisionHistoryLimit: { default: 10 },
    template: { default: {} },
    updateStrategy: { default: {} },
  },
  DaemonSetStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  DaemonSetUpdateStrategy: {
    type: { enum: ["OnDelete", "RollingUpdate"], default: "RollingUpdate" },
  },
  Deployment: {
    spec: { default: {} },
  },
  DeploymentSpec: {
    progressDeadlineSeconds: { default: 600 },
    replicas: { default: 1 },
    revisionHistoryLimit: { default: 10 },
    strategy: { default: {} },
    template: { default: {} },
  },
  DeploymentStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  DeploymentStrategy: {
    type: { enum: ["Recreate", "RollingUpdate"], default: "RollingUpdate" },
  },
  HorizontalPodAutoscaler: {
    $: { required: [] },
    spec: { default: {} },
  },
  HPAScalingRules: {
    policies: { emptyIsKept: true },
  },
  HorizontalPodAutoscalerSpec: {
    minReplicas: { default: 1 },
  },
  HorizontalPodAutoscalerStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  Job: {
    spec: { default: {} },
  },
  JobSpec: {
    completionMode: {
      enum: ["Indexed", "NonIndexed"],
      toldAs: ["NonIndexed", "Indexed"],
      default: "NonIndexed",
    },
    podReplacementPolicy: { enum: ["Failed", "TerminatingOrFailed"] },
    suspend: { default: false },
    template: { default: {} },
  },
  JobTemplateSpec: {
    metadata: { default: {} },
    spec: { default: {} },
  },
  PodDisruptionBudgetSpec: {
    unhealthyPodEvictionPolicy: { enum: ["AlwaysAllow", "IfHealthyBudget"] },
  },
  PodDisruptionBudgetStatus: {
    $: { required: ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] },
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  PodFailurePolicyOnExitCodesRequirement: {
    operator: { enum: ["In", "NotIn"] },
    values: { listType: "set" },
  },
  PodFailurePolicyOnPodConditionsPattern: { status: { default: "True", emptyIsUnset: true } },
  PodFailurePolicyRule: {
    action: { enum: ["Count", "FailIndex", "FailJob", "Ignore"] },
  },
  PriorityClass: {
    $: { required: ["value"] },
    preemptionPolicy: {
      enum: ["Never", "PreemptLowerPriority"],
      toldAs: ["PreemptLowerPriority", "Never"],
      default: "PreemptLowerPriority",
    },
  },
  ReplicaSet: {
    spec: { default: {} },
  },
  ReplicaSetSpec: {
    template: { default: {} },
    replicas: { default: 1 },
  },
  ReplicaSetStatus: {
    conditions: { ...mergedBy("type") },
  },
  StatefulSet: {
    spec: { default: {} },
  },
  StatefulSetPersistentVolumeClaimRetentionPolicy: {
    whenDeleted: { default: "Retain" },
    whenScaled: { default: "Retain" },
  },
  StatefulSetSpec: {
    persistentVolumeClaimRetentionPolicy: { default: {} },
    podManagementPolicy: { enum: ["OrderedReady", "Parallel"], default: "OrderedReady" },
    replicas: { default: 1 },
    revisionHistoryLimit: { default: 10 },
    template: { default: {} },
    updateStrategy: { default: {} },
  },
  StatefulSetStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  StatefulSetUpdateStrategy: {
    type: { enum: ["OnDelete", "RollingUpdate"], default: "RollingUpdate" },
  },
  UncountedTerminatedPods: {
    failed: { listType: "set" },
    succeeded: { listType: "set" },
  },
};
