/** Objects that a manifest declares a second time. */
import type { KnownKind } from "./identity.ts";
import type { MapNode } from "./node.ts";
import type { Problem } from "./problems.ts";
import type { SourceText } from "./source-text.ts";

/** An object, as far as it is told apart from others: without a key where it has no name yet. */
export interface DeclaredObject {
  readonly key: string | undefined;
  readonly node: MapNode;
  readonly kind: KnownKind;
}

/** Objects of which the manifest has another one before. */
export function declaredTwice(documents: readonly DeclaredObject[], source: SourceText): Problem[] {
  const first = new Map<string, MapNode>();
  return documents.flatMap(({ key, node, kind }) => {
    const before = key === undefined ? undefined : first.get(key);
    if (key !== undefined && before === undefined) first.set(key, node);
    return before === undefined ? [] : [twice(node, before, kind, source)];
  });
}

function twice(node: MapNode, first: MapNode, { kind }: KnownKind, source: SourceText): Problem {
  const metadata = node.entries.get("metadata")?.value;
  const name = metadata?.kind === "map" ? metadata.entries.get("name")?.value : undefined;
  const { start, end } = name ?? node;
  const { line } = source.positionOf(first.start);
  const called = name?.kind === "scalar" ? JSON.stringify(name.value) : "";
  const message = `Duplicate value: the ${kind} ${called} is declared in line ${line} already`;
  return {
    offset: start,
    length: end - start,
    field: "metadata.name",
    message,
    reason: "FieldValueDuplicate",
  };
}
