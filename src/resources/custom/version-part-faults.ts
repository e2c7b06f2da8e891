/** What is wrong with what a version of a custom kind says besides its schema: subresources, columns, selectable fields. */
import type { Cause } from "../../errors/index.ts";
import { duplicate, invalidValue, required } from "../faults.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceSubresources,
  SelectableField,
} from "../generated/kubernetes.gen.ts";
import { type JsonSchema, schemaAt } from "./json-schema.ts";

export function subresourceFaults({ scale }: CustomResourceSubresources, path: string): Cause[] {
  if (!scale) return [];
  const within = (
    name: "specReplicasPath" | "statusReplicasPath" | "labelSelectorPath",
    roots: readonly string[],
    rule: string,
  ) => {
    const field = `${path}.scale.${name}`;
    const value = scale[name];
    if (!value) return name === "labelSelectorPath" ? [] : [required(field)];
    const wrong = simplePathFaults(value, field);
    if (wrong.length > 0) return wrong;
    return roots.some(root => value.startsWith(root)) ? [] : [invalidValue(field, value, rule)];
  };
  return [
    ...within("specReplicasPath", [".spec."], "should be a json path under .spec"),
    ...within("statusReplicasPath", [".status."], "should be a json path under .status"),
    ...within(
      "labelSelectorPath",
      [".spec.", ".status."],
      "should be a json path under either .spec or .status",
    ),
  ];
}

function simplePathFaults(path: string, field: string): Cause[] {
  if (path.startsWith(".")) return [];
  return [invalidValue(field, path, "must be a simple json path starting with .")];
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

export function columnFaults(
  { name, type, format, jsonPath }: CustomResourceColumnDefinition,
  path: string,
): Cause[] {
  const types = `must be one of ${columnTypes.join(",")}`;
  return [
    ...(name ? [] : [required(`${path}.name`)]),
    ...(type ? [] : [required(`${path}.type`, types)]),
    ...(type && !columnTypes.includes(type) ? [invalidValue(`${path}.type`, type, types)] : []),
    ...(format && !columnFormats.includes(format)
      ? [invalidValue(`${path}.format`, format, `must be one of ${columnFormats.join(",")}`)]
      : []),
    ...(jsonPath ? simplePathFaults(jsonPath, `${path}.JSONPath`) : [required(`${path}.JSONPath`)]),
  ];
}

const maxSelectable = 8;

export function selectableFaults(
  fields: readonly SelectableField[],
  root: JsonSchema | undefined,
  path: string,
): Cause[] {
  const seen = new Set<string>();
  const causes = fields.flatMap(({ jsonPath }, i): Cause[] => {
    const field = `${path}[${i}].jsonPath`;
    if (!jsonPath) return [required(field)];
    const found = schemaAt(root, jsonPath);
    if (typeof found === "string") return [invalidValue(field, jsonPath, `is an invalid path: ${found}`)];
    const isKnown = seen.has(jsonPath);
    seen.add(jsonPath);
    const isScalar = ["string", "boolean", "integer"].includes(found.type ?? "");
    return [
      ...(jsonPath.startsWith(".metadata")
        ? [invalidValue(field, jsonPath, "must not point to fields in metadata")]
        : []),
      ...(isScalar ? [] : [invalidValue(field, jsonPath, selectableTypes)]),
      ...(isKnown ? [duplicate(field, jsonPath)] : []),
    ];
  });
  if (seen.size > maxSelectable) {
    const message = `Too many: ${seen.size}: must have at most ${maxSelectable} items`;
    causes.push({ reason: "FieldValueTooMany", field: path, message });
  }
  return causes;
}

const selectableTypes =
  "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
