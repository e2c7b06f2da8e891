/**
 * Keys that say which object is meant, written wrong: `metadta`, `knid`, a name beside the metadata. Each is told at its place,
 * and read as what it was meant to be, so that it hides no other mistake.
 */
import { didYouMean, nearestName } from "../../errors/index.ts";
import { blankMissing, gluedParts } from "./misaligned.ts";
import { type Entry, type MapNode, measured, type Node } from "./node.ts";
import type { Problem } from "./problems.ts";

/** The keys that objects of many kinds have, and those of a List. */
const objectKeys = ["apiVersion", "kind", "metadata", "spec", "status", "data", "items"];
/** No object has half as many at its top: where there are more, it is none. */
const mostKeys = 100;
const identityKeys = ["apiVersion", "kind", "metadata"];
const metadataKeys = [
  "name",
  "generateName",
  "namespace",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

/** The object with `apiVersion`, `kind`, `metadata` and what is in there under these names. */
export function wellNamed(node: MapNode, problems: Problem[]): MapNode {
  const object = renamed(node, identityKeys, objectKeys, "", problems);
  return withMetadata(object, problems);
}

/** The list with its `kind` and `items` under these names. */
export function wellNamedList(node: MapNode, problems: Problem[]): MapNode {
  return renamed(
    node,
    ["apiVersion", "kind", "items"],
    ["metadata", "apiVersion", "kind", "items"],
    "",
    problems,
  );
}

/** What stands beside the metadata and belongs into it goes there, if the object has no name else. */
function withMetadata(object: MapNode, problems: Problem[]): MapNode {
  const given = object.entries.get("metadata");
  const isAbsent = given === undefined || (given.value.kind === "scalar" && given.value.value === null);
  if (!isAbsent && given.value.kind !== "map") return object;
  const empty: MapNode = {
    kind: "map",
    entries: new Map(),
    start: object.start,
    end: object.start,
    size: 1,
    depth: 0,
  };
  const before = given?.value.kind === "map" ? given.value : empty;
  const metadata = renamed(before, metadataKeys, metadataKeys, "metadata", problems);
  const hasName = metadata.entries.has("name") || metadata.entries.has("generateName");
  const astray = hasName
    ? []
    : [...object.entries].filter(([key]) => ["name", "generateName", "namespace"].includes(key));
  if (metadata === before && astray.length === 0) return object;
  for (const [key, { key: place }] of astray) {
    const message = `unknown field "${key}": it belongs into metadata, as in metadata: { ${key}: … }`;
    problems.push({ ...at(place), field: key, reason: "FieldUnknown", message });
  }
  const inside = astray.filter(([key]) => !metadata.entries.has(key));
  const entries = new Map([...object.entries].filter(([key]) => !astray.some(([gone]) => gone === key)));
  const value = withEntries(metadata, new Map([...metadata.entries, ...inside]));
  entries.set("metadata", { key: given?.key ?? astray[0]?.[1].key ?? object, value });
  return withEntries(object, entries);
}

/** The map with keys that are missing under the names that other keys were meant to be; itself where none is. */
function renamed(
  given: MapNode,
  wanted: readonly string[],
  known: readonly string[],
  field: string,
  problems: Problem[],
): MapNode {
  const node = unglued(given, known, problems);
  const meant = new Map<string, string>();
  for (const key of [...node.entries.keys()].slice(0, mostKeys)) {
    if (known.includes(key)) continue;
    const name = nearestName(key, known);
    const isMissing = name !== undefined && wanted.includes(name) && !node.entries.has(name);
    if (isMissing && ![...meant.values()].includes(name)) meant.set(key, name);
  }
  if (meant.size === 0) return node;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const name = meant.get(key);
    entries.set(name ?? key, entry);
    if (name === undefined) continue;
    const path = field === "" ? key : `${field}.${key}`;
    const message = `unknown field "${path}"${didYouMean(key, [name])}`;
    problems.push({ ...at(entry.key), field: path, reason: "FieldUnknown", message });
  }
  return withEntries(node, entries);
}

/** `{name:web}` is one word to YAML, without a value. */
function unglued(node: MapNode, known: readonly string[], problems: Problem[]): MapNode {
  const entries = new Map<string, Entry>();
  let isGlued = false;
  for (const [word, entry] of node.entries) {
    const [name = "", value = ""] = gluedParts(word) ?? [];
    const isKey = known.includes(name) && !node.entries.has(name) && entry.value.start === entry.value.end;
    if (!isKey) {
      entries.set(word, entry);
      continue;
    }
    isGlued = true;
    const { start } = entry.key;
    const colon = start + name.length;
    problems.push({ offset: colon, length: 1, field: "", message: blankMissing });
    const text: Node = { kind: "scalar", value, start: colon + 1, end: entry.key.end, size: 1, depth: 0 };
    entries.set(name, { key: { start, end: colon }, value: text });
  }
  return isGlued ? withEntries(node, entries) : node;
}

function withEntries(node: MapNode, entries: ReadonlyMap<string, Entry>): MapNode {
  return { ...node, entries, ...measured([...entries.values()].map(({ value }) => value)) };
}

function at({ start, end }: { start: number; end: number }): { offset: number; length: number } {
  return { offset: start, length: end - start };
}
