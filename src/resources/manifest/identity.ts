/**
 * Which object a node of a manifest declares: its kind, apiVersion and name, or all that is wrong with these. `kind: List`
 * is unfolded here; an apiVersion that was left out is filled in where the kind has one meaning.
 */
import { didYouMean, nearestName } from "../../errors/index.ts";
import { apiVersionsOf, type KindDefinition, versionIn } from "../definition/index.ts";
import { blankMissing, gluedParts } from "./misaligned.ts";
import { wellNamed, wellNamedList } from "./misnamed.ts";
import { type Entry, type MapNode, type Node, type ScalarNode, textAt } from "./node.ts";
import type { Problem } from "./problems.ts";

export type KnownKind = Pick<
  KindDefinition,
  "name" | "kind" | "group" | "scope" | "versions" | "plural" | "singular" | "shortNames"
> & {
  readonly isCustom?: boolean;
  /** True where an object of the kind is a file's content, and needs no name. */
  readonly isNameless?: boolean;
};

export interface Declared<K extends KnownKind = KnownKind> {
  /** With what was written wrong under the names that were meant. */
  readonly node: MapNode;
  readonly kind: K;
  readonly apiVersion: string;
  /** Kind, namespace and name as one text: two objects of one manifest may not have the same. */
  readonly key: string | undefined;
}

/** The objects that a document stands for: itself, or what its list holds. */
export function* unfolded(node: Node, kinds: readonly KnownKind[], problems: Problem[]): Generator<MapNode> {
  if (node.kind === "list") {
    for (const item of node.items) yield* unfolded(item, kinds, problems);
    return;
  }
  if (node.kind === "scalar") {
    const message = `an object is wanted here (apiVersion, kind, metadata, …), not ${JSON.stringify(node.value)}`;
    problems.push({ ...at(node), field: "", message });
    return;
  }
  const list = asList(node, kinds, problems);
  if (list === undefined) {
    yield node;
    return;
  }
  const items = list.entries.get("items")?.value;
  if (items?.kind === "list") {
    for (const item of items.items) yield* unfolded(ofItsKind(item, list), kinds, problems);
  } else if (items !== undefined && !(items.kind === "scalar" && items.value === null)) {
    problems.push({ ...at(items), field: "items", message: "the items of a List must be a list" });
  }
}

/** The node as a list of objects, `kind: List` or `PodList`, or what was meant to be one; undefined where it is none. */
function asList(node: MapNode, kinds: readonly KnownKind[], problems: Problem[]): MapNode | undefined {
  const mistakes: Problem[] = [];
  let list = wellNamedList(node, mistakes);
  const kind = textAt(list, "kind");
  if (kind === undefined || kinds.some(known => known.kind === kind)) return undefined;
  const lists = ["List", ...namesOf(kinds).map(name => `${name}List`)];
  const hasItems = list.entries.get("items")?.value.kind === "list";
  if (!lists.includes(kind) && !(hasItems && kind.endsWith("List"))) {
    const meant = hasItems ? nearestName(kind, lists) : undefined;
    const entry = list.entries.get("kind");
    if (meant === undefined || entry === undefined) return undefined;
    const message = `there is no kind ${JSON.stringify(kind)}${didYouMean(kind, lists)}`;
    mistakes.push({ ...at(entry.value), field: "kind", reason: "FieldValueNotSupported", message });
    list = { ...list, entries: new Map(list.entries).set("kind", withText(entry, meant)) };
  }
  problems.push(...mistakes);
  return list;
}

/** The object with its kind, where the line that says it could not be read and was cut out of the text. */
export function withKindOf(
  node: Node,
  { text, base }: { readonly text: string; readonly base: number },
): Node {
  if (node.kind !== "map" || node.entries.has("kind")) return node;
  const found = /^(["']?kind["']?[ \t]*[:=]?[ \t]*["']?)([A-Z]\w*)/m.exec(text);
  if (found === null) return node;
  const [, before = "", kind = ""] = found;
  const start = base + found.index;
  const value: Node = {
    kind: "scalar",
    value: kind,
    start: start + before.length,
    end: start + before.length + kind.length,
    size: 1,
    depth: 0,
  };
  return { ...node, entries: new Map(node.entries).set("kind", { key: { start, end: start + 4 }, value }) };
}

/** The entry with another text, at the same place. */
function withText({ key, value: { start, end } }: Entry, text: string): Entry {
  return { key, value: { kind: "scalar", value: text, start, end, size: 1, depth: 0 } };
}

/** An item of a PodList that does not say so is a Pod, of the list's apiVersion. */
function ofItsKind(item: Node, list: MapNode): Node {
  const kind = list.entries.get("kind");
  const itemKind = textAt(list, "kind")?.replace(/List$/, "");
  if (item.kind !== "map" || item.entries.has("kind") || kind === undefined || !itemKind) return item;
  const entries = new Map(item.entries);
  entries.set("kind", withText(kind, itemKind));
  const apiVersion = list.entries.get("apiVersion");
  if (apiVersion !== undefined && !entries.has("apiVersion")) entries.set("apiVersion", apiVersion);
  return { ...item, entries };
}

/**
 * What the node declares, and what is wrong with how it says so; a mistake is read as what was meant, where that is near.
 * Undefined where it cannot be told which kind is meant. `text` is what it was read from, where that is there.
 */
export function declared<K extends KnownKind>(
  given: MapNode,
  kinds: readonly K[],
  problems: Problem[],
  text = "",
): Declared<K> | undefined {
  const node = wellNamed(given, problems);
  const kind = kindOf(node, kinds, problems);
  const metadata = node.entries.get("metadata");
  // Where no kind has names, nor has what none could be found for.
  if (!kind && kinds.every(({ isNameless }) => isNameless)) return undefined;
  if (kind?.isNameless) {
    const { apiVersion } = versionIn(kind, textAt(node, "apiVersion"));
    return { node, kind, apiVersion, key: undefined };
  }
  if (metadata === undefined || (metadata.value.kind === "scalar" && metadata.value.value === null)) {
    problems.push({
      ...at(node),
      field: "metadata.name",
      reason: "FieldValueRequired",
      message: "Required value: metadata: { name: … } says what the object is called",
    });
  } else if (metadata.value.kind !== "map") {
    const { value } = metadata;
    const [glued] = value.kind === "scalar" ? (gluedParts(String(value.value)) ?? []) : [];
    problems.push(
      glued === undefined
        ? { ...at(value), field: "metadata", message: "must be an object, such as { name: web }" }
        : { offset: value.start + glued.length, length: 1, field: "metadata", message: blankMissing },
    );
  } else {
    checkName(metadata.value, metadata.key.start, text, problems);
  }
  if (kind === undefined) return undefined;
  const { apiVersion } = versionIn(kind, textAt(node, "apiVersion"));
  return { node, kind, apiVersion, key: keyOf(node, kind) };
}

function kindOf<K extends KnownKind>(node: MapNode, kinds: readonly K[], problems: Problem[]): K | undefined {
  const entry = node.entries.get("kind");
  if (entry === undefined) {
    const message = `Required value: one of ${namesOf(kinds).join(", ")}`;
    problems.push({ ...at(node), field: "kind", reason: "FieldValueRequired", message });
    return undefined;
  }
  const kind = textAt(node, "kind");
  const candidates = kinds.filter(known => known.kind === kind);
  const apiVersion = node.entries.get("apiVersion");
  if (candidates.length === 0) {
    const meant = kind === undefined ? undefined : meantKind(kind, kinds);
    const message =
      kind === undefined
        ? "must be text, such as Pod"
        : `there is no kind ${JSON.stringify(kind)}${hintFor(kind, meant, kinds)}`;
    problems.push({ ...at(entry.value), field: "kind", reason: "FieldValueNotSupported", message });
    return meant;
  }
  const [only] = candidates;
  if (apiVersion === undefined && candidates.length === 1) return only;
  const right = candidates.flatMap(apiVersionsOf).join(" or ");
  if (apiVersion === undefined) {
    const message = `Required value: ${kind} may be ${right}`;
    problems.push({ ...at(entry.key), field: "apiVersion", reason: "FieldValueRequired", message });
    return only;
  }
  const given = textAt(node, "apiVersion");
  const found = candidates.find(known => apiVersionsOf(known).some(each => each === given));
  if (found === undefined) {
    const shown =
      apiVersion.value.kind === "scalar"
        ? JSON.stringify(apiVersion.value.value)
        : `a ${apiVersion.value.kind}`;
    const message = `Unsupported value: ${shown}: for the kind ${kind} it is ${right}`;
    problems.push({
      ...at(apiVersion.value),
      field: "apiVersion",
      reason: "FieldValueNotSupported",
      message,
    });
  }
  return found ?? only;
}

/** The kind that was meant by its plural or a short name (`pods`, `svc`), or that is written nearly so. */
function meantKind<K extends KnownKind>(kind: string, kinds: readonly K[]): K | undefined {
  const asTyped = kind.toLowerCase();
  const called = kinds.find(({ plural, singular, shortNames }) =>
    [plural, singular, ...shortNames].includes(asTyped),
  );
  const nearest = called?.kind ?? nearestName(kind, namesOf(kinds));
  return called ?? kinds.find(known => known.kind === nearest);
}

/** Files of other programs that say a kind, and what to do with them. */
const otherPrograms: Readonly<Record<string, string>> = {
  Kustomization: "it is read by kubectl kustomize: apply what comes out of that",
  Config: "it is the configuration of a client, and declares nothing",
};

function hintFor(kind: string, meant: KnownKind | undefined, kinds: readonly KnownKind[]): string {
  const other = Object.hasOwn(otherPrograms, kind) ? otherPrograms[kind] : undefined;
  if (other !== undefined) return `: ${other}`;
  if (meant === undefined) return `; known are ${namesOf(kinds).join(", ")}`;
  return didYouMean(kind, [meant.kind]) || ` (did you mean "${meant.kind}"?)`;
}

function namesOf(kinds: readonly KnownKind[]): string[] {
  return [...new Set(kinds.map(known => known.kind))];
}

function checkName(metadata: MapNode, offset: number, text: string, problems: Problem[]): void {
  const name = metadata.entries.get("name");
  const generateName = metadata.entries.get("generateName");
  if (name === undefined && generateName === undefined) {
    const message = "Required value: say what the object is called";
    problems.push({
      offset,
      length: "metadata".length,
      field: "metadata.name",
      reason: "FieldValueRequired",
      message,
    });
  }
  for (const field of ["name", "generateName", "namespace"]) {
    const entry = metadata.entries.get(field);
    if (entry === undefined || typeof textAt(metadata, field) === "string") continue;
    const isNull = entry.value.kind === "scalar" && entry.value.value === null;
    if (isNull && field !== "name") continue;
    const hint = entry.value.kind === "scalar" && !isNull ? quotesHint(entry.value, text) : "";
    const message = `must be text${hint}`;
    problems.push({ ...at(isNull ? entry.key : entry.value), field: `metadata.${field}`, message });
  }
}

/** Words such as n and on stand for something else in YAML, which has to be said once. */
function quotesHint({ value, start, end }: ScalarNode, text: string): string {
  const read = String(value);
  const written = text.slice(start, end) || read;
  return `: ${written === read ? "" : `${written} is read as ${read}, `}put it in quotes, "${written}"`;
}

function keyOf(node: MapNode, kind: KnownKind): string | undefined {
  const metadata = node.entries.get("metadata")?.value;
  const name = metadata?.kind === "map" ? textAt(metadata, "name") : undefined;
  if (metadata?.kind !== "map" || name === undefined) return undefined;
  const namespace = kind.scope === "Namespaced" ? (textAt(metadata, "namespace") ?? "default") : "";
  return [kind.kind, kind.group, namespace, name].join("\n");
}

function at({ start, end }: { start: number; end: number }): { offset: number; length: number } {
  return { offset: start, length: end - start };
}
