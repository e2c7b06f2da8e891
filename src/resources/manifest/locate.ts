/** An object of a manifest, and where in the text the fields stand that a cause names. */
import type { Draft } from "../object.ts";
import { shortPath } from "../short-forms/index.ts";
import type { MapNode, Node, Place } from "./node.ts";
import type { Position, SourceText } from "./source-text.ts";

export interface ManifestDocument {
  /** In the full form, with its apiVersion. */
  readonly object: Draft;
  /** As it is written, short forms and all; its apiVersion filled in. */
  readonly written: Draft;
  readonly node: MapNode;
  readonly source: SourceText;
}

/** Where a field stands that a cause names, in the full form or the short one; the nearest parent that is there else. */
export function locate(document: ManifestDocument, field: string): Position {
  const { value } = placeOf(document, shortPath(document.written, field));
  return document.source.positionOf(value.start);
}

/**
 * `isThere` where the whole path is written. A value that is one word stands where the word does; a list, a map or an absent value is shown by its key. Keys may hold
 * dots themselves (`metadata.labels.app.kubernetes.io/name`), so the longest key that fits is taken.
 */
export function placeOf(
  { node }: ManifestDocument,
  field: string,
): { key: Place; value: Place; isThere: boolean } {
  let place: Place = node.entries.get("kind")?.key ?? node;
  let key = place;
  let value: Node | undefined = node;
  let rest = field;
  while (rest !== "" && value !== undefined) {
    const step = stepInto(value, rest);
    if (step === undefined) break;
    value = step.value;
    rest = step.rest;
    const isWord = value.kind === "scalar" && value.end > value.start;
    key = step.key ?? value;
    place = isWord ? value : key;
  }
  return { key, value: place, isThere: rest === "" };
}

function stepInto(node: Node, path: string): { value: Node; key?: Place; rest: string } | undefined {
  const bracket = /^\[([^\]]*)\]/.exec(path);
  if (node.kind === "list") {
    const item = bracket === null ? undefined : node.items[Number(bracket[1])];
    return item === undefined || bracket === null
      ? undefined
      : { value: item, rest: trimmed(path, bracket[0].length) };
  }
  if (node.kind !== "map") return undefined;
  // A key may hold brackets itself: the longest that is there is meant.
  for (let end = path.lastIndexOf("]"); bracket !== null && end > 0; end = path.lastIndexOf("]", end - 1)) {
    const entry = node.entries.get(path.slice(1, end));
    if (entry !== undefined) return { ...entry, rest: trimmed(path, end + 1) };
  }
  for (
    let end = path.length;
    end > 0;
    end = Math.max(path.lastIndexOf(".", end - 1), path.lastIndexOf("[", end - 1))
  ) {
    const entry = node.entries.get(path.slice(0, end));
    if (entry !== undefined) return { ...entry, rest: trimmed(path, end) };
  }
  return undefined;
}

function trimmed(path: string, from: number): string {
  const rest = path.slice(from);
  return rest.startsWith(".") ? rest.slice(1) : rest;
}
