/**
 * Reading manifests: YAML or JSON text becomes objects that know where in the text their fields stand. All problems of a
 * file are told in one error, each with line, column and path; a file with one bad document gives no objects at all.
 *
 * The way through: source-text.ts (size, encoding), documents.ts and tree-builder.ts (js-yaml's events as trees with
 * places), identity.ts (kind, apiVersion, name), then the short forms, then whatever `check` the caller brings. Each goes on
 * behind a mistake, with what was probably meant (misnamed.ts, mend.ts).
 */
import { ApiError, type Cause } from "../../errors/index.ts";
import type { Draft } from "../object.ts";
import { expand, shortFormCauses, withoutMistakes } from "../short-forms/index.ts";
import { declaredTwice } from "./declared-twice.ts";
import { inKubernetesTerms } from "./dialect.ts";
import { problemsOf } from "./document-problems.ts";
import { type Piece, pieces, type Trees, treesOf } from "./documents.ts";
import { declared, type KnownKind, unfolded, withKindOf } from "./identity.ts";
import type { ManifestDocument } from "./locate.ts";
import { mend } from "./mend.ts";
import { type MapNode, type Place, valueOfNode } from "./node.ts";
import { plainTree } from "./plain.ts";
import { type Problem, refusal, warningAt } from "./problems.ts";
import { SourceText } from "./source-text.ts";
import { partedAt, withoutStrays } from "./strays.ts";
import { type Budget, maxAliased, maxReread } from "./tree-builder.ts";

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
  for (const node of unfolded(tree, known, problems)) {
    if (inKubernetesTerms(node, known, []) !== node) return undefined;
    const found = declared(node, known, problems);
    if (found === undefined || problems.length > 0 || documents.length === maxDocuments) return undefined;
    if (found.key !== undefined && seen.has(found.key)) return undefined;
    if (found.key !== undefined) seen.add(found.key);
    const written = writtenIn(found.node, found.apiVersion, found.kind.kind);
    if (shortFormCauses(written).length > 0) return undefined;
    const object = expand(written);
    if (check?.(object, found.kind).length) return undefined;
    documents.push({ object, written });
  }
  return problems.length === 0 ? documents : undefined;
}

/**
 * The objects of a manifest, in its order: any number of documents, `kind: List` and lists unfolded, empty ones left out.
 * @param text UTF-8 text, or its bytes (UTF-16 with its mark too); at most 3 MiB
 * @throws ApiError BadRequest where the text cannot be read, Invalid where an object is wrong, with all problems;
 * RequestEntityTooLarge for too much text or too many objects.
 */
export function parseManifest<K extends KnownKind>(
  text: string | Uint8Array,
  options: ManifestOptions<K>,
): ManifestDocument[] {
  const { documents, refusal } = readManifest(text, options);
  if (refusal !== undefined) throw refusal;
  return documents;
}

/** What was read, why it is refused, and what was read otherwise than it is written: one line each, with its place. */
export interface Manifest {
  readonly documents: ManifestDocument[];
  readonly refusal?: ApiError;
  readonly warnings: readonly string[];
}

/**
 * The same for who reads several manifests and tells the mistakes of all: what is wrong comes back as the error to throw.
 * @throws ApiError RequestEntityTooLarge for too much text or too many objects, BadRequest for what is no text.
 */
export function readManifest<K extends KnownKind>(
  text: string | Uint8Array,
  options: ManifestOptions<K>,
): Manifest {
  const source = new SourceText(text, options.file);
  const parts = pieces(source.text);
  if (parts.length > maxDocuments) throw tooMany(source);
  const reader: Reader<K> = {
    source,
    kinds: [...options.kinds],
    check: options.check,
    budget: { aliased: maxAliased, reread: maxReread },
    objects: 0,
    warnings: [],
  };
  const readings = parts.map(piece => bestReading(piece, reader));
  const documents = readings.flatMap(reading => reading.documents);
  const problems = [...readings.flatMap(reading => reading.problems), ...declaredTwice(documents, source)];
  // A piece with a mistake was read twice.
  const warnings = [...new Set(reader.warnings.map(warning => warningAt(source, warning)))];
  if (problems.length === 0) return { documents, warnings };
  const isReadable = readings.every(reading => reading.isReadable);
  return { documents, warnings, refusal: refusal(source, problems, isReadable ? "Invalid" : "BadRequest") };
}

interface Reader<K extends KnownKind> {
  readonly source: SourceText;
  readonly kinds: readonly K[];
  readonly check: ManifestOptions<K>["check"];
  readonly budget: Budget;
  /** How many there have been. */
  objects: number;
  /** What was read otherwise than it is written. */
  readonly warnings: Problem[];
}

/** What a piece of the text says, and what is wrong with it. */
interface Reading {
  readonly documents: readonly Found[];
  readonly problems: readonly Problem[];
  /** False where its syntax is wrong. */
  readonly isReadable: boolean;
}

interface WholeReading extends Reading, Pick<Trees, "verbatim"> {
  /** How many there are. */
  readonly syntaxMistakes: number;
}

interface Found extends ManifestDocument {
  readonly key: string | undefined;
  readonly kind: KnownKind;
}

/**
 * The piece as it stands, if nothing is wrong with it. Else it is read once more without what is no part of a manifest (a
 * template, marks of a merge) and with what looks odd as it was probably meant (a blank that is none, `//`, typographic quotes,
 * a line of dashes): that is told, and hides no other mistake.
 * @param isPart whether it was looked for such lines already
 */
function bestReading<K extends KnownKind>(piece: Piece, reader: Reader<K>, isPart = false): Reading {
  const { objects } = reader;
  const asItStands = readingOf(piece, reader);
  if (asItStands.problems.length === 0) return asItStands;
  const isMeant = (offset: number) => isIn(asItStands.verbatim, piece.base + offset);
  const inPlace = (problem: Problem) => ({ ...problem, offset: piece.base + problem.offset });
  const parted = isPart ? undefined : partedAt(piece.text, isMeant);
  if (parted !== undefined) {
    reader.objects = objects;
    const parts = parted.parts.map(({ start, end }) => partReading(piece, start, end, reader));
    return {
      documents: parts.flatMap(({ documents }) => documents),
      problems: [...parted.problems.map(inPlace), ...parts.flatMap(({ problems }) => problems)],
      isReadable: false,
    };
  }
  const strays = withoutStrays(piece.text, isMeant);
  const isReadable = asItStands.isReadable && strays.problems.length === 0;
  const meant = mend(strays.text, isMeant);
  const text = meant?.text ?? strays.text;
  if (text === piece.text) return asItStands;
  reader.objects = objects;
  const asMeant = readingOf({ text, base: piece.base }, reader);
  const odd = [...strays.problems, ...(meant?.problems ?? [])]
    .map(inPlace)
    // What stands where a text in quotes begins now was taken for its quote.
    .filter(({ offset }) => !isIn(asMeant.verbatim, offset - 1));
  if (asMeant.syntaxMistakes > asItStands.syntaxMistakes) {
    const others = asItStands.problems.filter(({ offset }) => odd.every(each => each.offset !== offset));
    return { ...asItStands, problems: [...odd, ...others], isReadable: false };
  }
  const unknown = strays.unknown.map(({ start, end }) => ({
    start: piece.base + start,
    end: piece.base + end,
  }));
  const known = asMeant.problems.filter(problem => !isAbout(problem, unknown));
  return { ...asMeant, problems: [...odd, ...known], isReadable: isReadable && asMeant.isReadable };
}

function partReading<K extends KnownKind>(
  { text, base }: Piece,
  start: number,
  end: number,
  reader: Reader<K>,
): Reading {
  return bestReading({ text: text.slice(start, end), base: base + start }, reader, true);
}

/** Whether a problem is with a value that is not known yet, or with what may be missing because of it. */
function isAbout({ offset, length = 1, reason, message }: Problem, unknown: readonly Place[]): boolean {
  if (unknown.length > 0 && isOfMissing({ reason, message })) return true;
  return unknown.some(({ start, end }) => start < offset + length && offset < end);
}

/** Whether something is missing, or is not what it would be with something that is. */
function isOfMissing({ reason, message }: Pick<Problem, "reason" | "message">): boolean {
  return reason === "FieldValueRequired" || message.endsWith("does not match template `labels`");
}

function isIn(places: readonly Place[], offset: number): boolean {
  return places.some(({ start, end }) => start <= offset && offset < end);
}

function readingOf<K extends KnownKind>(piece: Piece, reader: Reader<K>): WholeReading {
  const trees = treesOf(piece, reader.budget);
  const problems = [...trees.problems];
  const documents: Found[] = [];
  const isAlone = trees.nodes.length === 1;
  for (const tree of trees.nodes) {
    const whole = trees.isCut && isAlone ? withKindOf(tree, piece) : tree;
    for (const node of unfolded(whole, reader.kinds, problems)) {
      if (++reader.objects > maxDocuments) throw tooMany(reader.source);
      const found = foundIn(node, reader, problems);
      if (found !== undefined) documents.push(found);
    }
  }
  return {
    documents,
    // What is missing may have stood where something was cut out.
    problems: trees.isCut ? problems.filter(problem => !isOfMissing(problem)) : problems,
    verbatim: trees.verbatim,
    isReadable: trees.problems.length === 0,
    syntaxMistakes: trees.problems.length,
  };
}

function foundIn<K extends KnownKind>(
  given: MapNode,
  { source, kinds, check, warnings }: Reader<K>,
  problems: Problem[],
): Found | undefined {
  const mistakes: Problem[] = [];
  const found = declared(inKubernetesTerms(given, kinds, warnings), kinds, mistakes, source.text);
  problems.push(...mistakes);
  if (found === undefined) return undefined;
  const { node, kind, key } = found;
  const written = writtenIn(node, found.apiVersion, kind.kind);
  const wrong = shortFormCauses(written);
  const object = expand(wrong.length === 0 ? written : withoutMistakes(written));
  const document = { object, written, node, source, key, kind };
  const told = new Set(mistakes.map(({ field }) => field));
  problems.push(...problemsOf(document, wrong, check?.(object, kind) ?? [], told));
  return document;
}

/** The object of a node, its apiVersion filled in, its kind as it is meant. */
function writtenIn(node: MapNode, apiVersion: string, kind: string): Draft {
  const { apiVersion: _, ...rest } = valueOfNode(node) as Draft;
  return { apiVersion, ...rest, kind };
}

function tooMany(source: SourceText): ApiError {
  return new ApiError(
    "RequestEntityTooLarge",
    `${source.name} has more than ${maxDocuments} documents or objects: split it`,
  );
}
