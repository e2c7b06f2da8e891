/**
 * The text of a manifest as trees, one a document. js-yaml parses it into events with offsets, each document by itself, so
 * that a mistake in one does not hide those in the next.
 */
import type { Event } from "js-yaml";
import type { Node } from "./node.ts";
import type { Problem } from "./problems.ts";
import { type Budget, maxDepth, TreeBuilder } from "./tree-builder.ts";
import { yaml } from "./yaml.ts";

/**
 * The text cut before every line `---`, which starts a document wherever it stands: so a mistake in one document does not
 * hide those in the next. Directives (`%YAML`) stay with the document they are for.
 */
export function pieces(text: string): { text: string; base: number }[] {
  const starts = [0];
  for (const match of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    const before = text.slice(Math.max(starts.at(-1) ?? 0, match.index - 200), match.index).trimEnd();
    const isDirective = before.slice(before.lastIndexOf("\n") + 1).startsWith("%");
    if (match.index > 0 && !isDirective) starts.push(match.index);
  }
  return starts.map((base, i) => ({ text: text.slice(base, starts[i + 1]), base }));
}

/**
 * The documents of one piece of the text (see `pieces`); empty ones are left out.
 * @param base the offset of the piece in the text, which all places of nodes count from
 */
export function treesOf(piece: string, base: number, problems: Problem[], budget: Budget): Node[] {
  let events: Event[];
  try {
    events = yaml().parseEvents(piece, { maxDepth });
  } catch (error) {
    problems.push(syntaxProblem(error, piece, base));
    return [];
  }
  return new TreeBuilder(piece, base, events, problems, budget).documents();
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
  const isYaml = error instanceof yaml().YAMLException;
  const reason = isYaml
    ? error.reason
    : `the text cannot be read (${error instanceof Error ? error.message : error})`;
  const offset = Math.min(isYaml ? (error.mark?.position ?? 0) : 0, piece.length);
  const hint = advice.find(([pattern]) => pattern.test(reason))?.[1];
  return { offset: base + offset, field: "", message: hint === undefined ? reason : `${reason}: ${hint}` };
}
