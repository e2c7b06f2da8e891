/**
 * What Kubernetes 1.35 says about its fields and the models of client-node do not carry: which are quantities, which
 * values are allowed, how lists merge, which defaults hold. Read by generate-kinds.ts alone; a definition's own
 * facts stand under `$`. Lists without a word here are atomic: taken whole.
 */
import type { Schema } from "../src/resources/schema/schema.ts";

export type FieldFacts = Partial<Omit<Schema, "properties" | "items">> & { readonly quantity?: true };

/** Names that would otherwise stand for two things: our own kind is the one called Container. */
export const renamed: Record<string, string> = {
  "/Container": "PodContainer",
  "/EndpointPort": "EndpointsPort",
  "/ResourceClaim": "ContainerResourceClaim",
};

/** Optional for those who write, there in whatever was stored. */
export const alwaysThere = [
  "DaemonSetSpec.template",
  "DeploymentSpec.template",
  "ReplicaSetSpec.template",
  "StatefulSetSpec.template",
  "PodTemplateSpec.spec",
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
  APIServiceStatus: {
    conditions: { ...mergedBy("type") },
  },
  AllocatedDeviceStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ApiextensionsV1ServiceReference: {
    port: { default: 443 },
  },
  ApiregistrationV1ServiceReference: {
    port: { default: 443 },
  },
  AppArmorProfile: {
    type: { enum: ["Localhost", "RuntimeDefault", "Unconfined"] },
  },
  AuthenticationV1TokenRequest: {
    $: { required: ["spec"] },
  },
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
  AzureDiskVolumeSource: {
    cachingMode: { enum: ["None", "ReadOnly", "ReadWrite"], default: "ReadWrite" },
    fsType: { default: "ext4" },
    kind: { enum: ["Dedicated", "Managed", "Shared"], default: "Shared" },
    readOnly: { default: false },
  },
  CSIDriverSpec: {
    attachRequired: { default: true },
    fsGroupPolicy: { default: "ReadWriteOnceWithFSType" },
    podInfoOnMount: { default: false },
    requiresRepublish: { default: false },
    seLinuxMount: { default: false },
    storageCapacity: { default: false },
    volumeLifecycleModes: { listType: "set", default: ["Persistent"] },
  },
  CSINodeSpec: {
    drivers: { listType: "map", listMapKeys: ["name"] },
  },
  CertificateSigningRequestSpec: {
    usages: {
      enum: [
        "any",
        "cert sign",
        "client auth",
        "code signing",
        "content commitment",
        "crl sign",
        "data encipherment",
        "decipher only",
        "digital signature",
        "email protection",
        "encipher only",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "key agreement",
        "key encipherment",
        "microsoft sgc",
        "netscape sgc",
        "ocsp signing",
        "s/mime",
        "server auth",
        "signing",
        "timestamping",
      ],
    },
  },
  CertificateSigningRequestStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ComponentStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
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
  CustomResourceDefinitionStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
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
  DeviceAllocationConfiguration: {
    source: { enum: ["FromClaim", "FromClass"] },
  },
  DeviceSubRequest: {
    allocationMode: { enum: ["All", "ExactCount"], default: "ExactCount" },
  },
  DeviceTaint: {
    effect: { enum: ["NoExecute", "NoSchedule", "None"] },
  },
  DeviceToleration: {
    effect: { enum: ["NoExecute", "NoSchedule", "None"] },
    operator: { enum: ["Equal", "Exists"], default: "Equal" },
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
  EndpointAddress: {
    $: { atomic: true },
  },
  EndpointPort: {
    $: { atomic: true },
    name: { default: "" },
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
  },
  EndpointSlice: {
    addressType: { enum: ["FQDN", "IPv4", "IPv6"] },
  },
  EndpointsPort: {
    $: { atomic: true },
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
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
  ExactDeviceRequest: {
    allocationMode: { enum: ["All", "ExactCount"], default: "ExactCount" },
  },
  ExemptPriorityLevelConfiguration: {
    lendablePercent: { default: 0 },
    nominalConcurrencyShares: { default: 0 },
  },
  FileKeySelector: {
    $: { atomic: true },
  },
  FlowSchemaSpec: {
    matchingPrecedence: { default: 1000 },
  },
  FlowSchemaStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  GRPCAction: {
    service: { default: "" },
  },
  HTTPGetAction: {
    path: { default: "/", emptyIsUnset: true },
    scheme: { enum: ["HTTP", "HTTPS"], default: "HTTP", emptyIsUnset: true },
  },
  HTTPIngressPath: {
    pathType: { enum: ["Exact", "ImplementationSpecific", "Prefix"] },
  },
  HorizontalPodAutoscaler: {
    $: { required: [] },
    spec: { default: {} },
  },
  HorizontalPodAutoscalerSpec: {
    minReplicas: { default: 1 },
  },
  HorizontalPodAutoscalerStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
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
  IPAddress: {
    $: { required: [] },
  },
  ISCSIVolumeSource: {
    iscsiInterface: { default: "default", emptyIsUnset: true },
  },
  ImageVolumeSource: {
    pullPolicy: { enum: ["Always", "IfNotPresent", "Never"] },
  },
  IngressPortStatus: {
    protocol: { enum: ["SCTP", "TCP", "UDP"] },
  },
  JSONSchemaProps: {
    "x-kubernetes-validations": { ...mergedBy("rule") },
  },
  Job: {
    spec: { default: {} },
  },
  JobSpec: {
    completionMode: { enum: ["Indexed", "NonIndexed"], default: "NonIndexed" },
    podReplacementPolicy: { enum: ["Failed", "TerminatingOrFailed"] },
    suspend: { default: false },
    template: { default: {} },
  },
  JobTemplateSpec: {
    metadata: { default: {} },
    spec: { default: {} },
  },
  LabelSelector: {
    $: { atomic: true },
  },
  Lifecycle: {
    stopSignal: { enum: signals },
  },
  LimitedPriorityLevelConfiguration: {
    lendablePercent: { default: 0 },
    nominalConcurrencyShares: { default: 30 },
  },
  LocalObjectReference: {
    $: { atomic: true },
  },
  MatchResources: {
    $: { atomic: true },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
  },
  ModifyVolumeStatus: {
    status: { enum: ["InProgress", "Infeasible", "Pending"] },
  },
  MutatingWebhook: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
    reinvocationPolicy: { enum: ["IfNeeded", "Never"], default: "Never" },
    sideEffects: { enum: ["None", "NoneOnDryRun", "Some", "Unknown"] },
    timeoutSeconds: { default: 10 },
  },
  MutatingWebhookConfiguration: {
    webhooks: { listType: "map", listMapKeys: ["name"] },
  },
  NamedRuleWithOperations: {
    $: { atomic: true },
    operations: { enum: ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] },
    scope: { enum: ["*", "Cluster", "Namespaced"], default: "*" },
  },
  Namespace: {
    spec: { default: {} },
  },
  NamespaceStatus: {
    conditions: { ...mergedBy("type") },
    phase: { enum: ["Active", "Terminating"] },
  },
  NetworkPolicyPort: {
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
  },
  NetworkPolicySpec: {
    policyTypes: { enum: ["Egress", "Ingress"] },
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
  NonResourcePolicyRule: {
    nonResourceURLs: { listType: "set" },
    verbs: { listType: "set" },
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
  ParamKind: {
    $: { atomic: true },
  },
  ParamRef: {
    $: { atomic: true },
  },
  PersistentVolume: {
    spec: { default: {} },
  },
  PersistentVolumeClaim: {
    spec: { default: {} },
  },
  PersistentVolumeClaimSpec: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    volumeMode: { enum: ["Block", "Filesystem"], default: "Filesystem" },
  },
  PersistentVolumeClaimStatus: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    conditions: { listType: "map", listMapKeys: ["type"] },
    phase: { enum: ["Bound", "Lost", "Pending"] },
  },
  PersistentVolumeClaimTemplate: {
    metadata: { default: {} },
  },
  PersistentVolumeSpec: {
    accessModes: { enum: ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"] },
    persistentVolumeReclaimPolicy: { enum: ["Delete", "Recycle", "Retain"], default: "Retain" },
    volumeMode: { enum: ["Block", "Filesystem"], default: "Filesystem" },
  },
  PersistentVolumeStatus: {
    phase: { enum: ["Available", "Bound", "Failed", "Pending", "Released"] },
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
  PodFailurePolicyRule: {
    action: { enum: ["Count", "FailIndex", "FailJob", "Ignore"] },
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
  PriorityClass: {
    $: { required: ["value"] },
    preemptionPolicy: { enum: ["Never", "PreemptLowerPriority"], default: "PreemptLowerPriority" },
  },
  PriorityLevelConfigurationStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
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
  QueuingConfiguration: {
    handSize: { default: 8 },
    queueLengthLimit: { default: 50 },
    queues: { default: 64 },
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
  ReplicationController: {
    spec: { default: {} },
  },
  ReplicationControllerSpec: {
    replicas: { default: 1 },
    selector: { atomic: true },
  },
  ReplicationControllerStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ResourceClaimStatus: {
    devices: { listType: "map", listMapKeys: ["driver", "device", "pool", "shareID"] },
    reservedFor: { listType: "map", listMapKeys: ["uid"] },
  },
  ResourceFieldSelector: {
    $: { atomic: true },
    divisor: { quantity: true, default: "0" },
  },
  ResourcePolicyRule: {
    apiGroups: { listType: "set" },
    namespaces: { listType: "set" },
    resources: { listType: "set" },
    verbs: { listType: "set" },
  },
  ResourceQuotaSpec: {
    scopes: {
      enum: [
        "BestEffort",
        "CrossNamespacePodAffinity",
        "NotBestEffort",
        "NotTerminating",
        "PriorityClass",
        "Terminating",
        "VolumeAttributesClass",
      ],
    },
  },
  ResourceRequirements: {
    claims: { listType: "map", listMapKeys: ["name"] },
    limits: { quantity: true },
    requests: { quantity: true },
  },
  ResourceStatus: {
    resources: { listType: "map", listMapKeys: ["resourceID"] },
  },
  RoleRef: {
    $: { atomic: true, required: ["apiGroup", "kind", "name"] },
  },
  RuleWithOperations: {
    operations: { enum: ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"] },
    scope: { enum: ["*", "Cluster", "Namespaced"], default: "*" },
  },
  ScaleIOVolumeSource: {
    fsType: { default: "xfs", emptyIsUnset: true },
    storageMode: { default: "ThinProvisioned", emptyIsUnset: true },
  },
  Scheduling: {
    nodeSelector: { atomic: true },
  },
  ScopeSelector: {
    $: { atomic: true },
  },
  ScopedResourceSelectorRequirement: {
    operator: { enum: ["DoesNotExist", "Exists", "In", "NotIn"] },
    scopeName: {
      enum: [
        "BestEffort",
        "CrossNamespacePodAffinity",
        "NotBestEffort",
        "NotTerminating",
        "PriorityClass",
        "Terminating",
        "VolumeAttributesClass",
      ],
    },
  },
  SeccompProfile: {
    type: { enum: ["Localhost", "RuntimeDefault", "Unconfined"] },
  },
  Secret: {
    type: { default: "Opaque" },
  },
  SecretKeySelector: {
    $: { atomic: true },
  },
  SecretReference: {
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
  ServiceAccount: {
    secrets: { listType: "map", listMapKeys: ["name"] },
  },
  ServiceAccountTokenProjection: {
    expirationSeconds: { default: 3600 },
  },
  ServiceBackendPort: {
    $: { atomic: true },
  },
  ServiceCIDRStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ServicePort: {
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP", emptyIsUnset: true },
  },
  ServiceReference: {
    port: { default: 443 },
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
  StorageClass: {
    reclaimPolicy: { enum: ["Delete", "Recycle", "Retain"], default: "Delete" },
    volumeBindingMode: { enum: ["Immediate", "WaitForFirstConsumer"], default: "Immediate" },
  },
  Subject: {
    $: { atomic: true },
  },
  Taint: {
    effect: { enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] },
  },
  TokenRequestSpec: {
    $: { required: ["audiences"] },
    expirationSeconds: { default: 3600 },
  },
  TokenRequestStatus: {
    $: { required: ["token", "expirationTimestamp"] },
  },
  TokenReviewSpec: {
    $: { required: [] },
  },
  Toleration: {
    effect: { enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"] },
    operator: { enum: ["Equal", "Exists", "Gt", "Lt"] },
  },
  TopologySelectorTerm: {
    $: { atomic: true },
  },
  TopologySpreadConstraint: {
    nodeAffinityPolicy: { enum: ["Honor", "Ignore"] },
    nodeTaintsPolicy: { enum: ["Honor", "Ignore"] },
    whenUnsatisfiable: { enum: ["DoNotSchedule", "ScheduleAnyway"] },
  },
  TypedLocalObjectReference: {
    $: { atomic: true },
  },
  UncountedTerminatedPods: {
    failed: { listType: "set" },
    succeeded: { listType: "set" },
  },
  ValidatingAdmissionPolicyBinding: {
    $: { required: [] },
  },
  ValidatingAdmissionPolicyBindingSpec: {
    $: { required: [] },
    validationActions: { listType: "set", enum: ["Audit", "Deny", "Warn"] },
  },
  ValidatingAdmissionPolicySpec: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    variables: { listType: "map", listMapKeys: ["name"] },
  },
  ValidatingAdmissionPolicyStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ValidatingWebhook: {
    failurePolicy: { enum: ["Fail", "Ignore"], default: "Fail" },
    matchConditions: { listType: "map", listMapKeys: ["name"] },
    matchPolicy: { enum: ["Equivalent", "Exact"], default: "Equivalent" },
    namespaceSelector: { default: {} },
    objectSelector: { default: {} },
    sideEffects: { enum: ["None", "NoneOnDryRun", "Some", "Unknown"] },
    timeoutSeconds: { default: 10 },
  },
  ValidatingWebhookConfiguration: {
    webhooks: { listType: "map", listMapKeys: ["name"] },
  },
  ValidationRule: {
    reason: {
      enum: ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"],
    },
  },
  Variable: {
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
