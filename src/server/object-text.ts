/**
 * Objects as JSON text. What the store keeps is frozen and shared, so the text of an object is made once and serves every list
 * and every watch that tells of it.
 */
import type { KubernetesObject } from "../resources/index.ts";

/** By object: its fields without kind and apiVersion, and without the brace in front. */
const texts = new WeakMap<KubernetesObject, string>();

export function objectText(object: KubernetesObject): string {
  const { kind, apiVersion } = object;
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)}${fieldsText(object, ",")}`;
}

/** As an item of a list whose own kind says what its items are. */
export function itemText(object: KubernetesObject): string {
  return `{${fieldsText(object, "")}`;
}

function fieldsText(object: KubernetesObject, separator: string): string {
  let text = texts.get(object);
  if (text === undefined) {
    const { kind: _, apiVersion: __, ...fields } = object;
    text = JSON.stringify(fields).slice(1);
    if (Object.isFrozen(object)) texts.set(object, text);
  }
  return text === "}" ? text : separator + text;
}
