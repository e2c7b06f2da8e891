/**
 * Objects as JSON text. What the store keeps is frozen and shared, so the text of an object is made once and serves every list
 * and every watch that tells of it.
 */
import { type KubernetesObject, type Schema, withZeros } from "../resources/index.ts";

/** By object: its fields without kind and apiVersion, and without the brace in front. */
const texts = new WeakMap<KubernetesObject, string>();

/** `schema` is that of its version, for what Go prints of it besides; it may be left out for an object that has none. */
export function objectText(object: KubernetesObject, schema?: Schema): string {
  const { kind, apiVersion } = object;
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)}${fieldsText(object, schema, ",")}`;
}

/** As an item of a list whose own kind says what its items are. */
export function itemText(object: KubernetesObject, schema?: Schema): string {
  return `{${fieldsText(object, schema, "")}`;
}

function fieldsText(object: KubernetesObject, schema: Schema | undefined, separator: string): string {
  let text = texts.get(object);
  if (text === undefined) {
    const { kind: _, apiVersion: __, ...fields } = schema ? withZeros(schema, object) : object;
    text = JSON.stringify(
      object.metadata?.uid === "" ? { ...fields, metadata: given(object) } : fields,
    ).slice(1);
    if (Object.isFrozen(object)) texts.set(object, text);
  }
  return text === "}" ? text : separator + text;
}

/** Of an object that is kept nowhere: it has no uid and no revision, and not always an age. */
function given({ metadata }: KubernetesObject): Partial<KubernetesObject["metadata"]> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== ""));
}
