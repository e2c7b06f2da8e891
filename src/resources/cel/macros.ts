/**
 * The macros of CEL that the interpreter lacks: comprehensions over two variables (index and element of a list, key and value
 * of a map), and those of optional values.
 */
import type { ASTNode, Environment, OverlayContext } from "@marcbachmann/cel-js";
import { library } from "./library.ts";

type Context = Pick<OverlayContext, "forkWithVariable">;
type Type = Parameters<OverlayContext["forkWithVariable"]>[1];

interface Checker {
  check(node: ASTNode, context: Context): Type;
  getType(name: string): Type;
}

interface Evaluator {
  run(node: ASTNode, context: Context): unknown;
}

interface Given {
  readonly ast: ASTNode;
  readonly args: readonly ASTNode[];
  readonly receiver: ASTNode;
}

/** What happens with the elements, one after the other. `step` says what the expression after the variables gives for one. */
interface Comprehension {
  readonly type: string;
  /** How many expressions follow the two variables. */
  readonly expressions: number;
  run(pairs: readonly Pair[], step: (expression: number, pair: Pair) => unknown): unknown;
}

type Pair = readonly [key: unknown, value: unknown];

export function registerMacros(environment: Environment): void {
  for (const [name, comprehension] of Object.entries(comprehensions))
    for (const count of [comprehension.expressions, ...(name.startsWith("transform") ? [2] : [])]) {
      const parameters = Array.from({ length: 2 + count }, () => "ast").join(", ");
      const expand = (given: Given) => twoVariables(given, comprehension);
      for (const receiver of ["list", "map"])
        environment.registerFunction(`${receiver}.${name}(${parameters}): ${comprehension.type}`, expand);
    }
  environment.registerFunction("optional.optMap(ast, ast): optional<dyn>", (given: Given) =>
    ofOptional(given, false),
  );
  environment.registerFunction("optional.optFlatMap(ast, ast): optional<dyn>", (given: Given) =>
    ofOptional(given, true),
  );
}

const comprehensions: Readonly<Record<string, Comprehension>> = {
  all: { type: "bool", expressions: 1, run: (pairs, step) => pairs.every(pair => step(0, pair) === true) },
  exists: { type: "bool", expressions: 1, run: (pairs, step) => pairs.some(pair => step(0, pair) === true) },
  existsOne: {
    type: "bool",
    expressions: 1,
    run: (pairs, step) => pairs.filter(pair => step(0, pair) === true).length === 1,
  },
  transformList: {
    type: "list<dyn>",
    expressions: 1,
    run: (pairs, step) => pairs.map(pair => step(0, pair)),
  },
  transformMap: {
    type: "map<dyn, dyn>",
    expressions: 1,
    run: (pairs, step) => new Map(pairs.map(pair => [pair[0], step(0, pair)])),
  },
};

function twoVariables({ ast, args, receiver }: Given, { type, run }: Comprehension) {
  const [key, value, ...expressions] = args;
  const [keyName, valueName] = [nameOf(key, ast), nameOf(value, ast)];
  // With a condition in front, only what fits is transformed.
  const condition = expressions.length > 1 ? expressions[0] : undefined;
  const body = condition ? expressions.slice(1) : expressions;
  let dyn: Type;
  return {
    typeCheck(checker: Checker, _: unknown, context: Context) {
      checker.check(receiver, context);
      dyn = checker.getType("dyn");
      const inner = context.forkWithVariable(keyName, dyn).forkWithVariable(valueName, dyn);
      for (const expression of expressions) checker.check(expression, inner);
      return checker.getType(type);
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context) {
      const at = (expression: ASTNode | undefined, [one, other]: Pair) => {
        const outer = context.forkWithVariable(keyName, dyn).setIterValue(one, evaluator);
        const inner = outer.forkWithVariable(valueName, dyn).setIterValue(other, evaluator);
        return expression && evaluator.run(expression, inner);
      };
      const pairs = pairsOf(evaluator.run(receiver, context));
      const fitting = condition ? pairs.filter(pair => at(condition, pair) === true) : pairs;
      return run(fitting, (expression, pair) => at(body[expression], pair));
    },
  };
}

function ofOptional({ ast, args, receiver }: Given, isFlat: boolean) {
  const [variable, expression] = args;
  const name = nameOf(variable, ast);
  const { Optional } = library();
  let dyn: Type;
  return {
    typeCheck(checker: Checker, _: unknown, context: Context) {
      checker.check(receiver, context);
      dyn = checker.getType("dyn");
      if (expression) checker.check(expression, context.forkWithVariable(name, dyn));
      return checker.getType("optional");
    },
    evaluate(evaluator: Evaluator, _: unknown, context: Context) {
      const optional = evaluator.run(receiver, context);
      if (!(optional instanceof Optional) || !optional.hasValue()) return Optional.none();
      const inner = context.forkWithVariable(name, dyn).setIterValue(optional.value(), evaluator);
      const found = expression && evaluator.run(expression, inner);
      return isFlat ? found : Optional.of(found);
    },
  };
}

function nameOf(node: ASTNode | undefined, ast: ASTNode): string {
  if (node?.op === "id") return node.args;
  const { ParseError } = library();
  throw new ParseError("argument must be a simple name", node ?? ast);
}

function pairsOf(value: unknown): Pair[] {
  if (Array.isArray(value)) return value.map((item, i) => [BigInt(i), item]);
  if (value instanceof Map) return [...value];
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
