import { expect, test } from "vitest";
import { KindRegistry } from "../kind-registry.ts";
import type { KubernetesObject } from "../object.ts";
import { checkFieldSelector, matchesFields, parseFieldSelector } from "../selectors/index.ts";

const kinds = new KindRegistry();
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
  const version = kinds.find(kind).versions.find(each => each.apiVersion === apiVersion);
  const isSelected = (text: string) => {
    const fields = parseFieldSelector(text);
    checkFieldSelector(fields, { selectableFields: version?.selectableFields ?? [] });
    return matchesFields(fields, object as KubernetesObject, version?.fieldTexts);
  };
  expect([isSelected(matching), isSelected(other)]).toEqual([true, false]);
});
