/**
 * The text of a manifest as trees, one a document. js-yaml parses it into events with offsets, each document by itself, so
 * that a mistake in one does not hide those in the next. Where js-yaml is stricter than kubectl's reader, the text is
 * loosened first (loosened.ts).
 */
import type { Event } from "js-yaml";
import { loosened } from "./loosened.ts";
import type { Node, Place } from "./node.ts";
import type { Problem } from "./problems.ts";
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

/** The documents of one piece of the text. */
export function treesOf({ text, base }: Piece, budget: Budget): Trees {
  let loose = text;
  for (;;) {
    try {
      const events: Event[] = yaml().parseEvents(loose, { maxDepth });
      const problems: Problem[] = [];
      const builder = new TreeBuilder(text, base, events, problems, budget);
      return { nodes: builder.documents(), verbatim: builder.verbatim, problems };
    } catch (error) {
      const objects = isSyntaxError(error)
        ? jsonObjects({ text, base }, error.mark?.position ?? 0)
        : undefined;
      if (objects !== undefined) return together(objects.map(object => treesOf(object, budget)));
      const looser = next(loose, error, budget);
      if (looser === undefined)
        return { nodes: [], verbatim: [], problems: [syntaxProblem(error, text, base)] };
      loose = looser;
    }
  }
}

function together(all: readonly Trees[]): Trees {
  return {
    nodes: all.flatMap(({ nodes }) => nodes),
    verbatim: all.flatMap(({ verbatim }) => verbatim),
    problems: all.flatMap(({ problems }) => problems),
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

/** What would be right, for the mistakes that js-yaml only names. */
const advice: readonly [RegExp, string][] = [
  [/tab characters/, "indent with blanks"],
  [
    /bad indentation|deficient indentation/,
    'align it with the lines that belong together; put text that holds ": " in quotes',
  ],
  [/null byte/, "save the file as UTF-8 text"],
  [/maxDepth|depth/i, `${maxDepth} levels are allowed`],
];

function syntaxProblem(error: unknown, piece: string, base: number): Problem {
  const isYaml = isSyntaxError(error);
  const reason = isYaml
    ? error.reason
    : `the text cannot be read (${error instanceof Error ? error.message : error})`;
  const offset = Math.min(isYaml ? (error.mark?.position ?? 0) : 0, piece.length);
  const glued = gluedColon(piece, offset);
  if (glued !== undefined)
    return { offset: base + glued, field: "", message: "write a blank behind this colon" };
  const hint = advice.find(([pattern]) => pattern.test(reason))?.[1];
  return { offset: base + offset, field: "", message: hint === undefined ? reason : `${reason}: ${hint}` };
}

/** `kind:Pod` is one word, which the parser takes on into the next lines, and fails there. */
function gluedColon(text: string, offset: number): number | undefined {
  const lines = text
    .slice(Math.max(0, offset - 1000), offset)
    .split("\n")
    .slice(-3);
  let start = offset - lines.join("\n").length;
  for (const line of lines) {
    const before = /^\s*(?:- +)*[A-Za-z][\w.-]*(?=:[\w"'[{])/.exec(line)?.[0];
    if (before !== undefined && !/:\s|:$|:\/\//.test(line)) return start + before.length;
    start += line.length + 1;
  }
  return undefined;
}
