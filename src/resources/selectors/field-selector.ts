/**
 * Field selectors: which objects are meant, by their fields, `status.phase=Running,spec.nodeName!=`. Only the fields that
 * a kind offers can be asked for.
 */
import { ApiError } from "../../errors/index.ts";
import type { KubernetesObject } from "../object.ts";

/** One condition on a field. An absent field counts as "". */
export interface FieldRequirement {
  readonly path: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/**
 * Reads `status.phase=Running,spec.nodeName!=`; a backslash takes a comma, an equals sign or itself literally. Throws
 * BadRequest.
 */
export function parseFieldSelector(text: string): FieldRequirement[] {
  const terms = text.match(/(?:\\.|[^,\\])+/gs) ?? [];
  return terms.map(term => {
    const match = /^((?:\\.|[^=!\\])+?)\s*(==|!=|=)((?:\\.|[^=\\])*)$/s.exec(term);
    if (!match) {
      throw new ApiError("BadRequest", `invalid selector: '${text}'; can't understand '${term}'`);
    }
    const [, path = "", operator, value = ""] = match;
    return { path: unescaped(path), operator: operator === "!=" ? "!=" : "=", value: unescaped(value) };
  });
}

/**
 * The text of fields, by their paths: of the object in the form in which it is kept, whatever the version that the path is of.
 */
export type FieldTexts<T extends KubernetesObject = KubernetesObject> = Readonly<
  Record<string, (object: T) => string>
>;

/** A kind in the version that is asked for, as far as the fields by which it is selected depend on it. */
export interface Selectable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly isCustom: boolean;
  /** Besides its name and, mostly, its namespace. */
  readonly selectableFields: readonly string[];
}

/** Fails with BadRequest when a kind cannot be selected by one of the fields. */
export function checkFieldSelector(requirements: readonly FieldRequirement[], selectable: Selectable): void {
  for (const { path } of requirements)
    if (!isOffered(path, selectable)) throw new ApiError("BadRequest", refusal(path, selectable));
}

/** What Kubernetes knows by name and namespace alone it asks for a namespace even where it has none. */
function isOffered(path: string, selectable: Selectable): boolean {
  if (path === "metadata.name" || selectable.selectableFields.includes(path)) return true;
  return path === "metadata.namespace" && (selectable.scope === "Namespaced" || isByNameAlone(selectable));
}

function isByNameAlone({ isCustom, selectableFields }: Selectable): boolean {
  return !isCustom && selectableFields.length === 0;
}

/** The words of the AddFieldLabelConversionFunc of each kind; of one that has none, those of apimachinery. */
function refusal(path: string, selectable: Selectable): string {
  const { apiVersion, kind, isCustom } = selectable;
  if (isByNameAlone(selectable))
    return `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
  if (kind === "Job" && !isCustom) return `field label "${path}" not supported for Job`;
  if (kind === "ResourceSlice" && !isCustom)
    return `field label not supported for ${apiVersion}, Kind=${kind}: ${path}`;
  return `field label not supported: ${path}`;
}

/** The only name that can be meant; undefined where it may be any. */
export function selectedName(requirements: readonly FieldRequirement[]): string | undefined {
  return requirements.find(({ path, operator }) => path === "metadata.name" && operator === "=")?.value;
}

/** @param texts of fields that are not compared by what stands at their path */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: KubernetesObject,
  texts: FieldTexts = {},
): boolean {
  return requirements.every(({ path, operator, value }) => {
    const text = Object.hasOwn(texts, path) ? texts[path]?.(object) : textAt(object, path);
    return (text === value) === (operator === "=");
  });
}

/** The field at a path such as `spec.nodeName`, as text; "" where it is absent. */
export function textAt(object: KubernetesObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return "";
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value === undefined || value === null ? "" : String(value);
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, "$1").trim();
}
