/**
 * ComponentStatus: whether the scheduler, the controllers and the store are well, for `kubectl get componentstatuses`. They are
 * parts of one program here: while one answers they all are. Kept nowhere, as in Kubernetes (api/readings.ts).
 */
import type { Reading } from "../../api/index.ts";
import type { ComponentStatus } from "../../resources/index.ts";

/** As Kubernetes calls them. */
const components = ["scheduler", "controller-manager", "etcd-0"];

export const componentStatuses: Reading = {
  list: async () => components.map(statusOf),
  get: async (_, name) => components.filter(each => each === name).map(statusOf)[0],
};

function statusOf(name: string): ComponentStatus {
  return {
    apiVersion: "v1",
    kind: "ComponentStatus",
    // It is no object that is kept: it has no uid, no revision and no age.
    metadata: { name, uid: "", resourceVersion: "", creationTimestamp: "" },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  };
}
