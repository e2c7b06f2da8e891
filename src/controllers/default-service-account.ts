/**
 * Keeps the ServiceAccount `default` in each namespace. It comes with the namespace (`resources/kinds/namespace.ts`); this makes
 * it again once it was deleted, as Kubernetes does (`pkg/controller/serviceaccount/serviceaccounts_controller.go`).
 */
import { type Controller, controller, keyOf, settled, type Waker } from "../loop/index.ts";
import { isTerminating, type ServiceAccount } from "../resources/index.ts";

const name = "default";

const ownAccount: Waker = {
  kind: "ServiceAccount",
  *keys({ key }) {
    if (key.name === name) yield keyOf("Namespace", "", key.namespace);
  },
};

export const defaultServiceAccount: Controller<"Namespace"> = controller({
  name: "service-account-controller",
  kind: "Namespace",
  wokenBy: [ownAccount],
  async reconcile(namespace, world) {
    const place = namespace.metadata.name;
    if (isTerminating(namespace) || world.get("ServiceAccount", place, name)) return settled;
    const metadata = { name, namespace: place };
    await world.create<ServiceAccount>({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    return settled;
  },
});
