import { expect, test } from "vitest";
import { KindRegistry } from "../kind-registry.ts";
import type { KubernetesObject } from "../object.ts";
import { checkFieldSelector, matchesFields, parseFieldSelector } from "../selectors/index.ts";

const kinds = new KindRegistry();
const versionOf = (kind: string, apiVersion: string) =>
  kinds.find(kind).versions.find(each => each.apiVersion === apiVersion);

function selectable(kind: string, apiVersion: string) {
  const { scope, isCustom } = kinds.find(kind);
  const { selectableFields = [] } = versionOf(kind, apiVersion) ?? {};
  return { apiVersion, kind, scope, isCustom, selectableFields };
}

const about = { kind: "Pod", namespace: "a", name: "web" };

test.each<[apiVersion: string, kind: string, object: object, matching: string, other: string]>([
  ["v1", "Pod", { spec: {} }, "spec.hostNetwork=false", "spec.hostNetwork!=false"],
  ["v1", "Pod", { spec: { hostNetwork: true } }, "spec.hostNetwork=true", "spec.hostNetwork="],
  [
    "v1",
    "Pod",
    { spec: {}, status: { podIPs: [{ ip: "10.0.0.1" }] } },
    "status.podIP=10.0.0.1",
    "status.podIP=",
  ],
  ["v1", "Node", { spec: {} }, "spec.unschedulable=false", "spec.unschedulable=true"],
  ["v1", "Node", { spec: { unschedulable: true } }, "spec.unschedulable!=false", "spec.unschedulable="],
  ["v1", "Event", { source: { component: "kubelet" } }, "source=kubelet", "source="],
  ["v1", "Event", { source: {}, reportingComponent: "x" }, "source=x,reportingComponent=x", "source="],
  ["v1", "Event", { involvedObject: about }, "involvedObject.name=web", "involvedObject.name=api"],
  ["events.k8s.io/v1", "Event", { involvedObject: about }, "regarding.name=web", "regarding.kind=Node"],
  ["events.k8s.io/v1", "Event", { reportingComponent: "x" }, "reportingController=x", "reportingController="],
  ["batch/v1", "Job", { status: {} }, "status.successful=0", "status.successful="],
  ["batch/v1", "Job", { status: { succeeded: 2 } }, "status.successful=2", "status.successful!=2"],
  ["apps/v1", "ReplicaSet", { status: {} }, "status.replicas=0", "status.replicas=1"],
  ["v1", "ReplicationController", { status: { replicas: 2 } }, "status.replicas=2", "status.replicas=0"],
])("%s %s %j is selected by %s, not by %s", (apiVersion, kind, object, matching, other) => {
  const version = versionOf(kind, apiVersion);
  const isSelected = (text: string) => {
    const fields = parseFieldSelector(text);
    checkFieldSelector(fields, selectable(kind, apiVersion));
    return matchesFields(fields, object as KubernetesObject, version?.fieldTexts);
  };
  expect([isSelected(matching), isSelected(other)]).toEqual([true, false]);
});

/** The words that Kubernetes has for each; those of the first are told in the documentation of field selectors. */
test.each([
  [
    "networking.k8s.io/v1",
    "Ingress",
    "foo.bar",
    '"foo.bar" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    "apps/v1",
    "Deployment",
    "spec.replicas",
    '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    "metrics.k8s.io/v1beta1",
    "PodMetrics",
    "spec.nodeName",
    '"spec.nodeName" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  ["v1", "Pod", "spec.foo", "field label not supported: spec.foo"],
  ["v1", "Node", "metadata.namespace", "field label not supported: metadata.namespace"],
  ["batch/v1", "Job", "status.failed", 'field label "status.failed" not supported for Job'],
  [
    "resource.k8s.io/v1",
    "ResourceSlice",
    "spec.pool.name",
    "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.pool.name",
  ],
])("%s %s cannot be selected by %s", (apiVersion, kind, path, message) => {
  const check = () => checkFieldSelector(parseFieldSelector(`${path}=x`), selectable(kind, apiVersion));
  expect(check).toThrow(expect.objectContaining({ reason: "BadRequest", message }));
});

test("a namespace can be asked of what Kubernetes tells by name alone", () => {
  const fields = parseFieldSelector("metadata.namespace=,metadata.name=a");
  for (const [apiVersion, kind] of [
    ["rbac.authorization.k8s.io/v1", "ClusterRole"],
    ["v1", "Pod"],
  ] as const)
    expect(() => checkFieldSelector(fields, selectable(kind, apiVersion))).not.toThrow();
});
