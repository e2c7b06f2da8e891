/**
 * What is wrong with the types of an expression, in the words of cel-go and at the places that it names: an operator where it stands, a call
 * at its bracket, a field at its dot. The interpreter stops at the first mistake; cel-go goes on, so what is wrong is taken for anything
 * at all, and the rest checked again.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { Environment } from "./library.ts";
import { matchesName } from "./source-text.ts";
import type { Fault } from "./syntax-faults.ts";

/** A variable that may be anything: it stands for what is wrong, once that is told. */
export const placeholder = "_";

/** More are not looked for. */
const mostFaults = 20;

/** What the interpreter says of a mistake. */
interface Mistake {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: unknown;
}

/** In the order in which they stand; none where the types fit. */
export function typeFaults(environment: Environment, source: string): Fault[] {
  const faults: Fault[] = [];
  let text = source;
  while (faults.length < mostFaults) {
    const { valid, error } = environment.check(text);
    if (valid || error === undefined) break;
    const mistake: Mistake = error;
    const { code = "", range } = mistake;
    // Where the placeholder made it unreadable.
    if (faults.length > 0 && isOfSyntax(code)) break;
    faults.push(faultOf(environment, text, mistake));
    if (!range || !isWhole(code)) break;
    const { start, end } = nodeOf(mistake)?.range ?? range;
    text = text.slice(0, start) + placeholder.padEnd(end - start) + text.slice(end);
  }
  return faults.sort((one, other) => one.place - other.place);
}

function isOfSyntax(code: string): boolean {
  return /token|character|parse|string|number|exponent|escape|limit/.test(code);
}

/** Whether the range of the mistake is that of a whole expression, which may be replaced. */
function isWhole(code: string): boolean {
  return !["invalid_macro_argument", "invalid_condition_type", "invalid_comprehension_range"].includes(code);
}

function nodeOf({ node }: Mistake): ASTNode | undefined {
  const isNode = typeof node === "object" && node !== null && "op" in node && "args" in node;
  return isNode ? (node as ASTNode) : undefined;
}

function faultOf(environment: Environment, source: string, mistake: Mistake): Fault {
  const { code = "", summary = "", range } = mistake;
  const start = range?.start ?? 0;
  const node = nodeOf(mistake);
  const quoted = /'([^']*)'/.exec(summary)?.[1] ?? "";
  switch (code) {
    case "unknown_variable":
      return undeclared(summary.replace(/^Unknown variable: /, ""), start);
    case "reserved_identifier":
      return {
        sentence: `reserved identifier: ${summary.replace(/^Reserved identifier: /, "")}`,
        place: start,
      };
    case "no_such_key":
      return {
        sentence: `undefined field '${summary.replace(/^No such key: /, "")}'`,
        place: Math.max(source.lastIndexOf(".", start), 0),
      };
    case "cannot_index_type":
      if (node?.op === "[]")
        return overload("_[_]", indexed(environment, source, node, quoted), placeOf(source, node));
      return {
        sentence: `type '${typeName(quoted)}' does not support field selection`,
        place: Math.max(source.lastIndexOf(".", start), 0),
      };
    case "invalid_index_type":
      if (node?.op !== "[]") break;
      return overload("_[_]", indexed(environment, source, node), placeOf(source, node));
    case "invalid_logical_operand":
      if (node?.op !== "&&" && node?.op !== "||") break;
      return overload(`_${node.op}_`, typesOf(environment, source, node.args), placeOf(source, node));
    case "no_such_overload":
      return operatorFault(source, summary, start, node);
    case "no_matching_overload":
      return callFault(environment, source, summary, start, node);
    case "incompatible_ternary_branches":
      if (node?.op !== "?:") break;
      return overload("_?_:_", typesOf(environment, source, node.args), placeOf(source, node));
    case "invalid_condition_type":
      return conditionFault(environment, source, summary, start, quoted);
    case "invalid_comprehension_range":
      return {
        sentence: `expression of type '${typeName(quoted)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        place: node ? placeOf(source, node) : start,
      };
    case "invalid_macro_argument":
      return { sentence: argumentSentence(summary), place: node ? placeOf(source, node) : start };
  }
  return { sentence: summary, place: start };
}

function undeclared(name: string, place: number): Fault {
  return { sentence: `undeclared reference to '${name}' (in container '')`, place };
}

function overload(name: string, types: string, place: number): Fault {
  return { sentence: `found no matching overload for '${name}' applied to '${types}'`, place };
}

function argumentSentence(summary: string): string {
  if (summary.startsWith("has()")) return "invalid argument to has() macro";
  return /^(map|filter)\(/.test(summary) ? "argument is not an identifier" : "argument must be a simple name";
}

/** `no such overload: int > string`, or `!int`. */
function operatorFault(source: string, summary: string, start: number, node: ASTNode | undefined): Fault {
  const [, left, operator = "", right] = /^no such overload: (.*) (\S+) (.*)$/.exec(summary) ?? [];
  const place = node ? placeOf(source, node) : start;
  if (left !== undefined && right !== undefined) {
    const name = operator === "in" ? "@in" : `_${operator}_`;
    return overload(name, `(${typeName(left)}, ${typeName(right)})`, place);
  }
  const [, sign = "", operand = ""] = /^no such overload: ([-!])(.*)$/.exec(summary) ?? [];
  return overload(`${sign}_`, `(${typeName(operand)})`, place);
}

/** `found no matching overload for 'string.startsWith(int)'` */
function callFault(
  environment: Environment,
  source: string,
  summary: string,
  start: number,
  node: ASTNode | undefined,
): Fault {
  const place = node ? placeOf(source, node) : start;
  const [, called = "", given = ""] = /overload for '(.*?)\((.*)\)'$/.exec(summary) ?? [];
  const name = node?.op === "call" || node?.op === "rcall" ? node.args[0] : called;
  if (!functionNames(environment).has(name)) return undeclared(name, place);
  const types = `(${typeName(given)})`;
  const shown = name === matchesName ? "matches" : name;
  if (node?.op !== "rcall") return overload(shown, types, place);
  return overload(shown, `${typeName(called.slice(0, -name.length - 1))}.${types}`, place);
}

function functionNames(environment: Environment): ReadonlySet<string> {
  return new Set(environment.getDefinitions().functions.map(({ name }) => name));
}

/** What an element of a comprehension is asked must be true or false; so must what a choice depends on. */
function conditionFault(
  environment: Environment,
  source: string,
  summary: string,
  start: number,
  type: string,
): Fault {
  const [, macro] = /^(\w+)\(var/.exec(summary) ?? [];
  const given = typeName(type);
  if (macro === undefined) {
    const whole = partOf(environment, source, start);
    if (whole?.op === "?:")
      return overload("_?_:_", typesOf(environment, source, whole.args), placeOf(source, whole));
    return overload("_?_:_", `(${given}, dyn, dyn)`, Math.max(source.indexOf("?", start), 0));
  }
  const place = source.lastIndexOf(`${macro}(`, start) + macro.length;
  if (macro === "all") return overload("_&&_", `(bool, ${given})`, place);
  if (macro === "exists") return overload("_||_", `(bool, ${given})`, place);
  if (macro === "exists_one") return overload("_?_:_", `(${given}, int, int)`, place);
  return overload("_?_:_", `(${given}, list(dyn), list(dyn))`, place);
}

/** The choice whose condition begins at a place. */
function partOf(environment: Environment, source: string, start: number): ASTNode | undefined {
  const search = (node: ASTNode): ASTNode | undefined => {
    if (node.op === "?:" && node.args[0].range.start <= start && start < node.args[0].range.end) return node;
    return partsOf(node).reduce<ASTNode | undefined>((found, each) => found ?? search(each), undefined);
  };
  return search(environment.parse(source).ast);
}

/** The expressions that an expression is made of. */
export function partsOf(node: ASTNode): ASTNode[] {
  const nodes = (given: unknown): ASTNode[] => {
    if (Array.isArray(given)) return given.flatMap(nodes);
    return typeof given === "object" && given !== null && "op" in given ? [given as ASTNode] : [];
  };
  return nodes(node.args);
}

function typesOf(environment: Environment, source: string, nodes: readonly ASTNode[]): string {
  return `(${nodes.map(node => typeOf(environment, source, node)).join(", ")})`;
}

function typeOf(environment: Environment, source: string, { range }: ASTNode): string {
  const { type } = environment.check(source.slice(range.start, range.end));
  return type === undefined ? "dyn" : typeName(type);
}

function indexed(
  environment: Environment,
  source: string,
  { args: [list, index] }: Extract<ASTNode, { op: "[]" }>,
  type?: string,
): string {
  const left = type === undefined ? typeOf(environment, source, list) : typeName(type);
  return `(${left}, ${typeOf(environment, source, index)})`;
}

/** Where cel-go says that an expression stands. */
function placeOf(source: string, node: ASTNode): number {
  const after = (operator: string, left: ASTNode) => {
    const place = source.indexOf(operator, left.range.end);
    return place < 0 ? node.range.start : place;
  };
  switch (node.op) {
    case "value":
    case "id":
    case "list":
    case "map":
    case "!_":
    case "-_":
      return node.range.start;
    case ".":
    case ".?":
      return after(".", node.args[0]);
    case "[]":
    case "[?]":
      return after("[", node.args[0]);
    case "call":
      return source.indexOf("(", node.range.start);
    case "rcall":
      return source.indexOf("(", source.indexOf(node.args[0], node.args[1].range.end));
    case "?:":
      return after("?", node.args[0]);
    default:
      return after(node.op, node.args[0]);
  }
}

/** The interpreter's name of a type as cel-go writes it: `list(string)`. */
export function typeName(type: string): string {
  return type
    .replaceAll("google.protobuf.Timestamp", "timestamp")
    .replaceAll("google.protobuf.Duration", "duration")
    .replaceAll("optional<", "optional_type<")
    .replaceAll("<", "(")
    .replaceAll(">", ")")
    .replace(/^list$/, "list(dyn)")
    .replace(/^map$/, "map(dyn, dyn)");
}
