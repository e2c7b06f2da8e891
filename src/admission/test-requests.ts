/** What a plugin is asked in a test: about a new object of a kind, in the namespace `demo`. */
import { builtInKinds, type KindDefinition, KindRegistry } from "../resources/index.ts";
import { type AdmissionRequest, administrator } from "../store/index.ts";

const kinds = new KindRegistry(builtInKinds);

export function asking(kindName: string, more: Partial<AdmissionRequest> = {}): AdmissionRequest {
  const kind: KindDefinition = kinds.find(kindName);
  return {
    operation: "CREATE",
    kind,
    version: kind.versions[0],
    namespace: kind.scope === "Namespaced" ? "demo" : "",
    name: "p",
    subresource: "",
    old: undefined,
    user: administrator,
    dryRun: false,
    warn: () => {},
    ...more,
  };
}
