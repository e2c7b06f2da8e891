/**
 * What Kubernetes 1.35 says about its fields and the models of client-node do not carry: which are quantities, which
 * values are allowed, how lists merge, which defaults hold. Read by generate-kinds.ts alone; a definition's own
 * facts stand under `$`. Lists without a word here are atomic: taken whole.
 */
import type { Schema } from "../src/resources/schema.ts";

export type FieldFacts = Partial<Omit<Schema, "properties" | "items">> & { readonly quantity?: true };

/** Names where dropping the group and version would not do: our own kind is the one called Container. */
export const renamed: Record<string, string> = {
  V1Container: "PodContainer",
  CoreV1ResourceClaim: "ContainerResourceClaim",
};

/** Fields of client-node's 1.36 that 1.35 does not have. */
export const tooNew: Record<string, readonly string[]> = {
  PodSpec: ["schedulingGroup"],
  PodStatus: ["nodeAllocatableResourceClaimStatuses"],
  ResourceHealth: ["message"],
  VolumeMountStatus: ["volumeStatus"],
};

/** Optional for those who write, there in whatever was stored. */
export const alwaysThere = [
  "Pod.spec",
  "ReplicaSet.spec",
  "ReplicaSetSpec.template",
  "PodTemplateSpec.spec",
  "Service.spec",
];

/** A list that is merged by these keys when it is applied, and by the first of them in strategic merge patches. */
function mergedBy(...keys: [string, ...string[]]): FieldFacts {
  return { listType: "map", listMapKeys: keys, patchStrategy: "merge", patchMergeKey: keys[0] };
}

const realTime = ["SIGRTMIN", "SIGRTMAX"].flatMap(end => {
  const [sign, last] = end === "SIGRTMIN" ? ["+", 15] : ["-", 14];
  return [end, ...Array.from({ length: Number(last) }, (_, i) => `${end}${sign}${i + 1}`)];
});
const signals = [
  ..."ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP".split(
    " ",
  ),
  ..."SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ".split(" "),
]
  .map(name => `SIG${name}`)
  .concat(realTime)
  .sort();

export const facts: Record<string, Record<string, FieldFacts>> = {
  AppArmorProfile: {
    type: { enum: ["Localhost", "RuntimeDefault", "Unconfined"] },
  },
  AzureDiskVolumeSource: {
    cachingMode: { enum: ["None", "ReadOnly", "ReadWrite"], default: "ReadWrite" },
    fsType: { default: "ext4" },
    kind: { enum: ["Dedicated", "Managed", "Shared"], default: "Shared" },
    readOnly: { default: false },
  },
  ConfigMapKeySelector: {
    $: { atomic: true },
  },
  ConfigMapVolumeSource: {
    defaultMode: { default: 420 },
  },
  ContainerPort: {
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP", emptyIsUnset: true },
  },
  ContainerRestartRuleOnExitCodes: {
    values: { listType: "set" },
  },
  ContainerStatus: {
    allocatedResources: { quantity: true },
    allocatedResourcesStatus: { ...mergedBy("name") },
    stopSignal: { enum: signals },
    volumeMounts: { ...mergedBy("mountPath") },
  },
  DownwardAPIVolumeSource: {
    defaultMode: { default: 420 },
  },
  EmptyDirVolumeSource: {
    sizeLimit: { quantity: true },
  },
  Endpoint: {
    addresses: { listType: "set" },
  },
  EndpointPort: {
    $: { atomic: true },
    name: { default: "" },
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
  },
  EndpointSlice: {
    addressType: { enum: ["FQDN", "IPv4", "IPv6"] },
  },
  EphemeralContainer: {
    env: { ...mergedBy("name") },
    imagePullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
    ports: { ...mergedBy("containerPort", "protocol") },
    resources: { default: {} },
    terminationMessagePath: { default: "/dev/termination-log", emptyIsUnset: true },
    terminationMessagePolicy: {
      enum: ["FallbackToLogsOnError", "File"],
      default: "File",
      emptyIsUnset: true,
    },
    volumeDevices: { ...mergedBy("devicePath") },
    volumeMounts: { ...mergedBy("mountPath") },
  },
  FileKeySelector: {
    $: { atomic: true },
  },
  GRPCAction: {
    service: { default: "" },
  },
  HTTPGetAction: {
    path: { default: "/", emptyIsUnset: true },
    scheme: { enum: ["HTTP", "HTTPS"], default: "HTTP", emptyIsUnset: true },
  },
  HostPathVolumeSource: {
    type: {
      enum: [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
      ],
      default: "",
    },
  },
  ISCSIVolumeSource: {
    iscsiInterface: { default: "default", emptyIsUnset: true },
  },
  ImageVolumeSource: {
    pullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
  },
  LabelSelector: {
    $: { atomic: true },
  },
  Lifecycle: {
    stopSignal: { enum: signals },
  },
  LocalObjectReference: {
    $: { atomic: true },
  },
  Namespace: {
    spec: { default: {} },
  },
  NamespaceStatus: {
    conditions: { ...mergedBy("type") },
    phase: { enum: ["Active", "Terminating"] },
  },
  Node: {
    spec: { default: {} },
  },
  NodeSelector: {
    $: { atomic: true },
  },
  NodeSelectorTerm: {
    $: { atomic: true },
  },
  NodeSpec: {
    podCIDRs: { listType: "set", patchStrategy: "merge" },
  },
  NodeStatus: {
    addresses: { ...mergedBy("type") },
    allocatable: { quantity: true },
    capacity: { quantity: true },
    conditions: { ...mergedBy("type") },
    phase: { enum: ["Pending", "Running", "Terminated"] },
  },
  ObjectFieldSelector: {
    $: { atomic: true },
    apiVersion: { default: "v1", emptyIsUnset: true },
  },
  ObjectMeta: {
    finalizers: { listType: "set", patchStrategy: "merge" },
    ownerReferences: { ...mergedBy("uid") },
  },
  ObjectReference: {
    $: { atomic: true },
  },
  Overhead: {
    podFixed: { quantity: true },
  },
  OwnerReference: {
    $: { atomic: true },
  },
  PersistentVolumeClaimSpec: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    volumeMode: { enum: ["Block", "Filesystem"], default: "Filesystem" },
  },
  PersistentVolumeClaimTemplate: {
    metadata: { default: {} },
  },
  Pod: {
    spec: { default: {} },
  },
  PodContainer: {
    env: { ...mergedBy("name") },
    imagePullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
    ports: { ...mergedBy("containerPort", "protocol") },
    resources: { default: {} },
    terminationMessagePath: { default: "/dev/termination-log", emptyIsUnset: true },
    terminationMessagePolicy: {
      enum: ["FallbackToLogsOnError", "File"],
      default: "File",
      emptyIsUnset: true,
    },
    volumeDevices: { ...mergedBy("devicePath") },
    volumeMounts: { ...mergedBy("mountPath") },
  },
  PodSecurityContext: {
    fsGroupChangePolicy: { enum: ["Always", "OnRootMismatch"] },
    supplementalGroupsPolicy: { enum: ["Merge", "Strict"] },
  },
  PodSpec: {
    containers: { ...mergedBy("name") },
    dnsPolicy: {
      enum: ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
      default: "ClusterFirst",
      emptyIsUnset: true,
    },
    ephemeralContainers: { ...mergedBy("name") },
    hostAliases: { ...mergedBy("ip") },
    imagePullSecrets: { ...mergedBy("name") },
    initContainers: { ...mergedBy("name") },
    nodeSelector: { atomic: true },
    overhead: { quantity: true },
    preemptionPolicy: { enum: ["Never", "PreemptLowerPriority"] },
    resourceClaims: { ...mergedBy("name"), retainKeys: true },
    restartPolicy: { enum: ["Always", "Never", "OnFailure"], default: "Always", emptyIsUnset: true },
    schedulerName: { default: "default-scheduler", emptyIsUnset: true },
    schedulingGates: { ...mergedBy("name") },
    securityContext: { default: {} },
    terminationGracePeriodSeconds: { default: 30 },
    topologySpreadConstraints: { ...mergedBy("topologyKey", "whenUnsatisfiable") },
    volumes: { ...mergedBy("name"), retainKeys: true },
  },
  PodStatus: {
    allocatedResources: { quantity: true },
    conditions: { ...mergedBy("type") },
    hostIPs: { patchStrategy: "merge", patchMergeKey: "ip" },
    phase: { enum: ["Failed", "Pending", "Running", "Succeeded", "Unknown"] },
    podIPs: { ...mergedBy("ip") },
    qosClass: { enum: ["BestEffort", "Burstable", "Guaranteed"] },
    resourceClaimStatuses: { ...mergedBy("name"), retainKeys: true },
  },
  PodTemplateSpec: {
    metadata: { default: {} },
    spec: { default: {} },
  },
  PortStatus: {
    protocol: { enum: ["SCTP", "TCP", "UDP"] },
  },
  Probe: {
    failureThreshold: { default: 3, emptyIsUnset: true },
    periodSeconds: { default: 10, emptyIsUnset: true },
    successThreshold: { default: 1, emptyIsUnset: true },
    timeoutSeconds: { default: 1, emptyIsUnset: true },
  },
  ProjectedVolumeSource: {
    defaultMode: { default: 420 },
  },
  RBDVolumeSource: {
    keyring: { default: "/etc/ceph/keyring", emptyIsUnset: true },
    pool: { default: "rbd", emptyIsUnset: true },
    user: { default: "admin", emptyIsUnset: true },
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
  ResourceFieldSelector: {
    $: { atomic: true },
    divisor: { quantity: true, default: "0" },
  },
  ResourceRequirements: {
    claims: { listType: "map", listMapKeys: ["name"] },
    limits: { quantity: true },
    requests: { quantity: true },
  },
  ResourceStatus: {
    resources: { listType: "map", listMapKeys: ["resourceID"] },
  },
  ScaleIOVolumeSource: {
    fsType: { default: "xfs", emptyIsUnset: true },
    storageMode: { default: "ThinProvisioned", emptyIsUnset: true },
  },
  Scheduling: {
    nodeSelector: { atomic: true },
  },
  SeccompProfile: {
    type: { enum: ["Localhost", "RuntimeDefault", "Unconfined"] },
  },
  SecretKeySelector: {
    $: { atomic: true },
  },
  SecretVolumeSource: {
    defaultMode: { default: 420 },
  },
  SecurityContext: {
    procMount: { enum: ["Default", "Unmasked"] },
  },
  Service: {
    spec: { default: {} },
  },
  ServiceAccountTokenProjection: {
    expirationSeconds: { default: 3600 },
  },
  ServicePort: {
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP", emptyIsUnset: true },
  },
  ServiceSpec: {
    externalTrafficPolicy: { enum: ["Cluster", "Local"] },
    internalTrafficPolicy: { enum: ["Cluster", "Local"] },
    ipFamilies: { enum: ["", "IPv4", "IPv6"] },
    ipFamilyPolicy: { enum: ["PreferDualStack", "RequireDualStack", "SingleStack"] },
    ports: { ...mergedBy("port", "protocol") },
    selector: { atomic: true },
    sessionAffinity: { enum: ["ClientIP", "None"], default: "None", emptyIsUnset: true },
    type: {
      enum: ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
      default: "ClusterIP",
      emptyIsUnset: true,
    },
  },
  ServiceStatus: {
    conditions: { ...mergedBy("type") },
  },
  Taint: {
    effect: { enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] },
  },
  Toleration: {
    effect: { enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] },
    operator: { enum: ["Equal", "Exists", "Gt", "Lt"] },
  },
  TopologySpreadConstraint: {
    nodeAffinityPolicy: { enum: ["Honor", "Ignore"] },
    nodeTaintsPolicy: { enum: ["Honor", "Ignore"] },
    whenUnsatisfiable: { enum: ["DoNotSchedule", "ScheduleAnyway"] },
  },
  TypedLocalObjectReference: {
    $: { atomic: true },
  },
  VolumeMount: {
    mountPropagation: { enum: ["Bidirectional", "HostToContainer", "None"] },
  },
  VolumeResourceRequirements: {
    limits: { quantity: true },
    requests: { quantity: true },
  },
};
