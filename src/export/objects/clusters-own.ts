/**
 * What a cluster has made itself and another cluster makes anew: objects that a controller keeps up, that every cluster has from its first
 * moment, or that tell what is the case now. It is left out, silently: nobody has declared it.
 */
import { firstDefinitions } from "../../resources/index.ts";
import { type ApiObject, controllerIn, groupOf, mapAt, textAt, textsIn } from "./parts.ts";

/** Those that tell what is, or that the control plane or a node writes. */
const reports: ReadonlySet<string> = new Set([
  "CSINode",
  "CSIStorageCapacity",
  "CertificateSigningRequest",
  "ComponentStatus",
  "ControllerRevision",
  "Event",
  "IPAddress",
  "Lease",
  "LeaseCandidate",
  "Node",
  "NodeMetrics",
  "PodMetrics",
  "ResourceSlice",
  "StorageVersion",
  "VolumeAttachment",
]);

const systemNamespaces: ReadonlySet<string> = new Set(["kube-system", "kube-public", "kube-node-lease"]);
const runtimes: ReadonlySet<string> = new Set(["thread", "process", "hollow"]);
const ourDriver = /\.k4s\.dev$/;
const definitions: ReadonlySet<string> = new Set(firstDefinitions.map(({ metadata }) => metadata.name ?? ""));

export function isClustersOwn(object: ApiObject): boolean {
  const { kind, metadata } = object;
  const { name, namespace } = metadata;
  if (reports.has(kind) || controllerIn(object)) return true;
  if (namespace !== undefined && systemNamespaces.has(namespace)) return true;
  const labels = textsIn(mapAt(metadata, "labels"));
  const annotations = textsIn(mapAt(metadata, "annotations"));
  const spec = mapAt(object, "spec");
  switch (kind) {
    case "Namespace":
      return name === "default" || systemNamespaces.has(name);
    case "ServiceAccount":
      return name === "default";
    case "ConfigMap":
      return name === "kube-root-ca.crt";
    case "Secret":
      return object.type === "kubernetes.io/service-account-token";
    case "Service":
    case "Endpoints":
    case "EndpointSlice":
      return isEndpointsOwn(object, labels, annotations);
    case "ClusterRole":
    case "ClusterRoleBinding":
    case "Role":
    case "RoleBinding":
      return labels["kubernetes.io/bootstrapping"] !== undefined || /^(system|k4s):/.test(name);
    case "PriorityClass":
      return name.startsWith("system-");
    case "FlowSchema":
    case "PriorityLevelConfiguration":
      return annotations["apf.kubernetes.io/autoupdate-spec"] !== undefined;
    case "APIService":
      return spec.service === undefined || spec.service === null;
    case "CustomResourceDefinition":
      return definitions.has(name);
    case "RuntimeClass":
      return runtimes.has(name);
    case "ServiceCIDR":
      return name === "kubernetes";
    case "CSIDriver":
      return ourDriver.test(name);
    case "IngressClass":
      return (textAt(spec, "controller") ?? "").startsWith("k4s.dev/");
    case "GatewayClass":
      return (textAt(spec, "controllerName") ?? "").startsWith("k4s.dev/");
    case "StorageClass":
      return ourDriver.test(textAt(object, "provisioner") ?? "");
    case "VolumeSnapshotClass":
      return ourDriver.test(textAt(object, "driver") ?? "");
    case "PersistentVolume":
      return annotations["pv.kubernetes.io/provisioned-by"] !== undefined;
    default:
      // Events have two groups, and are reports in both.
      return groupOf(object) === "metrics.k8s.io";
  }
}

/** The Service of the API, and the endpoints that follow from a selector. */
function isEndpointsOwn(
  { kind, metadata: { name, namespace } }: ApiObject,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): boolean {
  if (namespace === "default" && name === "kubernetes") return true;
  if (kind === "EndpointSlice") return labels["endpointslice.kubernetes.io/managed-by"] !== undefined;
  if (kind !== "Endpoints") return false;
  return (
    labels["endpoints.kubernetes.io/managed-by"] !== undefined ||
    annotations["endpoints.kubernetes.io/last-change-trigger-time"] !== undefined
  );
}
