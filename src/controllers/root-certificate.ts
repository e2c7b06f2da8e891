/**
 * Keeps the certificate of the cluster's authority in each namespace, as the ConfigMap `kube-root-ca.crt`: pods find there
 * whom to trust. Only where there is an authority.
 */
import type { Authority } from "../access/index.ts";
import { type Controller, controller, keyOf, settled, type Waker } from "../loop/index.ts";
import { type ConfigMap, isSame, isTerminating } from "../resources/index.ts";

const name = "kube-root-ca.crt";
const description =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

const ownConfigMap: Waker = {
  kind: "ConfigMap",
  *keys({ key }) {
    if (key.name === name) yield keyOf("Namespace", "", key.namespace);
  },
};

/** @param authority undefined as long as there is none */
export function rootCertificate(authority: () => Authority | undefined): Controller {
  return controller({
    name: "root-ca-certificate-publisher",
    kind: "Namespace",
    wokenBy: [ownConfigMap],
    concerns: () => authority() !== undefined,
    async reconcile(namespace, world) {
      const certificate = authority()?.trusted;
      if (certificate === undefined || isTerminating(namespace)) return settled;
      const place = namespace.metadata.name;
      const data = { "ca.crt": certificate };
      const found = world.get("ConfigMap", place, name);
      if (!found) {
        const annotations = { "kubernetes.io/description": description };
        const metadata = { name, namespace: place, annotations };
        await world.create<ConfigMap>({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
      } else if (!isSame(found.data, data)) await world.update({ ...found, data });
      return settled;
    },
  }) as Controller;
}
