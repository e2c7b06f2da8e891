/** What `kubectl get` shows of the kinds around the workloads: configuration, storage, networks, access, admission. */

import type { Column } from "../definition/index.ts";
import type {
  APIService,
  CertificateSigningRequest,
  ClusterRoleBinding,
  ComponentStatus,
  ConfigMap,
  CSIDriver,
  CSINode,
  Endpoints,
  FlowSchema,
  Ingress,
  IngressClass,
  IPAddress,
  Lease,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  PersistentVolume,
  PersistentVolumeClaim,
  PriorityClass,
  PriorityLevelConfiguration,
  ResourceClaim,
  ResourceQuota,
  ResourceSlice,
  RoleBinding,
  Secret,
  ServiceCIDR,
  StorageClass,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../generated/kubernetes.gen.ts";
import { shortAge } from "../short-age.ts";
import { ageColumn, nameColumn, selectorText, someOf } from "./cells.ts";

export const configMapColumns: readonly Column<ConfigMap>[] = [
  {
    name: "Data",
    cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
  },
];

export const secretColumns: readonly Column<Secret>[] = [
  { name: "Type", cell: ({ type }) => type ?? "" },
  { name: "Data", cell: ({ data = {} }) => Object.keys(data).length },
];

export const componentStatusColumns: readonly Column<ComponentStatus>[] = [
  nameColumn,
  ...(["status", "message", "error"] as const).map(field => ({
    name: `${field.charAt(0).toUpperCase()}${field.slice(1)}`,
    cell: ({ conditions = [] }: ComponentStatus) => {
      const healthy = conditions.find(({ type }) => type === "Healthy");
      if (field !== "status") return healthy?.[field] ?? "";
      return healthy?.status === "True" ? "Healthy" : healthy?.status === "False" ? "Unhealthy" : "Unknown";
    },
  })),
];

export const endpointsColumns: readonly Column<Endpoints>[] = [
  {
    name: "Endpoints",
    cell({ subsets = [] }) {
      const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
        ports.length === 0
          ? addresses.map(({ ip }) => ip)
          : ports.flatMap(({ port }) =>
              addresses.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`),
            ),
      );
      return all.length === 0 ? "<none>" : someOf(all);
    },
  },
];

export const resourceQuotaColumns: readonly Column<ResourceQuota>[] = [
  { name: "Request", cell: ({ status }) => quotaText(status, name => !name.startsWith("limits")) },
  { name: "Limit", cell: ({ status }) => quotaText(status, name => name.startsWith("limits")) },
];

function quotaText(
  { hard = {}, used = {} }: NonNullable<ResourceQuota["status"]> = {},
  shows: (name: string) => boolean,
): string {
  const names = Object.keys(hard).filter(shows).sort();
  return names.map(name => `${name}: ${used[name] ?? "0"}/${hard[name]}`).join(", ");
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function modesText(modes: readonly string[] = []): string {
  return Object.keys(shortModes)
    .filter(mode => modes.includes(mode))
    .map(mode => shortModes[mode])
    .join(",");
}

export const persistentVolumeColumns: readonly Column<PersistentVolume>[] = [
  { name: "Capacity", cell: ({ spec }) => spec?.capacity?.storage ?? "" },
  { name: "Access Modes", cell: ({ spec }) => modesText(spec?.accessModes) },
  { name: "Reclaim Policy", cell: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? "" },
  {
    name: "Status",
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
  },
  {
    name: "Claim",
    cell: ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
  },
  {
    name: "StorageClass",
    cell: ({ metadata, spec }) =>
      metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>" },
  { name: "Reason", cell: ({ status }) => status?.reason ?? "" },
  { name: "VolumeMode", wide: true, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
];

const storageClassAnnotation = "volume.beta.kubernetes.io/storage-class";

export const persistentVolumeClaimColumns: readonly Column<PersistentVolumeClaim>[] = [
  {
    name: "Status",
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
  },
  { name: "Volume", cell: ({ spec }) => spec?.volumeName ?? "" },
  {
    name: "Capacity",
    cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? "0") : ""),
  },
  {
    name: "Access Modes",
    cell: ({ spec, status }) => (spec?.volumeName ? modesText(status?.accessModes) : ""),
  },
  {
    name: "StorageClass",
    cell: ({ metadata, spec }) =>
      metadata.annotations?.[storageClassAnnotation] ?? spec?.storageClassName ?? "",
  },
  { name: "VolumeAttributesClass", cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>" },
  { name: "VolumeMode", wide: true, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
];

export const storageClassColumns: readonly Column<StorageClass>[] = [
  {
    name: "Name",
    format: "name",
    cell: ({ metadata: { name, annotations } }) =>
      annotations?.["storageclass.kubernetes.io/is-default-class"] === "true" ? `${name} (default)` : name,
  },
  { name: "Provisioner", cell: ".provisioner" },
  { name: "ReclaimPolicy", cell: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete" },
  { name: "VolumeBindingMode", cell: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate" },
  {
    name: "AllowVolumeExpansion",
    cell: ({ allowVolumeExpansion }) =>
      allowVolumeExpansion === undefined ? "<unset>" : allowVolumeExpansion,
  },
  ageColumn,
];

export const volumeAttributesClassColumns: readonly Column<VolumeAttributesClass>[] = [
  {
    name: "Name",
    format: "name",
    cell: ({ metadata: { name, annotations } }) =>
      annotations?.["storageclass.kubernetes.io/is-default-class"] === "true" ? `${name} (default)` : name,
  },
  { name: "DriverName", cell: ".driverName" },
  ageColumn,
];

export const volumeAttachmentColumns: readonly Column<VolumeAttachment>[] = [
  { name: "Attacher", format: "name", cell: ".spec.attacher" },
  { name: "PV", cell: ({ spec }) => spec.source.persistentVolumeName ?? "" },
  { name: "Node", cell: ".spec.nodeName" },
  { name: "Attached", type: "boolean", cell: ({ status }) => status?.attached ?? false },
];

export const csiDriverColumns: readonly Column<CSIDriver>[] = [
  { name: "AttachRequired", type: "boolean", cell: ({ spec }) => spec.attachRequired ?? true },
  { name: "PodInfoOnMount", type: "boolean", cell: ({ spec }) => spec.podInfoOnMount ?? false },
  { name: "StorageCapacity", type: "boolean", cell: ({ spec }) => spec.storageCapacity ?? false },
  {
    name: "TokenRequests",
    cell: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(",") || "<unset>",
  },
  { name: "RequiresRepublish", type: "boolean", cell: ({ spec }) => spec.requiresRepublish ?? false },
  { name: "Modes", cell: ({ spec }) => spec.volumeLifecycleModes?.join(",") || "<none>" },
];

export const csiNodeColumns: readonly Column<CSINode>[] = [
  { name: "Drivers", type: "integer", cell: ({ spec }) => spec.drivers?.length ?? 0 },
];

export const ingressColumns: readonly Column<Ingress>[] = [
  { name: "Class", cell: ({ spec }) => spec?.ingressClassName ?? "<none>" },
  {
    name: "Hosts",
    cell: ({ spec }) => {
      const hosts = (spec?.rules ?? []).map(({ host }) => host || "*");
      return hosts.length === 0 ? "*" : someOf(hosts);
    },
  },
  {
    name: "Address",
    cell: ({ status }) =>
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "").join(","),
  },
  { name: "Ports", cell: ({ spec }) => (spec?.tls?.length ? "80, 443" : "80") },
];

export const ingressClassColumns: readonly Column<IngressClass>[] = [
  { name: "Controller", cell: ({ spec }) => spec?.controller ?? "" },
  {
    name: "Parameters",
    cell({ spec }) {
      const { apiGroup, kind, name } = spec?.parameters ?? {};
      if (name === undefined) return "<none>";
      return `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;
    },
  },
];

export const ipAddressColumns: readonly Column<IPAddress>[] = [
  nameColumn,
  {
    name: "ParentRef",
    cell({ spec }) {
      const { group = "", resource = "", namespace, name = "" } = spec?.parentRef ?? {};
      return [`${resource}${group ? `.${group}` : ""}`, namespace, name].filter(Boolean).join("/");
    },
  },
];

export const networkPolicyColumns: readonly Column<NetworkPolicy>[] = [
  { name: "Pod-Selector", cell: ({ spec }) => selectorText(spec?.podSelector) },
];

export const serviceCidrColumns: readonly Column<ServiceCIDR>[] = [
  { name: "CIDRs", cell: ({ spec }) => spec?.cidrs?.join(",") ?? "" },
];

export const leaseColumns: readonly Column<Lease>[] = [
  { name: "Holder", cell: ({ spec }) => spec?.holderIdentity ?? "" },
];

export const priorityClassColumns: readonly Column<PriorityClass>[] = [
  nameColumn,
  { name: "Value", type: "integer", cell: ({ value }) => value },
  { name: "Global-Default", type: "boolean", cell: ({ globalDefault }) => globalDefault ?? false },
  ageColumn,
  { name: "PreemptionPolicy", cell: ({ preemptionPolicy }) => preemptionPolicy ?? "" },
];

export const bindingColumns: readonly Column<RoleBinding | ClusterRoleBinding>[] = [
  { name: "Role", cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  { name: "Users", wide: true, cell: binding => subjects(binding, "User") },
  { name: "Groups", wide: true, cell: binding => subjects(binding, "Group") },
  { name: "ServiceAccounts", wide: true, cell: binding => subjects(binding, "ServiceAccount") },
];

function subjects({ subjects = [] }: RoleBinding | ClusterRoleBinding, wanted: string): string {
  return subjects
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace = "", name }) => (wanted === "ServiceAccount" ? `${namespace}/${name}` : name))
    .join(", ");
}

export const certificateColumns: readonly Column<CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  { name: "SignerName", cell: ".spec.signerName" },
  { name: "Requestor", cell: ({ spec }) => spec.username ?? "" },
  {
    name: "RequestedDuration",
    cell: ({ spec }) =>
      spec.expirationSeconds === undefined ? "<none>" : shortAge(spec.expirationSeconds * 1000),
  },
  {
    name: "Condition",
    cell({ status: { conditions = [], certificate } = {} }) {
      const has = (wanted: string) => conditions.some(({ type }) => type === wanted);
      const said = [has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending"];
      if (has("Failed")) said.push("Failed");
      if (certificate) said.push("Issued");
      return said.join(",");
    },
  },
];

export const webhookColumns: readonly Column<
  MutatingWebhookConfiguration | ValidatingWebhookConfiguration
>[] = [{ name: "Webhooks", type: "integer", cell: ({ webhooks }) => webhooks?.length ?? 0 }];

export const admissionPolicyColumns: readonly Column<ValidatingAdmissionPolicy>[] = [
  { name: "Validations", type: "integer", cell: ({ spec }) => spec?.validations?.length ?? 0 },
  {
    name: "ParamKind",
    cell: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : "<unset>"),
  },
];

export const admissionBindingColumns: readonly Column<ValidatingAdmissionPolicyBinding>[] = [
  { name: "PolicyName", cell: ({ spec }) => spec?.policyName ?? "" },
  {
    name: "ParamRef",
    cell({ spec }) {
      const { namespace, name, selector } = spec?.paramRef ?? {};
      if (!spec?.paramRef) return "<unset>";
      if (name) return `${namespace ? `${namespace}/` : "*/"}${name}`;
      return `${namespace ? `${namespace}/` : ""}${selectorText(selector)}`;
    },
  },
];

export const apiServiceColumns: readonly Column<APIService>[] = [
  {
    name: "Service",
    cell: ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : "Local"),
  },
  {
    name: "Available",
    cell({ status }) {
      const available = status?.conditions?.find(({ type }) => type === "Available");
      if (!available) return "Unknown";
      return available.status === "True" ? "True" : `${available.status} (${available.reason ?? ""})`;
    },
  },
];

export const flowSchemaColumns: readonly Column<FlowSchema>[] = [
  nameColumn,
  { name: "PriorityLevel", cell: ({ spec }) => spec?.priorityLevelConfiguration.name ?? "" },
  { name: "MatchingPrecedence", cell: ({ spec }) => spec?.matchingPrecedence ?? 0 },
  { name: "DistinguisherMethod", cell: ({ spec }) => spec?.distinguisherMethod?.type ?? "<none>" },
  ageColumn,
  {
    name: "MissingPL",
    cell: ({ status }) => status?.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
  },
];

export const priorityLevelColumns: readonly Column<PriorityLevelConfiguration>[] = [
  { name: "Type", cell: ({ spec }) => spec?.type ?? "" },
  {
    name: "NominalConcurrencyShares",
    cell: ({ spec }) =>
      spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares ?? "<none>",
  },
  ...(["queues", "handSize", "queueLengthLimit"] as const).map(field => ({
    name: { queues: "Queues", handSize: "HandSize", queueLengthLimit: "QueueLengthLimit" }[field],
    cell: ({ spec }: PriorityLevelConfiguration) =>
      spec?.limited?.limitResponse?.queuing?.[field] ?? "<none>",
  })),
];

export const resourceClaimColumns: readonly Column<ResourceClaim>[] = [
  {
    name: "State",
    cell({ metadata, status }) {
      const states = [];
      if (metadata.deletionTimestamp) states.push("deleted");
      if (status?.allocation) states.push("allocated");
      if (status?.reservedFor?.length) states.push("reserved");
      return status?.allocation ? states.join(",") : [...states, "pending"].join(",");
    },
  },
];

export const resourceSliceColumns: readonly Column<ResourceSlice>[] = [
  { name: "Node", cell: ({ spec }) => spec.nodeName ?? (spec.allNodes ? "<all>" : "") },
  { name: "Driver", cell: ".spec.driver" },
  { name: "Pool", cell: ".spec.pool.name" },
];
