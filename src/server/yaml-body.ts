/**
 * YAML that a client sent. JSON is a part of it, and what most clients send under its name; that is read as JSON. Aliases are
 * bounded: a few lines of them can stand for more than fits into memory.
 */
import { boolYaml11Tag, CORE_SCHEMA, load, mergeTag } from "js-yaml";

/** With three of them on each line, as many say some fifty thousand times what the first line says. */
const maxAliases = 30;
/** Kubernetes takes `yes` and `on` for true, and knows the merge key `<<`. */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, mergeTag);

/** Of a key that is there twice the last counts, as in JSON. Throws an Error that says what cannot be read. */
export function yamlValue(text: string): unknown {
  return /^\s*[[{]/.test(text) ? jsonOrYaml(text) : readYaml(text);
}

function jsonOrYaml(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return readYaml(text);
  }
}

function readYaml(text: string): unknown {
  return text.trim() === "" ? undefined : load(text, { json: true, schema, maxAliases });
}
