/**
 * NamespaceLifecycle: a namespace must be there, and stay, before anything is put into it; those that the cluster needs
 * may not be deleted.
 */
import { isTerminating } from "../resources/index.ts";
import { type AdmissionRequest, forbidden, type Named, notFound } from "../store/index.ts";
import type { AdmissionPlugin, StoreReader } from "./plugin.ts";

const namespaces: Named = { kind: "Namespace", group: "", plural: "namespaces" };

/** Those the cluster cannot do without. */
const immortal: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

export const namespaceLifecycle: AdmissionPlugin = {
  name: "NamespaceLifecycle",
  on: [{ operations: ["CREATE"] }, { operations: ["DELETE"], kinds: ["Namespace"] }],
  // Before anything else is asked, and before the object is held against its schema.
  mutate(object, request, reader) {
    assertNamespace(request, reader);
    return object;
  },
  validate(_, { operation, name }) {
    if (operation === "DELETE" && immortal.has(name))
      throw forbidden(namespaces, name, "this namespace may not be deleted");
  },
  // It may have gone while another plugin took its time: what came into it then would stay for ever.
  validateLast(_, request, reader) {
    assertNamespace(request, reader);
  },
};

function assertNamespace({ operation, kind, namespace, name }: AdmissionRequest, reader: StoreReader): void {
  // Whether a namespace is there is nothing that who asks about rights may learn by it.
  if (operation !== "CREATE" || namespace === "" || kind.group === "authorization.k8s.io") return;
  const found = reader.get("Namespace", "", namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (!isTerminating(found) && found.status?.phase !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [
    { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
  ]);
}
