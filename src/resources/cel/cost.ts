/**
 * What an expression may cost. A comprehension within another one, over the same list, takes steps by the square of its length, and the
 * interpreter cannot be interrupted while all others wait. So the steps are bounded before it runs, from how its comprehensions
 * are nested and how long the lists are that it is given. Kubernetes counts while it runs, and stops at the same limit
 * (`PerCallLimit` of `apiserver/pkg/apis/cel`).
 */
import type { ASTNode } from "@marcbachmann/cel-js";

/** What one expression may cost. */
const limit = 1_000_000;
/** A step of a comprehension: its condition, the variable, the element. */
const costOfStep = 3;

/** What cel-go says where the limit is passed. */
export const costExceeded = "operation cancelled: actual cost limit exceeded";

const comprehensions = new Set(
  "all exists exists_one existsOne filter map transformList transformMap".split(" "),
);

/**
 * How many comprehensions lie within one another that each go through a list anew. One that goes into an element of an outer one
 * (`self.groups.all(g, g.members.all(…))`) does not count: both together go once through what there is.
 * @param elements the variables that stand for elements
 */
export function nestingOf(node: ASTNode, elements: ReadonlySet<string> = new Set()): number {
  if (node.op !== "rcall" || !comprehensions.has(node.args[0])) return deepest(nodesIn(node.args), elements);
  const [, receiver, given] = node.args;
  const names = given.slice(0, -1).flatMap(each => (each.op === "id" ? [each.args] : []));
  const isInner = elements.has(rootOf(receiver) ?? "");
  const within = deepest(given, new Set([...elements, ...names]));
  return Math.max(nestingOf(receiver, elements), within + (isInner ? 0 : 1));
}

/** Whether an expression that is nested so deep may cost more than the limit with these values. */
export function isTooCostly(nesting: number, values: Readonly<Record<string, unknown>>): boolean {
  return nesting > 1 && costOfStep * longestIn(Object.values(values)) ** nesting > limit;
}

function deepest(nodes: readonly ASTNode[], elements: ReadonlySet<string>): number {
  return Math.max(0, ...nodes.map(node => nestingOf(node, elements)));
}

function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}

/** The variable at the beginning of `a.b[0].c`; undefined where it begins with anything else. */
function rootOf(node: ASTNode): string | undefined {
  switch (node.op) {
    case "id":
      return node.args;
    case ".":
    case ".?":
    case "[]":
    case "[?]":
      return rootOf(node.args[0]);
    case "rcall":
      return rootOf(node.args[1]);
    default:
      return undefined;
  }
}

/** The length of the longest list or map in a value. */
function longestIn(value: unknown): number {
  const inner = Array.isArray(value) ? value : value instanceof Map ? [...value.values()] : [];
  return inner.reduce<number>((longest, each) => Math.max(longest, longestIn(each)), inner.length);
}
