/**
 * What a schema forbids: fields that are missing, values that are none of a few, numbers out of range. The value has been
 * decoded and has its defaults. The rules that data cannot say are the kinds' own (KindRules.validate); they speak of the
 * values that are there, absence is told here.
 */
import { type Cause, didYouMean } from "../../errors/index.ts";
import { invalidValue, notSupported, required } from "../faults.ts";
import { matchesPattern } from "./pattern.ts";
import type { Schema } from "./schema.ts";

/** Everything in the value that the schema forbids. `field` is the path of the value itself. */
export function schemaFaults(schema: Schema, value: unknown, field = ""): Cause[] {
  const causes: Cause[] = [];
  check(schema, value, field, causes);
  return causes;
}

function check(schema: Schema, value: unknown, field: string, causes: Cause[]): void {
  switch (typeof value) {
    case "string":
      checkText(schema, value, field, causes);
      break;
    case "number":
      checkNumber(schema, value, field, causes);
      break;
    case "object":
      if (value === null || schema.format === "any") break;
      if (Array.isArray(value)) checkList(schema, value, field, causes);
      else checkObject(schema, value as Readonly<Record<string, unknown>>, field, causes);
  }
}

function checkObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  causes: Cause[],
): void {
  const { properties, required: mustHave, additionalProperties } = schema;
  if (mustHave) {
    for (const name of mustHave) if (value[name] === undefined) causes.push(required(at(field, name)));
  }
  if (properties) {
    for (const name in value) {
      const inner = properties[name];
      if (inner) check(inner, value[name], at(field, name), causes);
    }
  } else if (additionalProperties && mayBeWrong(additionalProperties)) {
    for (const key of Object.keys(value)) check(additionalProperties, value[key], `${field}[${key}]`, causes);
  }
}

function checkList({ items }: Schema, value: readonly unknown[], field: string, causes: Cause[]): void {
  if (!items || !mayBeWrong(items)) return;
  for (let i = 0; i < value.length; i++) check(items, value[i], `${field}[${i}]`, causes);
}

function checkText(schema: Schema, value: string, field: string, causes: Cause[]): void {
  const { enum: values, pattern } = schema;
  // The empty text is how "not given" looks in Go.
  if (values && value !== "" && !values.includes(value)) {
    causes.push(notSupported(field, value, values.filter(Boolean), didYouMean(value, values)));
  }
  if (pattern !== undefined && !matchesPattern(pattern, value)) {
    causes.push(invalidValue(field, value, `should match '${pattern}'`));
  }
}

function checkNumber({ minimum, maximum }: Schema, value: number, field: string, causes: Cause[]): void {
  if (minimum !== undefined && value < minimum) {
    causes.push(invalidValue(field, value, `must be greater than or equal to ${minimum}`));
  }
  if (maximum !== undefined && value > maximum) {
    causes.push(invalidValue(field, value, `must be less than or equal to ${maximum}`));
  }
}

/** Lists and maps of plain text, most of them, need no look at each element. */
function mayBeWrong({ type, enum: values, pattern, minimum, maximum, format }: Schema): boolean {
  if (type === "object" || type === "array") return true;
  if (format === "any") return false;
  return (values ?? pattern ?? minimum ?? maximum) !== undefined;
}

function at(field: string, name: string): string {
  return field ? `${field}.${name}` : name;
}
