/** Where an object stands that is handed in: in `default` where its kind has namespaces and it names none. */
import type { Draft, KindDefinition } from "../../resources/index.ts";
import type { ObjectKey } from "../store.ts";

export function keyOf(kind: KindDefinition, { metadata }: Draft): ObjectKey {
  const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "default") : "";
  return { kind: kind.name, namespace, name: metadata.name ?? "" };
}
