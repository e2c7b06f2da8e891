/** The groups and versions that Kubernetes 1.35 serves: their Go package, and what client-node calls their files. */
export interface ApiPackage {
  readonly go: string;
  readonly group: string;
  readonly version: string;
  /** The file of its paths, `CoreV1Api`; absent for what has none of its own. */
  readonly api?: string;
  /** What its models begin with, where another package has one of the same name. */
  readonly prefix: string;
}

function api(go: string, group: string, api: string, prefix = api): ApiPackage {
  const version = go.slice(go.lastIndexOf("/") + 1);
  return { go: `k8s.io/api/${go}`, group, version, api: `${api}Api`, prefix };
}

/** In this order: of two structs of one name the first keeps it. */
export const packages: readonly ApiPackage[] = [
  api("core/v1", "", "CoreV1"),
  api("apps/v1", "apps", "AppsV1"),
  api("autoscaling/v2", "autoscaling", "AutoscalingV2"),
  api("autoscaling/v1", "autoscaling", "AutoscalingV1"),
  api("batch/v1", "batch", "BatchV1"),
  api("policy/v1", "policy", "PolicyV1"),
  api("networking/v1", "networking.k8s.io", "NetworkingV1"),
  api("discovery/v1", "discovery.k8s.io", "DiscoveryV1"),
  api("events/v1", "events.k8s.io", "EventsV1"),
  api("node/v1", "node.k8s.io", "NodeV1"),
  api("scheduling/v1", "scheduling.k8s.io", "SchedulingV1"),
  api("coordination/v1", "coordination.k8s.io", "CoordinationV1"),
  api("storage/v1", "storage.k8s.io", "StorageV1"),
  api("rbac/v1", "rbac.authorization.k8s.io", "RbacAuthorizationV1", "RbacV1"),
  api("authentication/v1", "authentication.k8s.io", "AuthenticationV1"),
  api("authorization/v1", "authorization.k8s.io", "AuthorizationV1"),
  api("certificates/v1", "certificates.k8s.io", "CertificatesV1"),
  api("admissionregistration/v1", "admissionregistration.k8s.io", "AdmissionregistrationV1"),
  api("flowcontrol/v1", "flowcontrol.apiserver.k8s.io", "FlowcontrolApiserverV1", "FlowcontrolV1"),
  api("resource/v1", "resource.k8s.io", "ResourceV1"),
  {
    go: "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
    group: "apiextensions.k8s.io",
    version: "v1",
    api: "ApiextensionsV1Api",
    prefix: "ApiextensionsV1",
  },
  {
    go: "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1",
    group: "apiregistration.k8s.io",
    version: "v1",
    api: "ApiregistrationV1Api",
    prefix: "ApiregistrationV1",
  },
  { go: "k8s.io/apimachinery/pkg/apis/meta/v1", group: "", version: "v1", prefix: "V1" },
  { go: "k8s.io/apimachinery/pkg/version", group: "", version: "", prefix: "Version" },
];
