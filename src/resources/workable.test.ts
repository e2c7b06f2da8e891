/** What somebody has put into the store past the API is worked with where its kind can be without what is missing. */
import { expect, test } from "vitest";
import { KindRegistry } from "./kind-registry.ts";
import type { KubernetesObject } from "./object.ts";
import { unworkable } from "./workable.ts";

const kinds = new KindRegistry();
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };

test.each<[string, string, object, string | undefined]>([
  ["v1", "Pod", {}, "spec.containers: "],
  ["v1", "Pod", { spec: {} }, "spec.containers: "],
  ["v1", "Pod", { spec: { nodeName: "a" } }, "spec.containers: "],
  ["v1", "Pod", { spec: "text" }, "spec: "],
  ["v1", "Pod", { spec: { containers: [{ image: "calc" }] } }, "spec.containers[0].name: "],
  ["v1", "Pod", { spec: { containers: [{ name: "main", image: "calc" }] } }, undefined],
  [
    "v1",
    "Pod",
    { spec: { containers: [{ name: "main", image: "calc" }] }, status: { conditions: {} } },
    "status.conditions: ",
  ],
  ["v1", "Service", {}, "spec.ports: "],
  ["v1", "PersistentVolumeClaim", {}, "spec."],
  ["v1", "PersistentVolume", {}, "spec"],
  ["apps/v1", "Deployment", {}, "spec."],
  ["apps/v1", "StatefulSet", {}, "spec."],
  ["batch/v1", "Job", {}, "spec.template"],
  ["v1", "Node", {}, undefined],
  ["v1", "Namespace", {}, undefined],
  ["coordination.k8s.io/v1", "Lease", {}, undefined],
  ["v1", "ConfigMap", {}, undefined],
  ["v1", "ConfigMap", { data: { a: 1 } }, "data"],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {}, "roleRef: "],
  ["rbac.authorization.k8s.io/v1", "ClusterRoleBinding", { roleRef }, undefined],
])("%s %s %j", (apiVersion, kind, more, fault) => {
  const metadata = { name: "x", namespace: "default", uid: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
  const object = { apiVersion, kind, metadata, ...more } as KubernetesObject;
  const found = kinds.of(object);
  const named =
    found.scope === "Namespaced" ? object : { ...object, metadata: { ...metadata, namespace: undefined } };
  const said = unworkable(found, named as KubernetesObject);
  if (fault === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(fault);
});
