/**
 * What the two validators of a schema have in common: how an object's fields are gone through. What is missing is told first, in
 * the schema's order; then each value is checked, in the object's order.
 *
 * They are two because Kubernetes has two: the rules of built-in kinds are written in Go and say "must be greater than or
 * equal to 0" (validation.ts); those of custom kinds are OpenAPI's and say "in body should be greater than or equal to 0"
 * (structural-validation.ts).
 */
import type { Cause } from "../../errors/index.ts";
import { required } from "../faults.ts";
import { isMap } from "../json.ts";
import type { Schema } from "./schema.ts";

/** Checks one value against its schema, and adds what is wrong to `causes`. `old`: what stood at its place before. */
export type Check = (schema: Schema, value: unknown, field: string, causes: Cause[], old?: unknown) => void;

/**
 * @param ofOthers the schema of the fields that are not declared, and the path of one of them; undefined where they need no check
 * @param old the object that this one is to replace
 */
export function checkFields(
  { properties, required: mustHave }: Schema,
  value: Readonly<Record<string, unknown>>,
  field: string,
  causes: Cause[],
  check: Check,
  ofOthers: { readonly schema: Schema; at(field: string, name: string): string } | undefined,
  old?: unknown,
): void {
  if (mustHave) {
    for (const name of mustHave)
      if (!Object.hasOwn(value, name) || value[name] === undefined) causes.push(required(at(field, name)));
  }
  if (!properties && !ofOthers) return;
  const before = isMap(old) ? old : {};
  for (const name of Object.keys(value)) {
    const known = properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known)
      check(
        known,
        value[name],
        at(field, name),
        causes,
        Object.hasOwn(before, name) ? before[name] : undefined,
      );
    else if (ofOthers) check(ofOthers.schema, value[name], ofOthers.at(field, name), causes, before[name]);
  }
}

/** The path of a field: `spec.replicas`. */
export function at(field: string, name: string): string {
  return field ? `${field}.${name}` : name;
}
