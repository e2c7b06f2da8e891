/** An object as the API tells it, and the few ways to its parts that an export needs: what is not there, or of another type, is empty. */
import { isMap, type JsonMap } from "../../resources/index.ts";

type Json = JsonMap[string];

/** Of any kind, built-in or custom. */
export interface ApiObject extends JsonMap {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

interface Metadata extends JsonMap {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export function mapAt(value: Json, ...path: readonly string[]): JsonMap {
  let at = value;
  for (const key of path) at = isMap(at) ? at[key] : undefined;
  return isMap(at) ? at : {};
}

export function listAt(map: JsonMap, key: string): readonly JsonMap[] {
  const value = map[key];
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((each): each is JsonMap => isMap(each))
    : [];
}

export function textAt(map: JsonMap, key: string): string | undefined {
  const value = map[key];
  return typeof value === "string" ? value : undefined;
}

export function textsAt(map: JsonMap, key: string): string[] {
  const value = map[key];
  return Array.isArray(value) ? value.filter(each => typeof each === "string") : [];
}

/** Without these fields. */
export function without(map: JsonMap, ...keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}

/** The object with these fields instead of its own, and without others. */
export function withFields(object: ApiObject, fields: JsonMap, ...others: readonly string[]): ApiObject {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, metadata, ...without(object, ...others), ...fields } as ApiObject;
}

/** Labels or annotations. */
export function textsIn(map: JsonMap): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, String(value)]));
}

/** As people name it: `Deployment shop/web`. */
export function nameOf({ kind, metadata: { namespace, name } }: ApiObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

export function groupOf({ apiVersion }: Pick<ApiObject, "apiVersion">): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** The controller that keeps it up; undefined where it was declared. */
export function controllerIn({ metadata }: ApiObject): JsonMap | undefined {
  return listAt(metadata, "ownerReferences").find(({ controller }) => controller === true);
}
