/**
 * The kinds that every cluster knows from its start: those of Kubernetes, each a row of generated facts (kinds.gen.ts) with
 * what data cannot say from a file in kinds/, where it needs one; our own, Container; what is measured (usage-kinds.ts); snapshots of
 * volumes (snapshots/); and those of Gateway API (gateway/).
 */

import { definitionRules } from "../custom/index.ts";
import {
  builtInKind,
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
import type { CustomResourceDefinition, KubernetesKinds } from "../generated/kubernetes.gen.ts";
import { definition } from "../schema/index.ts";
import * as admission from "./admission-rules.ts";
import { apiServiceRules } from "./api-service-rules.ts";
import { certificateSigningRequest } from "./certificate-signing-request.ts";
import * as clusterRules from "./cluster-rules.ts";
import { createdAt } from "./columns/cells.ts";
import * as columns from "./columns/index.ts";
import { container } from "./container/index.ts";
import * as content from "./content-rules.ts";
import { event, eventOfEvents } from "./event.ts";
import { flowSchemaRules } from "./flow-schema-rules.ts";
import { gatewayDefinitions, gatewayKinds } from "./gateway/index.ts";
import { leaseRules } from "./lease-rules.ts";
import { limitRangeRules } from "./limit-range-rules.ts";
import { namespace } from "./namespace.ts";
import {
  endpointslice,
  endpointsRules,
  ingressClassRules,
  ingressRules,
  networkPolicyRules,
  service,
} from "./networking/index.ts";
import { node } from "./node.ts";
import { volumeRules } from "./persistent-volume-rules.ts";
import { binding, pod } from "./pod/index.ts";
import { resourceQuotaRules } from "./quota-rules.ts";
import * as rbac from "./rbac-rules.ts";
import * as reviews from "./reviews.ts";
import { runtimeclass } from "./runtimeclass.ts";
import { serviceaccount } from "./serviceaccount.ts";
import { snapshotDefinitions, snapshotKinds } from "./snapshots/index.ts";
import * as storage from "./storage-rules.ts";
import { usageKinds } from "./usage-kinds.ts";
import { claimRules } from "./volume-claim-rules.ts";
import { webhookRules } from "./webhook-rules.ts";
import * as workloads from "./workloads/index.ts";

/** What a kind has besides its facts. A kind that is not here has nothing. */
const ownParts: { readonly [K in keyof KubernetesKinds]?: OwnPart<KubernetesKinds[K]> } = {
  Binding: binding,
  LocalSubjectAccessReview: reviews.localSubjectAccessReview,
  SelfSubjectAccessReview: reviews.selfSubjectAccessReview,
  SelfSubjectReview: reviews.selfSubjectReview,
  SelfSubjectRulesReview: reviews.selfSubjectRulesReview,
  ServiceAccount: serviceaccount,
  SubjectAccessReview: reviews.subjectAccessReview,
  TokenReview: reviews.tokenReview,
  APIService: { columns: columns.apiServiceColumns, nameRule: "pathSegment", rules: apiServiceRules },
  CSIDriver: { columns: columns.csiDriverColumns, rules: storage.csiDriverRules },
  CSINode: { columns: columns.csiNodeColumns, rules: storage.csiNodeRules },
  CSIStorageCapacity: { columns: createdAt, rules: storage.storageCapacityRules },
  CertificateSigningRequest: certificateSigningRequest,
  ClusterRole: { columns: createdAt, rules: rbac.clusterRoleRules },
  ClusterRoleBinding: { columns: columns.bindingColumns, rules: rbac.clusterRoleBindingRules },
  ComponentStatus: { columns: columns.componentStatusColumns },
  ConfigMap: { columns: columns.configMapColumns, rules: content.configMapRules },
  ControllerRevision: { columns: columns.controllerRevisionColumns },
  CronJob: { columns: columns.cronJobColumns, rules: workloads.cronJobRules },
  CustomResourceDefinition: { columns: createdAt, rules: definitionRules },
  DaemonSet: { columns: columns.daemonSetColumns, rules: workloads.daemonSetRules },
  Deployment: { columns: columns.deploymentColumns, rules: workloads.deploymentRules },
  EndpointSlice: endpointslice,
  Endpoints: { columns: columns.endpointsColumns, rules: endpointsRules },
  Event: event,
  FlowSchema: { columns: columns.flowSchemaColumns, rows: columns.flowSchemaRows, rules: flowSchemaRules },
  HorizontalPodAutoscaler: { columns: columns.autoscalerColumns, rules: workloads.autoscalerRules },
  IPAddress: { columns: columns.ipAddressColumns, rules: clusterRules.ipAddressRules },
  Ingress: { columns: columns.ingressColumns, rules: ingressRules },
  IngressClass: { columns: columns.ingressClassColumns, rules: ingressClassRules },
  Job: {
    columns: columns.jobColumns,
    selectableFields: ["status.successful"],
    fieldTexts: { "status.successful": ({ status }) => String(status?.succeeded ?? 0) },
    rules: workloads.jobRules,
  },
  Lease: { columns: columns.leaseColumns, rules: leaseRules },
  LimitRange: { columns: createdAt, rules: limitRangeRules },
  MutatingWebhookConfiguration: { columns: columns.webhookColumns, rules: webhookRules },
  Namespace: namespace,
  NetworkPolicy: { columns: columns.networkPolicyColumns, rules: networkPolicyRules },
  Node: node,
  PersistentVolume: { columns: columns.persistentVolumeColumns, rules: volumeRules },
  PersistentVolumeClaim: { columns: columns.persistentVolumeClaimColumns, rules: claimRules },
  Pod: pod,
  PodDisruptionBudget: {
    columns: columns.podDisruptionBudgetColumns,
    rules: { validate: workloads.disruptionBudgetFaults },
  },
  PodTemplate: { columns: columns.podTemplateColumns, rules: workloads.podTemplateRules },
  PriorityClass: { columns: columns.priorityClassColumns, rules: clusterRules.priorityClassRules },
  PriorityLevelConfiguration: { columns: columns.priorityLevelColumns },
  ReplicaSet: workloads.replicaset,
  ReplicationController: {
    columns: columns.replicationControllerColumns,
    selectableFields: ["status.replicas"],
    fieldTexts: { "status.replicas": ({ status }) => String(status?.replicas ?? 0) },
    rules: workloads.replicationControllerRules,
  },
  ResourceClaim: { columns: columns.resourceClaimColumns, rules: clusterRules.resourceClaimRules },
  ResourceQuota: { columns: columns.resourceQuotaColumns, rules: resourceQuotaRules },
  ResourceSlice: {
    columns: columns.resourceSliceColumns,
    selectableFields: ["spec.nodeName", "spec.driver"],
  },
  Role: { columns: createdAt, rules: rbac.roleRules },
  RoleBinding: { columns: columns.bindingColumns, rules: rbac.roleBindingRules },
  RuntimeClass: runtimeclass,
  Secret: { columns: columns.secretColumns, selectableFields: ["type"], rules: content.secretRules },
  Service: service,
  ServiceCIDR: { columns: columns.serviceCidrColumns, rules: clusterRules.serviceCidrRules },
  StatefulSet: { columns: columns.statefulSetColumns, rules: workloads.statefulSetRules },
  StorageClass: { columns: columns.storageClassColumns, rules: storage.storageClassRules },
  ValidatingAdmissionPolicy: { columns: columns.admissionPolicyColumns, rules: admission.policyRules },
  ValidatingAdmissionPolicyBinding: {
    columns: columns.admissionBindingColumns,
    rules: admission.policyBindingRules,
  },
  ValidatingWebhookConfiguration: { columns: columns.webhookColumns, rules: webhookRules },
  VolumeAttachment: { columns: columns.volumeAttachmentColumns, rules: storage.volumeAttachmentRules },
  VolumeAttributesClass: {
    columns: columns.volumeAttributesClassColumns,
    rules: storage.volumeAttributesClassRules,
  },
};

/** What a version has besides its facts, where it is not the one that is kept. */
const ownVersions: Readonly<Record<string, OwnVersion>> = {
  "autoscaling/v1 HorizontalPodAutoscaler": workloads.autoscalerOfV1,
  "events.k8s.io/v1 Event": eventOfEvents,
};

/** The subresources that are connected to, each with the kind of its options where it has one. */
const connections: Readonly<Record<string, Pick<Subresource, "as">>> = {
  "Pod/log": {},
  "Pod/attach": withOptions("PodAttachOptions"),
  "Pod/exec": withOptions("PodExecOptions"),
  "Pod/portforward": withOptions("PodPortForwardOptions"),
  "Pod/proxy": withOptions("PodProxyOptions"),
  "Node/proxy": withOptions("NodeProxyOptions"),
  "Service/proxy": withOptions("ServiceProxyOptions"),
};
const replicas = {
  specPath: ".spec.replicas",
  statusPath: ".status.replicas",
  selectorPath: ".spec.selector",
};

/** Its functions are only ever given objects of that kind. */
function ownPartOf(kind: string): OwnPart {
  return ((ownParts as Readonly<Record<string, unknown>>)[kind] ?? {}) as OwnPart;
}

/** The facts of one kind, a row for each version; the first is the one in which objects are kept. */
function kubernetesKind([stored, ...others]: readonly [KindFacts, ...KindFacts[]]): KindDefinition {
  const { kind, subresources = {}, definition: _1, deprecated: _2, ...facts } = stored;
  const { columns, selectableFields, fieldTexts, scale, subresources: acting = [], ...own } = ownPartOf(kind);
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
      { ...factsOf(stored), columns, selectableFields, fieldTexts },
      ...others.map(other => ({
        ...factsOf(other),
        columns,
        selectableFields,
        fieldTexts,
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
  const connection = connections[`${kind}/${name}`];
  return { name, verbs, ...(connection && { ...connection, connect: true }) };
}

function withOptions(kind: string): Pick<Subresource, "as"> {
  return { as: { group: "", version: "v1", kind } };
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

/** The kinds among them that clusters have by definitions, which people can change and delete. */
export const firstDefinitions: readonly CustomResourceDefinition[] = [
  ...snapshotDefinitions,
  ...gatewayDefinitions,
];

export const builtInKinds: readonly KindDefinition[] = [
  // The rules of a kind are only ever given objects of that kind.
  container as KindDefinition,
  ...rowsByKind().map(kubernetesKind),
  ...usageKinds,
  ...snapshotKinds,
  ...gatewayKinds,
];
