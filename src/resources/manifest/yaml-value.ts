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

/** The value of a file that a person has written. Throws an Error where it is no YAML, or a value holds itself by an alias. */
export function plainYaml(text: string): unknown {
  return tree(yaml().load(text, { maxAliases }));
}

/** The same of a text with several documents. */
export function plainDocuments(text: string): unknown[] {
  return yaml().loadAll(text, { maxAliases }).map(tree);
}

/** Whoever walks over a value that holds itself comes to no end. */
function tree(root: unknown): unknown {
  const above = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (above.has(value)) throw new Error("an alias stands within what it is an alias of");
    above.add(value);
    for (const inner of Object.values(value)) walk(inner);
    above.delete(value);
  };
  walk(root);
  return root;
}
