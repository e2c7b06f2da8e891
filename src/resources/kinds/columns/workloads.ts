/** What `kubectl get` shows of workloads: sets of pods, jobs, and what scales or protects them. */

import { groupVersionOf } from "../../api-version.ts";
import type { Column } from "../../definition/index.ts";
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
  PodDisruptionBudget,
  PodTemplate,
  ReplicationController,
  StatefulSet,
} from "../../generated/kubernetes.gen.ts";
import { shortAge } from "../../short-age.ts";
import {
  containersColumn,
  containersOf,
  imagesColumn,
  labelsText,
  nameColumn,
  selectorColumn,
  selectorText,
} from "./cells.ts";

export const deploymentColumns: readonly Column<Deployment>[] = [
  { name: "Ready", cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
  { name: "Up-to-date", cell: ({ status }) => status?.updatedReplicas ?? 0 },
  { name: "Available", cell: ({ status }) => status?.availableReplicas ?? 0 },
  containersColumn,
  imagesColumn,
  selectorColumn,
];

export const statefulSetColumns: readonly Column<StatefulSet>[] = [
  { name: "Ready", cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
  containersColumn,
  imagesColumn,
];

export const daemonSetColumns: readonly Column<DaemonSet>[] = [
  { name: "Desired", type: "integer", cell: ({ status }) => status?.desiredNumberScheduled ?? 0 },
  { name: "Current", type: "integer", cell: ({ status }) => status?.currentNumberScheduled ?? 0 },
  { name: "Ready", type: "integer", cell: ({ status }) => status?.numberReady ?? 0 },
  { name: "Up-to-date", type: "integer", cell: ({ status }) => status?.updatedNumberScheduled ?? 0 },
  { name: "Available", type: "integer", cell: ({ status }) => status?.numberAvailable ?? 0 },
  { name: "Node Selector", cell: ({ spec }) => labelsText(spec.template?.spec?.nodeSelector) },
  containersColumn,
  imagesColumn,
  selectorColumn,
];

export const replicationControllerColumns: readonly Column<ReplicationController>[] = [
  { name: "Desired", type: "integer", cell: ({ spec }) => spec?.replicas ?? 1 },
  { name: "Current", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
  { name: "Ready", type: "integer", cell: ({ status }) => status?.readyReplicas ?? 0 },
  { name: "Containers", wide: true, cell: ({ spec }) => containersOf(spec?.template, "name") },
  { name: "Images", wide: true, cell: ({ spec }) => containersOf(spec?.template, "image") },
  { name: "Selector", wide: true, cell: ({ spec }) => labelsText(spec?.selector) },
];

export const podTemplateColumns: readonly Column<PodTemplate>[] = [
  nameColumn,
  { name: "Containers", cell: ({ template }) => containersOf(template, "name") },
  { name: "Images", cell: ({ template }) => containersOf(template, "image") },
  { name: "Pod Labels", cell: ({ template }) => labelsText(template?.metadata?.labels) },
];

export const controllerRevisionColumns: readonly Column<ControllerRevision>[] = [
  {
    name: "Controller",
    cell({ apiVersion: _, metadata: { ownerReferences = [] } }) {
      const owner = ownerReferences.find(({ controller }) => controller);
      if (!owner) return "<none>";
      const { group } = groupVersionOf(owner.apiVersion);
      return `${owner.kind.toLowerCase()}${group && `.${group}`}/${owner.name}`;
    },
  },
  { name: "Revision", cell: ({ revision }) => revision },
];

export const jobColumns: readonly Column<Job>[] = [
  { name: "Status", cell: jobStatus },
  { name: "Completions", cell: completionsText },
  {
    name: "Duration",
    cell({ status: { startTime, completionTime } = {} }, now) {
      if (!startTime) return "";
      return shortAge((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
    },
  },
  containersColumn,
  imagesColumn,
  selectorColumn,
];

/** The first of these conditions that is True, in the order of their weight. */
function jobStatus({ metadata, status }: Job): string {
  const holds = (type: string) =>
    status?.conditions?.some(each => each.type === type && each.status === "True") ?? false;
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (holds("Suspended")) return "Suspended";
  if (holds("FailureTarget")) return "FailureTarget";
  return holds("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completionsText({ spec, status }: Job): string {
  const { completions, parallelism = 0 } = spec ?? {};
  const done = status?.succeeded ?? 0;
  if (completions !== undefined) return `${done}/${completions}`;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

export const cronJobColumns: readonly Column<CronJob>[] = [
  { name: "Schedule", cell: ({ spec }) => spec?.schedule ?? "" },
  { name: "Timezone", cell: ({ spec }) => spec?.timeZone ?? "<none>" },
  { name: "Suspend", type: "boolean", cell: ({ spec }) => (spec?.suspend ? "True" : "False") },
  { name: "Active", type: "integer", cell: ({ status }) => status?.active?.length ?? 0 },
  {
    name: "Last Schedule",
    cell: ({ status }, now) =>
      status?.lastScheduleTime ? shortAge(now - Date.parse(status.lastScheduleTime)) : "<none>",
  },
  {
    name: "Containers",
    wide: true,
    cell: ({ spec }) => containersOf(spec?.jobTemplate.spec?.template, "name"),
  },
  { name: "Images", wide: true, cell: ({ spec }) => containersOf(spec?.jobTemplate.spec?.template, "image") },
  {
    name: "Selector",
    wide: true,
    cell: ({ spec }) => selectorText(spec?.jobTemplate.spec?.selector),
  },
];

export const podDisruptionBudgetColumns: readonly Column<PodDisruptionBudget>[] = [
  { name: "Min Available", cell: ({ spec }) => String(spec?.minAvailable ?? "N/A") },
  { name: "Max Unavailable", cell: ({ spec }) => String(spec?.maxUnavailable ?? "N/A") },
  { name: "Allowed Disruptions", type: "integer", cell: ({ status }) => status?.disruptionsAllowed ?? 0 },
];

export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  { name: "Reference", cell: ({ spec }) => `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}` },
  { name: "Targets", cell: ({ spec, status }) => targetsText(spec?.metrics, status?.currentMetrics) },
  {
    name: "MinPods",
    cell: ({ spec }) => (spec?.minReplicas === undefined ? "<unset>" : `${spec.minReplicas}`),
  },
  { name: "MaxPods", cell: ({ spec }) => spec?.maxReplicas ?? 0 },
  { name: "Replicas", cell: ({ status }) => status?.currentReplicas ?? 0 },
];

const maxTargets = 2;

/** `cpu: 12%/50%, memory: <unknown>/100Mi`, and how many more there are. */
function targetsText(specs: readonly MetricSpec[] = [], statuses: readonly MetricStatus[] = []): string {
  if (specs.length === 0) return "<none>";
  const texts = specs.map((spec, i) => targetText(spec, statuses[i]));
  const more = texts.length - maxTargets;
  const shown = texts.slice(0, maxTargets).join(", ");
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

function targetText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = spec;
  if (external) {
    const { averageValue, value = "" } = external.target;
    const current = status?.external?.current;
    if (averageValue !== undefined) return `${current?.averageValue ?? "<unknown>"}/${averageValue} (avg)`;
    return `${current?.value ?? "<unknown>"}/${value}`;
  }
  if (pods) return `${status?.pods?.current.averageValue ?? "<unknown>"}/${pods.target.averageValue}`;
  if (object) {
    const { averageValue, value = "" } = object.target;
    const current = status?.object?.current;
    if (averageValue !== undefined) return `${current?.averageValue ?? "<unknown>"}/${averageValue} (avg)`;
    return `${current?.value ?? "<unknown>"}/${value}`;
  }
  if (resource) return resourceText(resource.name, resource.target, status?.resource?.current);
  if (containerResource) {
    const current = status?.containerResource?.current;
    return resourceText(containerResource.name, containerResource.target, current);
  }
  return "<unknown type>";
}

function resourceText(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  const { averageValue, averageUtilization } = target;
  if (averageValue !== undefined) return `${name}: ${current?.averageValue ?? "<unknown>"}/${averageValue}`;
  const now = current?.averageUtilization === undefined ? "<unknown>" : `${current.averageUtilization}%`;
  return `${name}: ${now}/${averageUtilization === undefined ? "<auto>" : `${averageUtilization}%`}`;
}
