/**
 * YAML as a value, for what needs no places and tells of one mistake at most: the body of a request. JSON is a part of YAML, and
 * what most clients send under its name; that is read as JSON. Aliases are bounded: a few lines of them can stand for more than
 * fits into memory.
 */
import { parsedJson } from "../json.ts";
import { implicitTags } from "./scalars.ts";
import { yaml } from "./yaml.ts";

/** With three of them on each line, as many say some fifty thousand times what the first line says. */
const maxAliases = 30;

/** Of a key that is there twice the last counts, as in JSON. Throws an Error that says what cannot be read. */
export function yamlValue(text: string): unknown {
  return /^\s*[[{]/.test(text) ? jsonOrYaml(text) : readYaml(text);
}

function jsonOrYaml(text: string): unknown {
  try {
    return parsedJson(text);
  } catch {
    return readYaml(text);
  }
}

function readYaml(text: string): unknown {
  if (text.trim() === "") return undefined;
  const { FAILSAFE_SCHEMA, load, mergeTag } = yaml();
  // Kubernetes knows the merge key `<<`.
  const schema = FAILSAFE_SCHEMA.withTags(...implicitTags(), mergeTag);
  return load(text, { json: true, schema, maxAliases });
}
