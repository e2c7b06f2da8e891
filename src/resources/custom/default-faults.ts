/** The defaults of a schema must fit it: no unknown field, nothing that the schema forbids. */
import type { Cause } from "../../errors/index.ts";
import { invalidValue } from "../faults.ts";
import { isSame } from "../sameness.ts";
import { prunedBy, structuralFaultsOfValue, structuralSchema } from "../schema/index.ts";
import { itemsOf, type JsonSchema } from "./json-schema.ts";

export function defaultFaults(schema: JsonSchema, path: string): Cause[] {
  const items = itemsOf(schema);
  return [
    ...(schema.default === undefined ? [] : faultsOf(schema, schema.default, `${path}.default`)),
    ...(items ? defaultFaults(items, `${path}.items`) : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
      defaultFaults(field, `${path}.properties[${name}]`),
    ),
  ];
}

function faultsOf(schema: JsonSchema, value: unknown, path: string): Cause[] {
  const read = structuralSchema(schema);
  if (!isSame(prunedBy(read, value), value))
    return [invalidValue(path, value, "must not have unknown fields")];
  return structuralFaultsOfValue(read, value, path);
}
