/**
 * An expression that counts what it costs while it runs (cost.ts). The interpreter offers no such count, but functions that are given
 * what stands in their brackets unevaluated: what a comprehension does for each element is put into the brackets of one, and so
 * is a list that an operator or a function goes through by itself.
 */
import type { ASTNode, Environment, OverlayContext } from "@marcbachmann/cel-js";
import { CallCost } from "./cost.ts";
import { comprehensions } from "./estimated-cost.ts";
import { matchesName, tokensOf } from "./source-text.ts";
import { partsOf } from "./type-faults.ts";

/** `countedStep(5, x > 1)`: counts 5, then evaluates the rest. */
const stepName = "countedStep";
/** `countedList(self.names)`: evaluates the list, and counts its elements. */
const listName = "countedList";

/** `countedPairs(sets.contains(a, b))`: counts an element of the second list for each of the first. */
const pairsName = "countedPairs";

/** The variable under which the interpreter finds what is counted; no expression can name it. */
export const costVariable = "@cost";

interface Given {
  readonly args: readonly ASTNode[];
}

interface Checker {
  check(node: ASTNode, context: OverlayContext): unknown;
}

interface Evaluator {
  run(node: ASTNode, context: OverlayContext): unknown;
}

/** Registers what counted expressions call. */
export function registerCounting(environment: Environment): void {
  environment
    .registerFunction(`${stepName}(ast, ast): dyn`, ({ args: [cost, step] }: Given) =>
      counting(step, (call, evaluate) => {
        call?.add(cost?.op === "value" ? Number(cost.args) : 1);
        return evaluate();
      }),
    )
    .registerFunction(`${listName}(ast): dyn`, ({ args: [list] }: Given) =>
      counting(list, (call, evaluate) => {
        const value = evaluate();
        call?.add(sizeOf(value));
        return value;
      }),
    )
    .registerFunction(`${pairsName}(ast): dyn`, ({ args: [sets] }: Given) =>
      counting(sets, (call, evaluate, sizeAt) => {
        const lists = sets?.op === "rcall" ? sets.args[2] : [];
        call?.add(lists.reduce((product, list) => product * sizeAt(list), 1));
        return evaluate();
      }),
    );
}

/** A text is read at a tenth for each of its characters. */
function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return typeof value === "string" ? Math.ceil(value.length / 10) : 1;
}

function counting(
  node: ASTNode | undefined,
  run: (call: CallCost | undefined, evaluate: () => unknown, sizeAt: (node: ASTNode) => number) => unknown,
) {
  return {
    typeCheck: (checker: Checker, _: unknown, context: OverlayContext) =>
      node && checker.check(node, context),
    evaluate(evaluator: Evaluator, _: unknown, context: OverlayContext) {
      const call: unknown = context.getValue(costVariable);
      return run(
        call instanceof CallCost ? call : undefined,
        () => node && evaluator.run(node, context),
        each => sizeOf(evaluator.run(each, context)),
      );
    },
  };
}

/** What is put in at a place of a text. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** @param text what `root` was read from */
export function countedText(text: string, root: ASTNode): string {
  const tokens = tokensOf(text).filter(each => !/^(?:\s|\/\/)/.test(each.text));
  const insertions = nodesOf(root).flatMap(node => insertionsAt(node, tokens));
  // Of those at one place, that of the inner node comes last: it stands further inside.
  let counted = "";
  let from = 0;
  for (const { at, text: put } of insertions.toSorted((one, other) => one.at - other.at)) {
    counted += text.slice(from, at) + put;
    from = at;
  }
  return counted + text.slice(from);
}

type Tokens = ReturnType<typeof tokensOf>;

function insertionsAt(node: ASTNode, tokens: Tokens): Insertion[] {
  if (node.op === "in")
    return around(` ${listName}(`, node.args[1], after(tokens, node.args[0].end, "in"), tokens);
  if (node.op !== "rcall") return [];
  const [name, , given] = node.args;
  const comprehension = comprehensions[name];
  if (!comprehension) return calledAt(node, tokens);
  const count = comprehension.variables ?? given.length - 1;
  const body = given[count];
  const last = given[count - 1];
  if (!body || !last) return [];
  const cost = comprehension.condition + comprehension.step + costOf(body);
  return around(` ${stepName}(${cost},`, body, after(tokens, last.end, ","), tokens);
}

/** The functions that go through the list, or the text, that they are called on. */
const walking = new Set(
  `isSorted sum min max indexOf lastIndexOf reverse distinct sort slice flatten join
  ${matchesName} find findAll contains startsWith endsWith replace split lowerAscii upperAscii trim charAt substring`.split(
    /\s+/,
  ),
);

/** A call goes through what it is called on; one of `sets` through the second list, for each element of the first. */
function calledAt({ args: [name, receiver], end: callEnd }: MethodCall, tokens: Tokens): Insertion[] {
  const isOfSets = receiver.op === "id" && receiver.args === "sets";
  if (!isOfSets && !walking.has(name)) return [];
  const dot = after(tokens, receiver.end, ".") - 1;
  const at = startOf(receiver, dot, tokens);
  return [
    { at, text: ` ${isOfSets ? pairsName : listName}(` },
    { at: isOfSets ? callEnd : dot, text: ")" },
  ];
}

/** Where it begins, with the brackets that close between it and the dot. */
function startOf(receiver: ASTNode, dot: number, tokens: Tokens): number {
  const first = indexFrom(tokens, receiver.start);
  let [depth, open] = [0, 0];
  for (let i = first; (tokens[i] ?? end).place < dot; i++) {
    const { text } = tokens[i] ?? end;
    if (text === "(") depth++;
    if (text === ")") depth--;
    open = Math.min(open, depth);
  }
  return (tokens[first + open] ?? end).place;
}

type MethodCall = Extract<ASTNode, { op: "rcall" }>;

/** Puts a node that begins behind a token into the brackets of a function, with the brackets that it stands in itself. */
function around(opening: string, node: ASTNode, start: number, tokens: Tokens): Insertion[] {
  let depth = 0;
  for (let i = indexFrom(tokens, start); i < tokens.length; i++) {
    const { text, place } = tokens[i] ?? end;
    if (/^[([{]$/.test(text)) depth++;
    if (/^[)\]}]$/.test(text)) depth--;
    const to = place + text.length;
    if (depth === 0 && to >= node.end)
      return [
        { at: start, text: opening },
        { at: to, text: ")" },
      ];
  }
  return [];
}

/** The end of the first such token from there on. */
function after(tokens: Tokens, from: number, text: string): number {
  for (let i = indexFrom(tokens, from); i < tokens.length; i++)
    if (tokens[i]?.text === text) return (tokens[i] ?? end).place + text.length;
  return from;
}

/** What follows the last token. */
const end = { text: "", place: Number.POSITIVE_INFINITY };

/** The index of the first token from there on, found by halves: an expression may be long. */
function indexFrom(tokens: Tokens, from: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] ?? end).place < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What it costs at the least: what is only evaluated under a condition is left out, and what is counted by itself. */
function costOf(node: ASTNode): number {
  switch (node.op) {
    case "value":
      return 0;
    case "&&":
    case "||":
    case "?:":
      return costOf(node.args[0]);
    case "rcall": {
      const [name, receiver, given] = node.args;
      return 1 + sumOf([receiver, ...(comprehensions[name] ? [] : given)]);
    }
    default:
      return 1 + sumOf(partsOf(node));
  }
}

function sumOf(nodes: readonly ASTNode[]): number {
  return nodes.reduce((sum, node) => sum + costOf(node), 0);
}

function nodesOf(node: ASTNode): ASTNode[] {
  return [node, ...partsOf(node).flatMap(nodesOf)];
}
