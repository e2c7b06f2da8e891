/** Each kind lies where kube-apiserver keeps it, and what lies there is known again as that kind. */
import { expect, test } from "vitest";
import { KindRegistry } from "../../../resources/index.ts";
import { kindFolders } from "./kind-folders.ts";
import { Layout } from "./layout.ts";

const registry = new KindRegistry();
const folders = kindFolders(registry);
const layout = new Layout("/registry", folders);

/** Of each kind that is kept, below the prefix: those of Kubernetes as its own test of its storage has them (test/integration/etcd). */
const known = `
ClusterRole                       clusterroles/x
ClusterRoleBinding                clusterrolebindings/x
ConfigMap                         configmaps/ns/x
ControllerRevision                controllerrevisions/ns/x
CronJob                           cronjobs/ns/x
CSIDriver                         csidrivers/x
CSINode                           csinodes/x
CSIStorageCapacity                csistoragecapacities/ns/x
CertificateSigningRequest         certificatesigningrequests/x
CustomResourceDefinition          apiextensions.k8s.io/customresourcedefinitions/x
APIService                        apiregistration.k8s.io/apiservices/x
DaemonSet                         daemonsets/ns/x
Deployment                        deployments/ns/x
DeviceClass                       deviceclasses/x
EndpointSlice                     endpointslices/ns/x
Endpoints                         services/endpoints/ns/x
Event                             events/ns/x
FlowSchema                        flowschemas/x
HorizontalPodAutoscaler           horizontalpodautoscalers/ns/x
IPAddress                         ipaddresses/x
Ingress                           ingress/ns/x
IngressClass                      ingressclasses/x
Job                               jobs/ns/x
Lease                             leases/ns/x
LimitRange                        limitranges/ns/x
MutatingWebhookConfiguration      mutatingwebhookconfigurations/x
Namespace                         namespaces/x
NetworkPolicy                     networkpolicies/ns/x
Node                              minions/x
PersistentVolume                  persistentvolumes/x
PersistentVolumeClaim             persistentvolumeclaims/ns/x
Pod                               pods/ns/x
PodDisruptionBudget               poddisruptionbudgets/ns/x
PodTemplate                       podtemplates/ns/x
PriorityClass                     priorityclasses/x
PriorityLevelConfiguration        prioritylevelconfigurations/x
ReplicaSet                        replicasets/ns/x
ReplicationController             controllers/ns/x
ResourceClaim                     resourceclaims/ns/x
ResourceClaimTemplate             resourceclaimtemplates/ns/x
ResourceQuota                     resourcequotas/ns/x
ResourceSlice                     resourceslices/x
Role                              roles/ns/x
RoleBinding                       rolebindings/ns/x
RuntimeClass                      runtimeclasses/x
Secret                            secrets/ns/x
Service                           services/specs/ns/x
ServiceAccount                    serviceaccounts/ns/x
ServiceCIDR                       servicecidrs/x
StatefulSet                       statefulsets/ns/x
StorageClass                      storageclasses/x
ValidatingAdmissionPolicy         validatingadmissionpolicies/x
ValidatingAdmissionPolicyBinding  validatingadmissionpolicybindings/x
ValidatingWebhookConfiguration    validatingwebhookconfigurations/x
VolumeAttachment                  volumeattachments/x
VolumeAttributesClass             volumeattributesclasses/x
Container                         k4s.dev/containers/ns/x
VolumeSnapshot.snapshot.storage.k8s.io            snapshot.storage.k8s.io/volumesnapshots/ns/x
VolumeSnapshotClass.snapshot.storage.k8s.io       snapshot.storage.k8s.io/volumesnapshotclasses/x
VolumeSnapshotContent.snapshot.storage.k8s.io     snapshot.storage.k8s.io/volumesnapshotcontents/x
GatewayClass.gateway.networking.k8s.io            gateway.networking.k8s.io/gatewayclasses/x
Gateway.gateway.networking.k8s.io                 gateway.networking.k8s.io/gateways/ns/x
GRPCRoute.gateway.networking.k8s.io               gateway.networking.k8s.io/grpcroutes/ns/x
HTTPRoute.gateway.networking.k8s.io               gateway.networking.k8s.io/httproutes/ns/x
ReferenceGrant.gateway.networking.k8s.io          gateway.networking.k8s.io/referencegrants/ns/x
`
  .trim()
  .split("\n")
  .map((line): [string, string] => {
    const [kind = "", place = ""] = line.split(/\s+/);
    return [kind, place];
  });

test.each(known)("%s lies at %s, and is known there again", (name, place) => {
  const kind = registry.get(name);
  if (!kind) throw new Error(`there is no kind ${name}`);
  const namespace = place.endsWith("/ns/x") ? "ns" : "";
  const at = layout.keyOf({ kind: name, namespace, name: "x" });
  expect(at).toBe(`/registry/${place}`);
  for (const { apiVersion } of kind.versions) {
    const metadata = { name: "x", uid: "1", ...(namespace && { namespace }) };
    const text = JSON.stringify({ apiVersion, kind: kind.kind, metadata });
    expect(layout.objectAt(at, text, 7)?.key).toEqual({ kind: name, namespace, name: "x" });
  }
});

test("all kinds that are kept are among them", () => {
  // What is asked for, and never kept.
  const computed = /Review$|Metrics$|^Binding$|^ComponentStatus$/;
  const kept = registry.all.map(({ name }) => name).filter(name => !computed.test(name));
  expect(kept.toSorted()).toEqual(known.map(([name]) => name).toSorted());
});

test("a custom kind lies in the folder of its group, and is known before its definition is read", () => {
  const crontab = { apiVersion: "stable.example.com/v1", kind: "CronTab" };
  expect(folders.kindOf(crontab)).toBe("CronTab.stable.example.com");
  expect(folders.kindOf({ apiVersion: "apps/v1", kind: "Deployment" })).toBe("Deployment");
  expect(folders.kindOf({ apiVersion: "v1", kind: "RangeAllocation" })).toBeUndefined();
});
