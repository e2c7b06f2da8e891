/** The TypeScript interface of a definition, as text. */
import { alwaysThere, facts } from "./facts/index.ts";
import type { Attribute } from "./kubernetes-models/definitions.ts";
import { isModel, isTime, listOf, mapOf } from "./kubernetes-models/model-types.ts";

/**
 * @param nameOf says what a model is called here
 * @param apiVersion of a kind; undefined for a part of one
 */
export function interfaceOf(
  name: string,
  attributes: readonly Attribute[],
  nameOf: (model: string) => string,
  apiVersion: string | undefined,
  kind = name,
): string {
  const lines = attributes.map(({ name: field, type, required }) => {
    if (apiVersion !== undefined && field === "apiVersion") return `  readonly apiVersion: "${apiVersion}";`;
    if (apiVersion !== undefined && field === "kind") return `  readonly kind: "${kind}";`;
    const always =
      required ||
      alwaysThere.includes(`${name}.${field}`) ||
      (apiVersion && (field === "metadata" || (field === "spec" && facts[name]?.spec?.default)));
    const key = /^\w+$/.test(field) ? field : JSON.stringify(field);
    const values = facts[name]?.[field]?.enum;
    const text = values
      ? oneOf(values, listOf(type) !== undefined)
      : typescript(type, nameOf, apiVersion !== undefined);
    return `  readonly ${key}${always ? "" : "?"}: ${text};`;
  });
  return `export interface ${name} {\n${lines.join("\n")}\n}\n`;
}

function typescript(type: string, nameOf: (model: string) => string, inKind = false): string {
  const item = listOf(type);
  if (item !== undefined) {
    const text = typescript(item, nameOf);
    return `readonly ${/\W/.test(text) ? `(${text})` : text}[]`;
  }
  const value = mapOf(type);
  if (value !== undefined) return `Readonly<Record<string, ${typescript(value, nameOf)}>>`;
  if (isTime(type)) return "string";
  if (type === "IntOrString") return "number | string";
  if (type === "any" || type === "object") return "unknown";
  if (type === "V1ObjectMeta") return inKind ? "ObjectMeta" : "Partial<ObjectMeta>";
  return isModel(type) ? nameOf(type) : type;
}

/** A few values become a union, so that the compiler knows phases and policies; dozens of signals stay text. */
function oneOf(values: readonly string[], list: boolean): string {
  if (values.length > 12) return list ? "readonly string[]" : "string";
  const union = values.map(value => JSON.stringify(value)).join(" | ");
  return list ? `readonly (${union})[]` : union;
}
