/**
 * The kinds that every cluster knows from its start: those of Kubernetes, each a row of generated facts (kinds.gen.ts) with
 * what data cannot say from a file in kinds/, where it needs one; and our own, Container.
 */

import {
  builtInKind,
  type GroupVersionKind,
  type KindDefinition,
  type KindDescription,
  type KindFacts,
  type OwnPart,
  type OwnVersion,
  type Subresource,
  statusSubresource,
  type VersionDescription,
} from "../definition/index.ts";
import { kubernetesKinds } from "../generated/kinds.gen.ts";
import { definition } from "../schema/index.ts";
import { autoscalerOfV1, autoscalerRules } from "./autoscaler.ts";
import { createdAt } from "./cells.ts";
import * as cluster from "./cluster-columns.ts";
import * as clusterRules from "./cluster-rules.ts";
import { container } from "./container/index.ts";
import { endpointslice } from "./endpointslice.ts";
import { event, eventOfEvents } from "./event.ts";
import { namespace } from "./namespace.ts";
import { node } from "./node.ts";
import { binding, pod } from "./pod/index.ts";
import { replicaset } from "./replicaset.ts";
import * as reviews from "./reviews.ts";
import { runtimeclass } from "./runtimeclass.ts";
import { service } from "./service.ts";
import { serviceaccount } from "./serviceaccount.ts";
import * as workload from "./workload-columns.ts";
import * as workloadRules from "./workload-rules.ts";

/** What a kind has besides its facts. A kind that is not here has nothing. */
const ownParts: Readonly<Record<string, unknown>> = {
  Binding: binding,
  LocalSubjectAccessReview: reviews.localSubjectAccessReview,
  SelfSubjectAccessReview: reviews.selfSubjectAccessReview,
  SelfSubjectReview: reviews.selfSubjectReview,
  SelfSubjectRulesReview: reviews.selfSubjectRulesReview,
  ServiceAccount: serviceaccount,
  SubjectAccessReview: reviews.subjectAccessReview,
  TokenReview: reviews.tokenReview,
  APIService: { columns: cluster.apiServiceColumns },
  CSIDriver: { columns: cluster.csiDriverColumns },
  CSINode: { columns: cluster.csiNodeColumns },
  CSIStorageCapacity: { columns: createdAt },
  CertificateSigningRequest: {
    columns: cluster.certificateColumns,
    selectableFields: ["spec.signerName"],
  },
  ClusterRole: { columns: createdAt },
  ClusterRoleBinding: { columns: cluster.bindingColumns, rules: clusterRules.roleBindingRules },
  ComponentStatus: { columns: cluster.componentStatusColumns },
  ConfigMap: { columns: cluster.configMapColumns },
  ControllerRevision: { columns: workload.controllerRevisionColumns },
  CronJob: { columns: workload.cronJobColumns, rules: workloadRules.cronJobRules },
  CustomResourceDefinition: { columns: createdAt, rules: clusterRules.definitionRules },
  DaemonSet: { columns: workload.daemonSetColumns, rules: workloadRules.daemonSetRules },
  Deployment: { columns: workload.deploymentColumns, rules: workloadRules.deploymentRules },
  EndpointSlice: endpointslice,
  Endpoints: { columns: cluster.endpointsColumns },
  Event: event,
  FlowSchema: { columns: cluster.flowSchemaColumns },
  HorizontalPodAutoscaler: { columns: workload.autoscalerColumns, rules: autoscalerRules },
  IPAddress: { columns: cluster.ipAddressColumns },
  Ingress: { columns: cluster.ingressColumns, rules: clusterRules.ingressRules },
  IngressClass: { columns: cluster.ingressClassColumns },
  Job: {
    columns: workload.jobColumns,
    selectableFields: ["status.successful"],
    rules: workloadRules.jobRules,
  },
  Lease: { columns: cluster.leaseColumns },
  LimitRange: { columns: createdAt, rules: clusterRules.limitRangeRules },
  MutatingWebhookConfiguration: { columns: cluster.webhookColumns },
  Namespace: namespace,
  NetworkPolicy: { columns: cluster.networkPolicyColumns, rules: clusterRules.networkPolicyRules },
  Node: node,
  PersistentVolume: { columns: cluster.persistentVolumeColumns, rules: clusterRules.volumeRules },
  PersistentVolumeClaim: { columns: cluster.persistentVolumeClaimColumns, rules: clusterRules.claimRules },
  Pod: pod,
  PodDisruptionBudget: { columns: workload.podDisruptionBudgetColumns },
  PodTemplate: { columns: workload.podTemplateColumns, rules: workloadRules.podTemplateRules },
  PriorityClass: { columns: cluster.priorityClassColumns },
  PriorityLevelConfiguration: { columns: cluster.priorityLevelColumns },
  ReplicaSet: replicaset,
  ReplicationController: {
    columns: workload.replicationControllerColumns,
    selectableFields: ["status.replicas"],
    rules: workloadRules.replicationControllerRules,
  },
  ResourceClaim: { columns: cluster.resourceClaimColumns, rules: clusterRules.resourceClaimRules },
  ResourceQuota: { columns: cluster.resourceQuotaColumns },
  ResourceSlice: {
    columns: cluster.resourceSliceColumns,
    selectableFields: ["spec.nodeName", "spec.driver"],
  },
  Role: { columns: createdAt },
  RoleBinding: { columns: cluster.bindingColumns, rules: clusterRules.roleBindingRules },
  RuntimeClass: runtimeclass,
  Secret: { columns: cluster.secretColumns, selectableFields: ["type"], rules: clusterRules.secretRules },
  Service: service,
  ServiceCIDR: { columns: cluster.serviceCidrColumns },
  StatefulSet: { columns: workload.statefulSetColumns, rules: workloadRules.statefulSetRules },
  StorageClass: { columns: cluster.storageClassColumns },
  ValidatingAdmissionPolicy: { columns: cluster.admissionPolicyColumns },
  ValidatingAdmissionPolicyBinding: { columns: cluster.admissionBindingColumns },
  ValidatingWebhookConfiguration: { columns: cluster.webhookColumns },
  VolumeAttachment: { columns: cluster.volumeAttachmentColumns },
  VolumeAttributesClass: { columns: cluster.volumeAttributesClassColumns },
};

/** What a version has besides its facts, where it is not the one that is kept. */
const ownVersions: Readonly<Record<string, OwnVersion>> = {
  "autoscaling/v1 HorizontalPodAutoscaler": autoscalerOfV1,
  "events.k8s.io/v1 Event": eventOfEvents,
};

/** What is read and written at a subresource, where it is not the object itself. */
const subresourceKinds: Readonly<Record<string, GroupVersionKind>> = {
  "Pod/attach": { group: "", version: "v1", kind: "PodAttachOptions" },
  "Pod/exec": { group: "", version: "v1", kind: "PodExecOptions" },
  "Pod/portforward": { group: "", version: "v1", kind: "PodPortForwardOptions" },
  "Pod/proxy": { group: "", version: "v1", kind: "PodProxyOptions" },
  "Node/proxy": { group: "", version: "v1", kind: "NodeProxyOptions" },
  "Service/proxy": { group: "", version: "v1", kind: "ServiceProxyOptions" },
};
const streams: readonly string[] = ["attach", "exec", "portforward", "proxy", "log"];
const replicas = {
  specPath: ".spec.replicas",
  statusPath: ".status.replicas",
  selectorPath: ".spec.selector",
};

/** The facts of one kind, a row for each version; the first is the one in which objects are kept. */
function kubernetesKind([stored, ...others]: readonly [KindFacts, ...KindFacts[]]): KindDefinition {
  const { kind, subresources = {}, definition: _1, deprecated: _2, ...facts } = stored;
  const {
    columns,
    selectableFields,
    scale,
    subresources: acting = [],
    ...own
  } = (ownParts[kind] ?? {}) as OwnPart;
  const { rules } = own;
  const described: KindDescription = {
    ...facts,
    ...own,
    // In Go a status that was never written is an empty struct, and printed so.
    ...("status" in subresources && { rules: { initialStatus: () => ({}), ...rules } }),
    kind,
    subresources: Object.entries(subresources)
      .filter(([name]) => name !== "scale")
      .map(([name, verbs]) => acting.find(each => each.name === name) ?? subresourceOf(kind, name, verbs)),
    ...("scale" in subresources && { scale: scale ?? replicas }),
    versions: [
      { ...factsOf(stored), columns, selectableFields },
      ...others.map(other => ({
        ...factsOf(other),
        columns,
        selectableFields,
        ...ownVersions[`${other.group}/${other.version} ${kind}`],
      })),
    ],
  };
  return builtInKind(described);
}

function factsOf({ group, version, definition: name, deprecated }: KindFacts): VersionDescription {
  return { group, version, schema: () => definition(name), ...(deprecated && { deprecated }) };
}

function subresourceOf(kind: string, name: string, verbs: Subresource["verbs"]): Subresource {
  if (name === "status") return statusSubresource;
  const as = subresourceKinds[`${kind}/${name}`];
  return { name, verbs, ...(as && { as }), ...(streams.includes(name) && { connect: true }) };
}

function rowsByKind(): [KindFacts, ...KindFacts[]][] {
  const rows = new Map<string, [KindFacts, ...KindFacts[]]>();
  for (const row of kubernetesKinds) {
    const others = rows.get(row.kind);
    if (others) others.push(row);
    else rows.set(row.kind, [row]);
  }
  return [...rows.values()];
}

export const builtInKinds: readonly KindDefinition[] = [
  // The rules of a kind are only ever given objects of that kind.
  container as KindDefinition,
  ...rowsByKind().map(kubernetesKind),
];
