/**
 * What keeps an applied object from being divided into fields, in structured-merge-diff's words: a field that its schema does
 * not know, a value of the wrong type, an element of a list that cannot be told from another.
 */
import { isList, isMap, type Json, type JsonMap } from "../json.ts";
import type { Schema } from "../schema/index.ts";
import { presentIn } from "./fields-of.ts";
import { elementText, fieldElement } from "./path-element.ts";
import { elementOf, fieldSchema, isAtomic, itemSchema, shapeOf } from "./shape.ts";

/** `.spec.x: field not declared in schema`; several are a list of lines. Undefined where there is nothing wrong. */
export function conformanceFault(schema: Schema, object: JsonMap): string | undefined {
  const faults: string[] = [];
  check(schema, object, "", faults);
  const [first] = faults;
  return faults.length > 1 ? `errors:${faults.map(fault => `\n  ${fault}`).join("")}` : first;
}

function check(schema: Schema, value: Json, path: string, faults: string[]): void {
  const tell = (fault: string) => faults.push(path ? `${path}: ${fault}` : fault);
  const shape = shapeOf(schema, value);
  if (value === null) return;
  if (shape === "map") {
    if (!isMap(value)) return void tell(`expected map, got ${goValue(value)}`);
    for (const [name, inner] of presentIn(value)) {
      const inside = fieldSchema(schema, name);
      const below = path + elementText(fieldElement(name));
      if (inside) check(inside, inner, below, faults);
      else return void faults.push(`${below}: field not declared in schema`);
    }
  } else if (shape === "list") {
    if (!isList(value)) return void tell(`expected list, got ${goValue(value)}`);
    checkItems(schema, value, path, faults);
  } else {
    const fault = scalarFault(schema, value);
    if (fault) tell(fault);
  }
}

function checkItems(list: Schema, items: readonly Json[], path: string, faults: string[]): void {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    let element = `i:${i}`;
    if (!isAtomic(list, "list")) {
      const step = elementOf(list, item);
      if ("fault" in step) return void faults.push(`${path}: element ${i}: ${step.fault}`);
      element = step.element;
      if (seen.has(element)) faults.push(`${path}: duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    check(itemSchema(list), item, path + elementText(element), faults);
  }
}

function scalarFault({ type, format }: Schema, value: Json): string | undefined {
  const isScalar = typeof value !== "object";
  switch (type) {
    case "integer":
    case "number":
      return typeof value === "number" ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected boolean, got ${goValue(value)}`;
    case "string":
      // A text with a format may be any plain value as far as it can be told here.
      if (typeof value === "string" || (isScalar && format !== undefined && format !== "byte"))
        return undefined;
      if (format !== undefined && format !== "byte") return `expected any scalar, got ${goValue(value)}`;
      return `expected string, got &value.valueUnstructured{Value:${goSource(value)}}`;
    default:
      return isScalar ? undefined : `expected any scalar, got ${goValue(value)}`;
  }
}

// --- Values as Go prints them.

/** `%v` of a value: `&{map[a:1]}`. */
function goValue(value: Json): string {
  return `&{${goText(value)}}`;
}

function goText(value: Json): string {
  if (value === null) return "<nil>";
  if (isList(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isMap(value)) return String(value);
  const entries = presentIn(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `map[${entries.map(([name, inner]) => `${name}:${goText(inner)}`).join(" ")}]`;
}

/** `%T`. */
function goType(value: Json): string {
  if (isList(value)) return "[]interface {}";
  if (isMap(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : "string";
}

/** `%#v`. */
function goSource(value: Json): string {
  if (value === null) return "interface {}(nil)";
  if (isList(value)) return `[]interface {}{${value.map(goSource).join(", ")}}`;
  if (!isMap(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const entries = presentIn(value).sort(([one], [other]) => (one < other ? -1 : 1));
  const pairs = entries.map(([name, inner]) => `${JSON.stringify(name)}:${goSource(inner)}`);
  return `map[string]interface {}{${pairs.join(", ")}}`;
}
