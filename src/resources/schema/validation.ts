/**
 * What a schema forbids: fields that are missing, values that are none of a few, numbers out of range. The value has been
 * decoded and has its defaults. The rules that data cannot say are the kinds' own (KindRules.validate); they speak of the
 * values that are there, absence is told here.
 */
import { type Cause, didYouMean } from "../../errors/index.ts";
import { invalidValue, notSupported } from "../faults.ts";
import { isMap } from "../json.ts";
import { checkFields } from "./check-fields.ts";
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
      else if (isMap(value)) checkFields(schema, value, field, causes, check, entriesOf(schema));
  }
}

function checkList({ items }: Schema, value: readonly unknown[], field: string, causes: Cause[]): void {
  if (!items || !mayBeWrong(items)) return;
  for (let i = 0; i < value.length; i++) check(items, value[i], `${field}[${i}]`, causes);
}

function checkText(schema: Schema, value: string, field: string, causes: Cause[]): void {
  const { enum: values, toldAs = values, pattern } = schema;
  // The empty text is how "not given" looks in Go.
  if (values && value !== "" && !values.includes(value)) {
    causes.push(notSupported(field, value, (toldAs ?? values).filter(Boolean), didYouMean(value, values)));
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

/** The entries of a map: `metadata.labels[app]`. */
function entriesOf({ properties, additionalProperties: schema }: Schema) {
  return properties || !schema || !mayBeWrong(schema) ? undefined : { schema, at: entryAt };
}

function entryAt(field: string, key: string): string {
  return `${field}[${key}]`;
}

/** Lists and maps of plain text, most of them, need no look at each element. */
function mayBeWrong({ type, enum: values, pattern, minimum, maximum, format }: Schema): boolean {
  if (type === "object" || type === "array") return true;
  if (format === "any") return false;
  return (values ?? pattern ?? minimum ?? maximum) !== undefined;
}
