/**
 * Which object a node of a manifest declares: its kind, apiVersion and name, or all that is wrong with these. `kind: List`
 * is unfolded here; an apiVersion that was left out is filled in where the kind has one meaning.
 */
import { didYouMean } from "../../errors/index.ts";
import type { KindDefinition } from "../kind.ts";
import { apiVersionsOf, versionIn } from "../kind-version.ts";
import type { MapNode, Node } from "./node.ts";
import type { Problem } from "./problems.ts";

export type KnownKind = Pick<KindDefinition, "name" | "kind" | "group" | "scope" | "versions">;

export interface Declared<K extends KnownKind = KnownKind> {
  readonly node: MapNode;
  readonly kind: K;
  readonly apiVersion: string;
  /** Kind, namespace and name as one text: two objects of one manifest may not have the same. */
  readonly key: string | undefined;
}

/** The objects that a document stands for: itself, or what its list holds. */
export function* unfolded(node: Node, problems: Problem[]): Generator<MapNode> {
  if (node.kind === "list") {
    for (const item of node.items) yield* unfolded(item, problems);
    return;
  }
  if (node.kind === "scalar") {
    const message = `an object is wanted here (apiVersion, kind, metadata, …), not ${JSON.stringify(node.value)}`;
    problems.push({ ...at(node), field: "", message });
    return;
  }
  const kind = textOf(node, "kind");
  const items = node.entries.get("items")?.value;
  if (kind?.endsWith("List") && items !== undefined) {
    if (items.kind === "list") yield* unfolded(items, problems);
    else if (!(items.kind === "scalar" && items.value === null)) {
      problems.push({ ...at(items), field: "items", message: "the items of a List must be a list" });
    }
    return;
  }
  yield node;
}

/** What the node declares; undefined, with problems, where that cannot be told. */
export function declared<K extends KnownKind>(
  node: MapNode,
  kinds: readonly K[],
  problems: Problem[],
): Declared<K> | undefined {
  const before = problems.length;
  const kind = kindOf(node, kinds, problems);
  const metadata = node.entries.get("metadata");
  if (metadata === undefined || (metadata.value.kind === "scalar" && metadata.value.value === null)) {
    problems.push({
      ...at(node),
      field: "metadata.name",
      reason: "FieldValueRequired",
      message: "Required value: metadata: { name: … } says what the object is called",
    });
  } else if (metadata.value.kind !== "map") {
    problems.push({
      ...at(metadata.value),
      field: "metadata",
      message: "must be an object, such as { name: web }",
    });
  } else {
    checkName(metadata.value, metadata.key.start, problems);
  }
  if (kind === undefined || problems.length > before) return undefined;
  const { apiVersion } = versionIn(kind, textOf(node, "apiVersion"));
  return { node, kind, apiVersion, key: keyOf(node, kind) };
}

function kindOf<K extends KnownKind>(node: MapNode, kinds: readonly K[], problems: Problem[]): K | undefined {
  const entry = node.entries.get("kind");
  if (entry === undefined) {
    const message = `Required value: one of ${namesOf(kinds).join(", ")}`;
    problems.push({ ...at(node), field: "kind", reason: "FieldValueRequired", message });
    return undefined;
  }
  const kind = textOf(node, "kind");
  const candidates = kinds.filter(known => known.kind === kind);
  const apiVersion = node.entries.get("apiVersion");
  if (candidates.length === 0) {
    const isText = kind !== undefined;
    const names = namesOf(kinds);
    const hint = isText ? didYouMean(kind, names) || `; known are ${names.join(", ")}` : "";
    const message = isText ? `there is no kind ${JSON.stringify(kind)}${hint}` : "must be text, such as Pod";
    problems.push({ ...at(entry.value), field: "kind", reason: "FieldValueNotSupported", message });
    return undefined;
  }
  const [only] = candidates;
  if (apiVersion === undefined && candidates.length === 1) return only;
  const right = candidates.flatMap(apiVersionsOf).join(" or ");
  if (apiVersion === undefined) {
    const message = `Required value: ${kind} may be ${right}`;
    problems.push({ ...at(entry.key), field: "apiVersion", reason: "FieldValueRequired", message });
    return undefined;
  }
  const given = textOf(node, "apiVersion");
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
  return found;
}

function namesOf(kinds: readonly KnownKind[]): string[] {
  return [...new Set(kinds.map(known => known.kind))];
}

function checkName(metadata: MapNode, offset: number, problems: Problem[]): void {
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
    if (entry === undefined || typeof textOf(metadata, field) === "string") continue;
    const isNull = entry.value.kind === "scalar" && entry.value.value === null;
    if (isNull && field !== "name") continue;
    const given = entry.value.kind === "scalar" ? String(entry.value.value) : "…";
    const message = `must be text${isNull ? "" : `: put it in quotes, "${given}"`}`;
    problems.push({ ...at(isNull ? entry.key : entry.value), field: `metadata.${field}`, message });
  }
}

function keyOf(node: MapNode, kind: KnownKind): string | undefined {
  const metadata = node.entries.get("metadata")?.value;
  const name = metadata?.kind === "map" ? textOf(metadata, "name") : undefined;
  if (metadata?.kind !== "map" || name === undefined) return undefined;
  const namespace = kind.scope === "Namespaced" ? (textOf(metadata, "namespace") ?? "default") : "";
  return [kind.kind, kind.group, namespace, name].join("\n");
}

function textOf(node: MapNode, key: string): string | undefined {
  const value = node.entries.get(key)?.value;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;
}

function at({ start, end }: { start: number; end: number }): { offset: number; length: number } {
  return { offset: start, length: end - start };
}
