/**
 * Whether an object that came into the store past the API can be worked with. Nobody has decoded or checked it: what its kind cannot be
 * without may be missing, or be of another type, and all that reads it would stumble there.
 */
import { completed, faultsIn } from "./accept.ts";
import type { KindDefinition } from "./definition/index.ts";
import { isMap } from "./json.ts";
import type { KubernetesObject } from "./object.ts";
import { decode, schemaFaults } from "./schema/index.ts";

/** What is wrong with it, as `spec.containers: Required value`; undefined where it can be worked with. */
export function unworkable(kind: KindDefinition, object: KubernetesObject): string | undefined {
  // Of those the definition may have changed since.
  if (kind.isCustom) return undefined;
  const { schema } = kind.versions[0];
  const wrong = decode(schema, object).faults.find(({ type }) => type === "wrong");
  if (wrong) return `${wrong.field}: ${wrong.message}`;
  const { spec } = object as { readonly spec?: unknown };
  const isBare = schema.properties?.spec !== undefined && (!isMap(spec) || Object.keys(spec).length === 0);
  const [missing] = isBare
    ? faultsIn(kind, completed(kind, { ...object, spec: {} } as KubernetesObject))
    : schemaFaults(schema, object).filter(({ reason }) => reason === "FieldValueRequired");
  return missing && `${missing.field}: ${missing.message}`;
}
