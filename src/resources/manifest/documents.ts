/**
 * The text of a manifest as trees, one a document. js-yaml parses it into events with offsets, each document by itself, so
 * that a mistake in one does not hide those in the next. Where js-yaml is stricter than kubectl's reader, the text is
 * loosened first (loosened.ts). Where it cannot be read even so, the mistake is told and cut out (syntax-mistake.ts).
 */
import type { Event } from "js-yaml";
import { loosened } from "./loosened.ts";
import type { Node, Place } from "./node.ts";
import type { ParserStop, SyntaxMistake } from "./parser-stop.ts";
import type { Problem } from "./problems.ts";
import { syntaxMistake } from "./syntax-mistake.ts";
import { type Budget, maxDepth, TreeBuilder } from "./tree-builder.ts";
import { yaml } from "./yaml.ts";

export interface Piece {
  readonly text: string;
  /** Where it begins in the whole text, which all places of nodes count from. */
  readonly base: number;
}

export interface Trees {
  /** One for each document; empty ones are left out. */
  readonly nodes: readonly Node[];
  /** Where text stands that is in quotes or a block: whatever looks odd in there is meant so. */
  readonly verbatim: readonly Place[];
  /** What the text could not be read for. */
  readonly problems: readonly Problem[];
  /** Whether something was cut out: what is missing in the nodes may have stood there. */
  readonly isCut: boolean;
}

/**
 * The text cut before every line `---`, which starts a document wherever it stands: so a mistake in one document does not
 * hide those in the next. Directives (`%YAML`) stay with the document they are for.
 */
export function pieces(text: string): Piece[] {
  const starts = [0];
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const before = text.slice(Math.max(starts.at(-1) ?? 0, match.index - 200), match.index).trimEnd();
    const isDirective = before.slice(before.lastIndexOf("\n") + 1).startsWith("%");
    if (match.index > 0 && !isDirective) starts.push(match.index);
  }
  return starts.map((base, i) => ({ text: text.slice(base, starts[i + 1]), base }));
}

/** So many mistakes in the syntax of a piece are told at most. */
const maxSyntaxMistakes = 20;

/** The documents of one piece of the text. What cannot be read is cut out, and told: the rest is read all the same. */
export function treesOf({ text, base }: Piece, budget: Budget): Trees {
  const told: Problem[] = [];
  const cuts: Place[] = [];
  let left = text;
  let loose = text;
  for (;;) {
    try {
      const events: Event[] = yaml().parseEvents(loose, { maxDepth });
      const problems: Problem[] = [];
      const builder = new TreeBuilder(left, base, events, problems, budget);
      return {
        nodes: builder.documents(),
        verbatim: builder.verbatim,
        problems: [...told, ...problems],
        isCut: cuts.length > 0,
      };
    } catch (error) {
      const stop = stopOf(error);
      const objects = jsonObjects({ text: left, base }, stop.offset);
      if (objects !== undefined)
        return together(
          told,
          objects.map(object => treesOf(object, budget)),
        );
      const looser = next(loose, error, budget);
      if (looser !== undefined) {
        loose = looser;
        continue;
      }
      const mistake = syntaxMistake(left, stop);
      if (!isConsequence(left, mistake.offset, cuts)) told.push(problemOf(mistake, base));
      const isOver = !isSyntaxError(error) || /depth/i.test(stop.reason) || cuts.length >= maxSyntaxMistakes;
      if (isOver || budget.reread <= 0 || mistake.rest === left)
        return { nodes: [], verbatim: [], problems: told, isCut: true };
      cuts.push({ start: mistake.from, end: mistake.to });
      left = mistake.rest;
      loose = left;
    }
  }
}

/** Where the parser stopped, and why. */
function stopOf(error: unknown): ParserStop {
  if (!isSyntaxError(error)) {
    const reason = `the text cannot be read (${error instanceof Error ? error.message : error})`;
    return { reason, offset: 0 };
  }
  const { reason, mark } = error;
  return {
    reason: /depth/i.test(reason) ? `${reason}: ${maxDepth} levels are allowed` : reason,
    offset: mark?.position ?? 0,
  };
}

function problemOf({ offset, length, message }: SyntaxMistake, base: number): Problem {
  return { offset: base + offset, length, field: "", message };
}

/** Whether nothing but blanks is between this place and what was cut out: what is wrong there may be right without the cut. */
function isConsequence(text: string, offset: number, cuts: readonly Place[]): boolean {
  return cuts.some(({ start, end }) => {
    if (offset >= start && offset <= end) return true;
    const [from, to] = offset > end ? [end, offset] : [offset, start];
    const between = text.slice(from, to).trim();
    return offset > end ? between === "" : !/[\r\n]/.test(between);
  });
}

function together(told: readonly Problem[], all: readonly Trees[]): Trees {
  return {
    nodes: all.flatMap(({ nodes }) => nodes),
    verbatim: all.flatMap(({ verbatim }) => verbatim),
    problems: [...told, ...all.flatMap(({ problems }) => problems)],
    isCut: told.length > 0 || all.some(({ isCut }) => isCut),
  };
}

/** Objects in JSON may follow one another with nothing in between, as `jq` prints them: the parser fails at the second. */
function jsonObjects({ text, base }: Piece, position: number): Piece[] | undefined {
  if (text[position] !== "{" || !/^(?:---)?\s*\{/.test(text)) return undefined;
  const starts = [0];
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\]]/gs)) {
    if (token === "{" && depth === 0 && index > text.indexOf("{")) starts.push(index);
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
  }
  if (starts[1] !== position) return undefined;
  return starts.map((start, i) => ({ text: text.slice(start, starts[i + 1]), base: base + start }));
}

/** The text read again a little looser, while that may help and does not cost too much. */
function next(text: string, error: unknown, budget: Budget): string | undefined {
  budget.reread -= text.length;
  return budget.reread > 0 && isSyntaxError(error) ? loosened(text, error) : undefined;
}

function isSyntaxError(error: unknown): error is InstanceType<ReturnType<typeof yaml>["YAMLException"]> {
  return error instanceof yaml().YAMLException;
}
