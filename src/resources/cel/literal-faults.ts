/**
 * What is wrong with what is written out in an expression whose types fit: a pattern, a time or a duration that cannot be read, and a list
 * of different things. Kubernetes asks cel-go for these checks (`apiserver/pkg/cel/environment`).
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { patternFault } from "../schema/index.ts";
import type { Environment } from "./library.ts";
import { matchesName } from "./source-text.ts";
import type { Fault } from "./syntax-faults.ts";
import { partsOf } from "./type-faults.ts";

/** In the order in which they stand. */
export function literalFaults(environment: Environment, source: string): Fault[] {
  return faultsIn(environment, source, environment.parse(source).ast);
}

function faultsIn(environment: Environment, source: string, node: ASTNode): Fault[] {
  // What a text is filled in with may be of any type.
  const parts = node.op === "rcall" && node.args[0] === "format" ? [node.args[1]] : partsOf(node);
  return [
    ...ownFaults(environment, source, node),
    ...parts.flatMap(each => faultsIn(environment, source, each)),
  ];
}

function ownFaults(environment: Environment, source: string, node: ASTNode): Fault[] {
  if (node.op === "list") return elementFaults(node.args);
  if (node.op !== "call" && node.op !== "rcall") return [];
  const [name] = node.args;
  const given = node.op === "call" ? node.args[1] : node.args[2];
  const argument = given.at(-1);
  if (argument?.op !== "value" || typeof argument.args !== "string") return [];
  const isMatches = name === "matches" || name === matchesName;
  const isWrong = isMatches
    ? patternFault(argument.args) !== undefined
    : (name === "duration" || name === "timestamp") &&
      node.op === "call" &&
      !isReadable(environment, source.slice(node.range.start, node.range.end));
  return isWrong
    ? [{ sentence: `invalid ${isMatches ? "matches" : name} argument`, place: argument.range.start }]
    : [];
}

function isReadable(environment: Environment, call: string): boolean {
  try {
    environment.evaluate(call);
    return true;
  } catch {
    return false;
  }
}

/** Only of what is plainly written: other elements may be anything. */
function elementFaults(elements: readonly ASTNode[]): Fault[] {
  const types = elements.map(literalType);
  const [first] = types;
  const at = types.findIndex(type => first !== undefined && type !== undefined && type !== first);
  const wrong = elements[at];
  if (!wrong) return [];
  return [{ sentence: `expected type '${first}' but found '${types[at]}'`, place: wrong.range.start }];
}

function literalType(node: ASTNode): string | undefined {
  if (node.op !== "value") return undefined;
  const { args } = node;
  if (args instanceof Uint8Array) return "bytes";
  const types: Readonly<Record<string, string>> = {
    string: "string",
    bigint: "int",
    number: "double",
    boolean: "bool",
  };
  return types[typeof args];
}
