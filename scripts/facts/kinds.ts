/** What Kubernetes 1.35 says of its kinds and no package does: short names, categories, what counts no generations. */
interface OwnFacts {
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly countsGenerations?: false;
  /** The warning that a writer of this kind gets. */
  readonly deprecated?: string;
  readonly nameRule?: "dnsLabel" | "dns1035Label" | "pathSegment";
  /** Where an update of what is not there creates it. */
  readonly createsOnUpdate?: true;
  /** Where an update must say which revision it replaces. */
  readonly updatesNeedRevision?: true;
  /** Where a deletion is answered with the object, and no package says so. */
  readonly answersDeletion?: true;
}

/** Kinds of client-node's 1.36 that 1.35 serves in no stable version. */
export const notServed = ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"];

const shortNames: Readonly<Record<string, string>> = {
  CertificateSigningRequest: "csr",
  ComponentStatus: "cs",
  ConfigMap: "cm",
  CronJob: "cj",
  CustomResourceDefinition: "crd crds",
  DaemonSet: "ds",
  Deployment: "deploy",
  Endpoints: "ep",
  Event: "ev",
  HorizontalPodAutoscaler: "hpa",
  IPAddress: "ip",
  Ingress: "ing",
  LimitRange: "limits",
  Namespace: "ns",
  NetworkPolicy: "netpol",
  Node: "no",
  PersistentVolume: "pv",
  PersistentVolumeClaim: "pvc",
  Pod: "po",
  PodDisruptionBudget: "pdb",
  PriorityClass: "pc",
  ReplicaSet: "rs",
  ReplicationController: "rc",
  ResourceQuota: "quota",
  Service: "svc",
  ServiceAccount: "sa",
  StatefulSet: "sts",
  StorageClass: "sc",
  VolumeAttributesClass: "vac",
};

const categories: Readonly<Record<string, string>> = {
  all: `CronJob DaemonSet Deployment HorizontalPodAutoscaler Job Pod ReplicaSet ReplicationController Service StatefulSet`,
  "api-extensions": `APIService CustomResourceDefinition MutatingWebhookConfiguration ValidatingAdmissionPolicy
    ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration`,
};

/** Their whole content takes effect at once, or they are older than the idea of a generation. */
const uncounted = `APIService CSIDriver CSINode CSIStorageCapacity ClusterRole ClusterRoleBinding ComponentStatus ConfigMap
  ControllerRevision Endpoints Event HorizontalPodAutoscaler IPAddress Lease LimitRange Namespace Node PersistentVolume
  PersistentVolumeClaim ResourceClaim ResourceClaimTemplate ResourceQuota Role RoleBinding RuntimeClass Secret Service
  ServiceAccount ServiceCIDR StorageClass VolumeAttachment VolumeAttributesClass`;

/** `AllowCreateOnUpdate` of the strategies in `pkg/registry`. */
const createdByUpdates = `ClusterRole ClusterRoleBinding Endpoints Event Lease LimitRange Role RoleBinding Service`;

/** No `AllowUnconditionalUpdate` there. */
const updatedByRevision = `APIService CSIDriver CSINode CSIStorageCapacity CustomResourceDefinition Lease
  MutatingWebhookConfiguration PodDisruptionBudget RuntimeClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass`;

/** `ReturnDeletedObject` of a store whose documentation tells of a Status. */
const answeringDeletions = "Namespace";

const deprecated: Readonly<Record<string, string>> = {
  ComponentStatus: "v1 ComponentStatus is deprecated in v1.19+",
  Endpoints: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

const nameRules: Readonly<Record<string, OwnFacts["nameRule"]>> = {
  ClusterRole: "pathSegment",
  ClusterRoleBinding: "pathSegment",
  Namespace: "dnsLabel",
  Role: "pathSegment",
  RoleBinding: "pathSegment",
  Service: "dns1035Label",
};

const words = (text: string) => text.split(/\s+/).filter(Boolean);
const all = [
  ...Object.keys(shortNames),
  ...Object.values(categories).flatMap(words),
  ...words(uncounted),
  ...words(updatedByRevision),
  ...Object.keys(nameRules),
];

export const kindFacts: Readonly<Record<string, OwnFacts>> = Object.fromEntries(
  all.map(kind => {
    const short = shortNames[kind];
    const within = Object.keys(categories).filter(name => words(categories[name] ?? "").includes(kind));
    const rule = nameRules[kind];
    const warning = deprecated[kind];
    return [
      kind,
      {
        ...(short && { shortNames: words(short) }),
        ...(within.length > 0 && { categories: within }),
        ...(words(uncounted).includes(kind) && { countsGenerations: false }),
        ...(words(createdByUpdates).includes(kind) && { createsOnUpdate: true as const }),
        ...(words(updatedByRevision).includes(kind) && { updatesNeedRevision: true as const }),
        ...(words(answeringDeletions).includes(kind) && { answersDeletion: true as const }),
        ...(warning && { deprecated: warning }),
        ...(rule && { nameRule: rule }),
      },
    ];
  }),
);
