/**
 * ConfigMaps and Secrets: what cannot be changed, and what a Secret of each type must hold. As in Kubernetes'
 * `pkg/apis/core/validation`.
 */
import type { Cause } from "../../errors/index.ts";
import type { KindRules } from "../definition/index.ts";
import { forbidden, invalidValue, required, tooLong, wrongEntryKey } from "../faults.ts";
import type { ConfigMap, Secret } from "../generated/kubernetes.gen.ts";
import { isMap } from "../json.ts";
import { jsonSyntaxFault } from "../json-syntax.ts";
import { configKey } from "../names.ts";
import { isSame } from "../sameness.ts";

export const configMapRules: KindRules<ConfigMap> = {
  validate(next, old) {
    const { data = {}, binaryData = {} } = next;
    const twice = Object.keys(data).filter(key => Object.hasOwn(binaryData, key));
    return [
      ...changeFaults(next, old, ["data", "binaryData"]),
      ...Object.keys(data).flatMap(key => keyFaults("data", key)),
      ...twice.map(key => wrongEntryKey("data", key, "duplicate of key present in binaryData")),
      ...Object.keys(binaryData).flatMap(key => keyFaults("binaryData", key)),
      ...(sizeOf(data) + bytesOf(binaryData) > maxBytes ? [tooLong(wholeObject, maxBytes)] : []),
    ];
  },
};

function keyFaults(map: "data" | "binaryData", key: string): Cause[] {
  return configKey(key).map(wrong => wrongEntryKey(map, key, wrong));
}

/** What both hold at most, so that a store of them stays small. */
const maxBytes = 1024 * 1024;

/** How Kubernetes prints a path that has no name. */
const wholeObject = "[]";

function sizeOf(data: Readonly<Record<string, string>>): number {
  return Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Of what is written in base64. */
function bytesOf(data: Readonly<Record<string, string>>): number {
  return Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text, "base64"), 0);
}

export const secretRules: KindRules<Secret> = {
  /** `stringData` is only for writers: it is kept as data. */
  fill(draft) {
    const { stringData, ...secret } = draft;
    if (!stringData) return draft;
    const encoded = Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(text).toString("base64"),
    ]);
    return { ...secret, data: { ...secret.data, ...Object.fromEntries(encoded) } };
  },
  validate(next, old) {
    const hasOtherType = old && next.type !== old.type;
    return [
      ...Object.keys(next.data ?? {}).flatMap(key => keyFaults("data", key)),
      ...(bytesOf(next.data ?? {}) > maxBytes ? [tooLong("data", maxBytes)] : []),
      ...missingKeyFaults(next as Secret),
      ...(hasOtherType ? [invalidValue("type", next.type, "field is immutable")] : []),
      ...changeFaults(next, old, ["data"]),
    ];
  },
};

type Content = Partial<Pick<ConfigMap, "immutable" | "data" | "binaryData">>;

/** What was once immutable stays so, with all that it holds. */
function changeFaults(next: Content, old: Content | undefined, fields: readonly (keyof Content)[]): Cause[] {
  if (!old?.immutable) return [];
  const problem = "field is immutable when `immutable` is set";
  const changed = fields.filter(field => !isSame(next[field] ?? {}, old[field] ?? {}));
  const fixed = next.immutable ? [] : ["immutable"];
  return [...fixed, ...changed].map(field => forbidden(field, problem));
}

/** The keys that a Secret of a type must have. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};
/** Of these one is enough. */
const basicAuth = ["username", "password"];
const accountAnnotation = "kubernetes.io/service-account.name";

function missingKeyFaults({ type = "", data = {}, metadata }: Secret): Cause[] {
  const has = (key: string) => Object.hasOwn(data, key);
  const missing = (keysOf[type] ?? []).filter(key => !has(key)).map(key => required(`data[${key}]`));
  if (type.startsWith("kubernetes.io/dockerc") && missing.length === 0)
    missing.push(...(keysOf[type] ?? []).flatMap(key => jsonFaults(data[key] ?? "", `data[${key}]`)));
  if (type === "kubernetes.io/basic-auth" && !basicAuth.some(has))
    return basicAuth.map(key => required(`data[%${key}]`));
  if (type === "kubernetes.io/service-account-token" && !metadata.annotations?.[accountAnnotation])
    return [required(`metadata.annotations[${accountAnnotation}]`)];
  return missing;
}

/** The content is not told: it is a secret. */
function jsonFaults(encoded: string, field: string): Cause[] {
  const text = Buffer.from(encoded, "base64").toString();
  const detail = jsonSyntaxFault(text) ?? noMapFault(JSON.parse(text));
  return detail === undefined ? [] : [invalidValue(field, redacted, detail)];
}

function noMapFault(value: unknown): string | undefined {
  if (value === null || isMap(value)) return undefined;
  const names: Readonly<Record<string, string>> = { boolean: "bool", object: "array" };
  const name = names[typeof value] ?? typeof value;
  return `json: cannot unmarshal ${name} into Go value of type map[string]interface {}`;
}

const redacted = "<secret contents redacted>";
