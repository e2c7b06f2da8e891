/** What the tests of rules begin with: an object as a request would bring it, and the field and words of each fault that is found in it. */
import { completed, decoded, faultsIn } from "./accept.ts";
import { KindRegistry } from "./kind-registry.ts";
import type { KubernetesObject } from "./object.ts";

export type Fields = Readonly<Record<string, unknown>>;

export const kinds = new KindRegistry();

/** Decoded and with its defaults; `old` is what it replaces. */
export function read(kindName: string, given: Fields, old?: KubernetesObject): KubernetesObject {
  const kind = kinds.find(kindName);
  const [{ apiVersion }] = kind.versions;
  const metadata = { name: "x", ...(kind.scope === "Namespaced" && { namespace: "golden" }) };
  const { draft } = decoded(kind, { apiVersion, kind: kindName, metadata, ...given });
  return completed(kind, draft, old) as KubernetesObject;
}

/** Those of an object, or of its change from `before`, as `field: message`. */
export function faults(kindName: string, given: Fields, before?: Fields): string[] {
  const old = before && read(kindName, before);
  return faultsIn(kinds.find(kindName), read(kindName, given, old), old).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}
