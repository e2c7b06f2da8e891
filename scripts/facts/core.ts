/** Facts of pods, nodes, services and what else is in the core group. */
import { type FieldFacts, mergedBy } from "./field-facts.ts";

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

export const core: Record<string, Record<string, FieldFacts>> = {
  AppArmorProfile: {
    type: { enum: ["Localhost", "RuntimeDefault", "Unconfined"] },
  },
  ComponentStatus: {
    conditions: { listType: "map", listMapKeys: ["type"] },
  },
  ConfigMapKeySelector: {
    $: { atomic: true },
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
  EndpointAddress: {
    $: { atomic: true },
  },
  EndpointPort: {
    $: { atomic: true },
    name: { default: "" },
    protocol: { enum: ["SCTP", "TCP", "UDP"], default: "TCP" },
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
      toldAs: ["File", "FallbackToLogsOnError"],
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
  ObjectReference: {
    $: { atomic: true },
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
      toldAs: ["File", "FallbackToLogsOnError"],
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
      toldAs: ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
      default: "ClusterFirst",
      emptyIsUnset: true,
    },
    ephemeralContainers: { ...mergedBy("name") },
    hostAliases: { ...mergedBy("ip") },
    imagePullSecrets: { ...mergedBy("name") },
    initContainers: { ...mergedBy("name") },
    nodeSelector: { atomic: true },
    overhead: { quantity: true },
    preemptionPolicy: {
      enum: ["Never", "PreemptLowerPriority"],
      toldAs: ["PreemptLowerPriority", "Never"],
    },
    resourceClaims: { ...mergedBy("name"), retainKeys: true },
    restartPolicy: {
      enum: ["Always", "Never", "OnFailure"],
      toldAs: ["Always", "OnFailure", "Never"],
      default: "Always",
      emptyIsUnset: true,
    },
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
  ResourceFieldSelector: {
    $: { atomic: true },
    divisor: { quantity: true, default: "0" },
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
  SecurityContext: {
    procMount: { enum: ["Default", "Unmasked"] },
  },
  Service: {
    spec: { default: {} },
  },
  ServiceAccount: {
    secrets: { listType: "map", listMapKeys: ["name"] },
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
    effect: {
      enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"],
      toldAs: ["NoSchedule", "PreferNoSchedule", "NoExecute"],
    },
  },
  Toleration: {
    effect: {
      enum: ["NoExecute", "NoSchedule", "PreferNoSchedule"],
      toldAs: ["NoSchedule", "PreferNoSchedule", "NoExecute"],
    },
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
};
