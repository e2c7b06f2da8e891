/**
 * Reading manifests: YAML or JSON text becomes objects that know where in the text their fields stand. All problems of a
 * file are told in one error, each with line, column and path; a file with one bad document gives no objects at all.
 *
 * The way through: source-text.ts (size, encoding), documents.ts and tree-builder.ts (js-yaml's events as trees with
 * places), identity.ts (kind, apiVersion, name), then the short forms, then whatever `check` the caller brings.
 */
import { ApiError, type Cause } from "../../errors/index.ts";
import type { Draft } from "../object.ts";
import { expand, shortFormCauses, shortPath } from "../short-forms/short-forms.ts";
import { pieces, treesOf } from "./documents.ts";
import { declared, type KnownKind, unfolded } from "./identity.ts";
import { type MapNode, type Node, valueOfNode } from "./node.ts";
import { plainTree } from "./plain.ts";
import { type Problem, refusal } from "./problems.ts";
import { type Position, SourceText } from "./source-text.ts";
import { type Budget, maxAliased } from "./tree-builder.ts";

/** Documents, and objects, in one manifest. */
const maxDocuments = 10_000;

export interface ManifestOptions<K extends KnownKind = KnownKind> {
  /** The file that the text is from, as messages shall call it. */
  readonly file?: string;
  /** The kinds that may be declared. */
  readonly kinds: Iterable<K>;
  /** What else is wrong with an object, in its full form; its causes are told with the others, at their places. */
  readonly check?: (object: Draft, kind: K) => readonly Cause[];
}

export interface ManifestDocument {
  /** In the full form, with its apiVersion. */
  readonly object: Draft;
  /** As it is written, short forms and all; its apiVersion filled in. */
  readonly written: Draft;
  readonly node: MapNode;
  readonly source: SourceText;
}

/**
 * The objects of a manifest that a program made as plain data, where nothing is wrong with any; undefined otherwise, and where
 * they are better read as text: parseManifest tells what is wrong, and knows places, of which these documents have none.
 */
export function plainManifest<K extends KnownKind>(
  manifest: object,
  { kinds, check }: ManifestOptions<K>,
): Pick<ManifestDocument, "object" | "written">[] | undefined {
  const tree = plainTree(manifest);
  if (tree === undefined) return undefined;
  const problems: Problem[] = [];
  const known = [...kinds];
  const seen = new Set<string>();
  const documents: Pick<ManifestDocument, "object" | "written">[] = [];
  for (const node of unfolded(tree, problems)) {
    const found = declared(node, known, problems);
    if (found === undefined || documents.length === maxDocuments) return undefined;
    if (found.key !== undefined && seen.has(found.key)) return undefined;
    if (found.key !== undefined) seen.add(found.key);
    const written = writtenIn(node, found.apiVersion);
    if (shortFormCauses(written).length > 0) return undefined;
    const object = expand(written);
    if (check?.(object, found.kind).length) return undefined;
    documents.push({ object, written });
  }
  return problems.length === 0 ? documents : undefined;
}

/**
 * The objects of a manifest, in its order: any number of documents, `kind: List` and lists unfolded, empty ones left out.
 * @param text UTF-8 text, or its bytes; at most 3 MiB
 * @throws ApiError BadRequest where the text cannot be read, Invalid where an object is wrong, with all problems;
 * RequestEntityTooLarge for too much text or too many objects.
 */
export function parseManifest<K extends KnownKind>(
  text: string | Uint8Array,
  { file, kinds, check }: ManifestOptions<K>,
): ManifestDocument[] {
  const source = new SourceText(text, file);
  const problems: Problem[] = [];
  const budget: Budget = { aliased: maxAliased };
  const parts = pieces(source.text);
  if (parts.length > maxDocuments) throw tooMany(source);
  const nodes = parts.flatMap(piece => treesOf(piece.text, piece.base, problems, budget));
  const isReadable = problems.length === 0;

  const known = [...kinds];
  const documents: ManifestDocument[] = [];
  const seen = new Map<string, MapNode>();
  let count = 0;
  for (const node of nodes.flatMap(tree => [...unfolded(tree, problems)])) {
    if (++count > maxDocuments) throw tooMany(source);
    const found = declared(node, known, problems);
    if (found === undefined) continue;
    const first = found.key === undefined ? undefined : seen.get(found.key);
    if (first !== undefined) problems.push(declaredTwice(node, first, found.kind, source));
    if (found.key !== undefined) seen.set(found.key, first ?? node);

    const written = writtenIn(node, found.apiVersion);
    const wrong = shortFormCauses(written);
    const document = { object: wrong.length === 0 ? expand(written) : written, written, node, source };
    documents.push(document);
    const causes = wrong.length === 0 ? (check?.(document.object, found.kind) ?? []) : wrong;
    problems.push(...unique(causes.map(cause => problemOf(document, cause))));
  }
  if (problems.length > 0) throw refusal(source, problems, isReadable ? "Invalid" : "BadRequest");
  return documents;
}

/** The object of a node, its apiVersion filled in. */
function writtenIn(node: MapNode, apiVersion: string): Draft {
  const { apiVersion: _, ...rest } = valueOfNode(node) as Draft;
  return { apiVersion, ...rest };
}

/** Where a field stands that a cause names, in the full form or the short one; the nearest parent that is there else. */
export function locate(document: ManifestDocument, field: string): Position {
  const { value } = placeOf(document, shortPath(document.written, field));
  return document.source.positionOf(value.start);
}

function problemOf(document: ManifestDocument, { field, message, reason }: Cause): Problem {
  const path = shortPath(document.written, field);
  const { key, value } = placeOf(document, path);
  // Of a field that nobody knows the name is wrong, not the value.
  const { start, end } = reason === "FieldUnknown" ? key : value;
  const hint = reason === "FieldValueTypeInvalid" ? quotesHint(document, message, value) : "";
  return { offset: start, length: Math.max(1, end - start), field: path, message: message + hint, reason };
}

/** Two paths of the full form may be one of the short form: what is wrong there is told once. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(each => [`${each.offset} ${each.field} ${each.message}`, each])).values()];
}

/** Words such as y, on and 1.0 are no text in YAML, which surprises everybody once. */
function quotesHint({ source }: ManifestDocument, message: string, { start, end }: Span): string {
  if (!/^expected text, got (true|false|-?\d)/.test(message)) return "";
  return `: put it in quotes, "${source.text.slice(start, end)}"`;
}

/**
 * A value that is one word stands where the word does; a list, a map or an absent value is shown by its key. Keys may hold
 * dots themselves (`metadata.labels.app.kubernetes.io/name`), so the longest key that fits is taken.
 */
function placeOf({ node }: ManifestDocument, field: string): { key: Span; value: Span } {
  let place: Span = node.entries.get("kind")?.key ?? node;
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
  return { key, value: place };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function stepInto(node: Node, path: string): { value: Node; key?: Span; rest: string } | undefined {
  const bracket = /^\[([^\]]*)\]/.exec(path);
  if (node.kind === "list") {
    const item = bracket === null ? undefined : node.items[Number(bracket[1])];
    return item === undefined || bracket === null
      ? undefined
      : { value: item, rest: trimmed(path, bracket[0].length) };
  }
  if (node.kind !== "map") return undefined;
  const bracketed = bracket === null ? undefined : node.entries.get(bracket[1] ?? "");
  if (bracket !== null && bracketed !== undefined)
    return { ...bracketed, rest: trimmed(path, bracket[0].length) };
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

function declaredTwice(node: MapNode, first: MapNode, kind: KnownKind, source: SourceText): Problem {
  const metadata = node.entries.get("metadata")?.value;
  const name = metadata?.kind === "map" ? metadata.entries.get("name")?.value : undefined;
  const { start, end } = name ?? node;
  const { line } = source.positionOf(first.start);
  const called = name?.kind === "scalar" ? JSON.stringify(name.value) : "";
  const message = `Duplicate value: the ${kind.kind} ${called} is declared in line ${line} already`;
  return {
    offset: start,
    length: end - start,
    field: "metadata.name",
    message,
    reason: "FieldValueDuplicate",
  };
}

function tooMany(source: SourceText): ApiError {
  return new ApiError(
    "RequestEntityTooLarge",
    `${source.name} has more than ${maxDocuments} documents or objects: split it`,
  );
}
