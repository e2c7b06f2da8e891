/**
 * What is wrong with the schema of a custom kind: it must be structural (structural-faults.ts), its defaults must fit it
 * (default-faults.ts), and it may not say what Kubernetes does not read. The texts are Kubernetes' own.
 */
import type { Cause } from "../../errors/index.ts";
import { forbidden, invalidValue, notSupported, required } from "../faults.ts";
import { isSame } from "../sameness.ts";
import { structuralSchema, valuesOf } from "../schema/index.ts";
import { defaultFaults } from "./default-faults.ts";
import { itemsOf, type JsonSchema, othersOf } from "./json-schema.ts";
import { listFaults } from "./list-type-faults.ts";
import { ruleSchemaFaults } from "./rule-schema-faults.ts";
import { structuralFaultsOf } from "./structural-faults.ts";

export interface SchemaContext {
  /** Whether the status is written by itself: then the root may say no more of the whole object. */
  readonly hasStatus: boolean;
  /** The schema that this one is to replace. */
  readonly old?: JsonSchema;
}

/** @param path of what has the schema: `spec.validation` */
export function schemaFaults(root: JsonSchema, path: string, { hasStatus, old }: SchemaContext): Cause[] {
  // What was accepted once is not refused because the rules have become stricter.
  if (old && isSame(old, root)) return [];
  const at = `${path}.openAPIV3Schema`;
  const structural = structuralFaultsOf(root, at);
  const causes = [
    ...(hasStatus ? statusFaults(root, at) : []),
    ...(root.nullable ? [forbidden(`${at}.nullable`, "nullable cannot be true at the root")] : []),
    ...(structural.length > 0 ? structural : defaultFaults(root, at)),
    ...openApiFaults(root, at, { isRoot: true, insideMetadata: false }),
  ];
  // The types of what rules speak of are known where nothing else is wrong.
  return causes.length > 0 ? causes : ruleSchemaFaults(structuralSchema(root), at);
}

const allowedAtRoot = `
  Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength
  Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example
  XPreserveUnknownFields XValidations
`
  .trim()
  .split(/\s+/);

function statusFaults(root: JsonSchema, path: string): Cause[] {
  if (root.type !== "object" && root.type !== undefined)
    return [
      invalidValue(
        `${path}.type`,
        root.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    ];
  const names = Object.keys(root).map(inGo);
  if (names.every(name => allowedAtRoot.includes(name))) return [];
  const rule = `only [${allowedAtRoot.join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalidValue(path, root, rule)];
}

/** `XPreserveUnknownFields` for `x-kubernetes-preserve-unknown-fields`. */
function inGo(name: string): string {
  const words = name.replace(/^x-kubernetes-/, "x-").split("-");
  return words.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

interface SubschemaContext {
  readonly isRoot: boolean;
  /** Within the metadata, kind or apiVersion of an object. */
  readonly insideMetadata: boolean;
  /** Why nothing may have a default here. */
  readonly withoutDefaults?: string;
}

const types = ["array", "boolean", "integer", "number", "object", "string"];
const unsupported = [
  "id",
  "additionalItems",
  "patternProperties",
  "definitions",
  "dependencies",
  "$ref",
] as const;
const metadataFields = ["metadata", "kind", "apiVersion"];

function openApiFaults(schema: JsonSchema, path: string, context: SubschemaContext): Cause[] {
  const { properties = {}, additionalProperties, allOf = [], oneOf = [], anyOf = [], not } = schema;
  const causes = [...plainFaults(schema, path, context)];
  if (schema.uniqueItems)
    causes.push(
      forbidden(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  const others = othersOf(schema);
  if (additionalProperties !== undefined) {
    if (Object.keys(properties).length > 0 && additionalProperties !== true)
      causes.push(
        forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive"),
      );
    const inner = context.insideMetadata
      ? { ...context, withoutDefaults: "inside additionalProperties applying to object metadata" }
      : context;
    if (others)
      causes.push(...openApiFaults(others, `${path}.additionalProperties`, { ...inner, isRoot: false }));
  }
  for (const [name, field] of Object.entries(properties)) {
    const isMetadata =
      (context.isRoot || schema["x-kubernetes-embedded-resource"] === true) && metadataFields.includes(name);
    causes.push(
      ...openApiFaults(field, `${path}.properties[${name}]`, {
        isRoot: false,
        insideMetadata: context.insideMetadata || isMetadata,
        ...(context.withoutDefaults && { withoutDefaults: context.withoutDefaults }),
        ...(isMetadata && context.isRoot && { withoutDefaults: `in top-level ${name}` }),
      }),
    );
  }
  const inner = { ...context, isRoot: false };
  if (not) causes.push(...openApiFaults(not, `${path}.not`, inner));
  for (const [name, list] of Object.entries({ allOf, oneOf, anyOf }))
    for (const [i, each] of list.entries())
      causes.push(...openApiFaults(each, `${path}.${name}[${i}]`, inner));
  const items = itemsOf(schema);
  if (items) causes.push(...openApiFaults(items, `${path}.items`, inner));
  return [
    ...causes,
    ...extensionFaults(schema, path),
    ...listFaults(schema, path),
    ...ruleFaults(schema, path),
  ];
}

/** What stands in the schema itself. */
function plainFaults(
  schema: JsonSchema,
  path: string,
  { withoutDefaults, insideMetadata }: SubschemaContext,
): Cause[] {
  const { type } = schema;
  return [
    ...(type && !types.includes(type) ? [notSupported(`${path}.type`, type, types)] : []),
    ...(schema.default !== undefined && withoutDefaults !== undefined
      ? [forbidden(`${path}.default`, `must not be set ${withoutDefaults}`)]
      : []),
    ...unsupported
      .filter(name => schema[name] !== undefined)
      .map(name => forbidden(`${path}.${name}`, `${name} is not supported`)),
    ...(type === "null"
      ? [forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative")]
      : []),
    ...(Array.isArray(schema.items)
      ? [forbidden(`${path}.items`, "items must be a schema object and not an array")]
      : []),
    ...(insideMetadata && schema["x-kubernetes-embedded-resource"]
      ? [forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta")]
      : []),
  ];
}

function extensionFaults(schema: JsonSchema, path: string): Cause[] {
  const causes: Cause[] = [];
  const wants = (name: "x-kubernetes-map-type" | "x-kubernetes-list-type", type: string) => {
    if (schema[name] === undefined || schema.type === type) return;
    const rule = `must be ${type} if ${name} is specified`;
    causes.push(
      schema.type ? invalidValue(`${path}.type`, schema.type, rule) : required(`${path}.type`, rule),
    );
  };
  if (schema["x-kubernetes-preserve-unknown-fields"] === false)
    causes.push(
      invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"),
    );
  wants("x-kubernetes-map-type", "object");
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined && !["atomic", "granular"].includes(mapType))
    causes.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
  wants("x-kubernetes-list-type", "array");
  return causes;
}

const reasons = () => valuesOf("ValidationRule", "reason");

/** What the rules in CEL lack besides what an expression may lack. */
function ruleFaults(schema: JsonSchema, path: string): Cause[] {
  return (schema["x-kubernetes-validations"] ?? []).flatMap((each, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const { rule = "", message, messageExpression, reason, fieldPath } = each;
    return [
      ...textFaults(rule, message, at),
      ...(messageExpression !== undefined && messageExpression !== "" && messageExpression.trim() === ""
        ? [required(`${at}.messageExpression`, "messageExpression must be non-empty if specified")]
        : []),
      ...(reason !== undefined && !reasons().includes(reason)
        ? [notSupported(`${at}.reason`, reason, reasons())]
        : []),
      ...(fieldPath && fieldPath.trim() === ""
        ? [invalidValue(`${at}.fieldPath`, fieldPath, "must be non-empty if specified")]
        : []),
      ...(fieldPath && /[\n\r]/.test(fieldPath)
        ? [invalidValue(`${at}.fieldPath`, fieldPath, "must not contain line breaks")]
        : []),
    ];
  });
}

function textFaults(rule: string, message: string | undefined, at: string): Cause[] {
  if (rule.trim() === "") return [required(`${at}.rule`, "rule is not specified")];
  if (message && message.trim() === "")
    return [invalidValue(`${at}.message`, message, "must be non-empty if specified")];
  if (/[\n\r]/.test(message?.trim() ?? ""))
    return [invalidValue(`${at}.message`, message, "must not contain line breaks")];
  if (/[\n\r]/.test(rule.trim()) && !message)
    return [required(`${at}.message`, "message must be specified if rule contains line breaks")];
  return [];
}
