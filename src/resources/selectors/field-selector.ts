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

/** Fails with BadRequest when a kind cannot be selected by one of the fields. */
export function checkFieldSelector(
  requirements: readonly FieldRequirement[],
  { selectableFields }: { readonly selectableFields: readonly string[] },
): void {
  for (const { path } of requirements) {
    if (path === "metadata.name" || path === "metadata.namespace" || selectableFields.includes(path))
      continue;
    throw new ApiError("BadRequest", `field label not supported: ${path}`);
  }
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
