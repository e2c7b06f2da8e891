/**
 * What an expression may cost at most, before it is ever run: of each step the cost by the largest values that the schema allows.
 * Kubernetes refuses a definition whose rules may cost too much. After cel-go's estimate (`checker/cost.go`) and what Kubernetes adds for
 * its own functions (`apiserver/pkg/cel/library/cost.go`); of the range that these keep, the upper end alone decides.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { anything, type Estimate, listOf, made, part, perUnit, text, times, truth } from "./estimate.ts";
import { functionEstimate } from "./function-estimates.ts";
import { keyType, type SizedType } from "./sized-types.ts";

const costOfName = 1;
const costOfList = 10;
const costOfMap = 30;
/** Reading a text, for each of its characters. */
const costOfCharacter = 0.1;

type Variables = ReadonlyMap<string, Estimate>;

/** @param self the type of `self` and `oldSelf` */
export function estimatedCost(node: ASTNode, self: SizedType): number {
  const root = part(costOfName, self);
  return new Estimator(self).of(
    node,
    new Map([
      ["self", root],
      ["oldSelf", root],
    ]),
  ).cost;
}

class Estimator {
  readonly #self: SizedType;

  constructor(self: SizedType) {
    this.#self = self;
  }

  of(node: ASTNode, variables: Variables): Estimate {
    switch (node.op) {
      case "value":
        return literal(node.args);
      case "id":
        return variables.get(node.args) ?? made(costOfName, anything);
      case ".":
        return this.#field(this.of(node.args[0], variables), node.args[1]);
      case ".?":
        return made(1 + this.of(node.args[0], variables).cost, anything);
      case "[]":
      case "[?]":
        return this.#element(this.of(node.args[0], variables), this.of(node.args[1], variables));
      case "list":
        return listEstimate(node.args.map(each => this.of(each, variables)));
      case "map":
        return mapEstimate(node.args.map(pair => pair.map(each => this.of(each, variables))));
      case "?:": {
        const [condition, one, other] = node.args;
        return either(this.of(condition, variables), this.of(one, variables), this.of(other, variables));
      }
      case "-_":
        // A number with its sign is one literal.
        if (node.args.op === "value") return literal(node.args.args);
        return made(1 + this.of(node.args, variables).cost, truth);
      case "!_":
        return made(1 + this.of(node.args, variables).cost, truth);
      case "call": {
        const [name, given] = node.args;
        if (name === "has" && given[0]) return this.#presence(given[0], variables);
        return functionEstimate(
          name,
          undefined,
          given.map(each => this.of(each, variables)),
        );
      }
      case "rcall":
        return this.#method(node, variables);
      default:
        return this.#operator(node, variables);
    }
  }

  /** Whether a field is there costs nothing but the way to it. */
  #presence(node: ASTNode, variables: Variables): Estimate {
    const owner = node.op === "." || node.op === ".?" ? node.args[0] : node;
    return made(this.of(owner, variables).cost, truth);
  }

  #field(owner: Estimate, name: string): Estimate {
    const kind = owner.type?.kind;
    const cost = owner.cost + (kind === "map" || kind === "object" ? costOfName : 0);
    const field = owner.isPart ? owner.type?.fields?.get(name) : undefined;
    if (field) return part(cost, field);
    return made(cost, owner.type?.fields?.get(name) ?? owner.type?.element);
  }

  #element(owner: Estimate, index: Estimate): Estimate {
    const cost = 1 + owner.cost + index.cost;
    const { element } = owner.type ?? {};
    if (owner.isPart && element) return part(cost, element);
    const size = element?.kind === "scalar" ? 1 : owner.entrySize;
    return made(cost, element, size);
  }

  #operator(node: Binary, variables: Variables): Estimate {
    const one = this.of(node.args[0], variables);
    const other = this.of(node.args[1], variables);
    const cost = one.cost + other.cost;
    const compared = cost + perUnit(Math.min(one.size, other.size), costOfCharacter);
    switch (node.op) {
      case "&&":
      case "||":
        return made(cost, truth);
      case "==":
      case "!=":
        return made(compared, truth);
      case "<":
      case "<=":
      case ">":
      case ">=":
        return made(isScalar(one) || isScalar(other) ? cost + 1 : compared, truth);
      case "in":
        return made(cost + (other.type?.kind === "map" ? 1 : other.size), truth);
      case "+":
        return sum(one, other);
      default:
        return made(cost + 1, truth);
    }
  }

  #method(node: MethodCall, variables: Variables): Estimate {
    const [name, receiver, given] = node.args;
    // What has() was written as, for the interpreter.
    if (name === "hasValue" && receiver.op === ".?") return this.#presence(receiver, variables);
    if (receiver.op === "id" && !variables.has(receiver.args)) {
      const [variable, value, body] = given;
      if (receiver.args === "cel" && name === "bind" && variable?.op === "id" && value && body) {
        const bound = this.of(value, variables);
        const inner = this.of(body, withVariable(variables, variable.args, bound));
        return { ...inner, cost: costOfList + bound.cost + inner.cost };
      }
      const estimates = given.map(each => this.of(each, variables));
      return functionEstimate(`${receiver.args}.${name}`, undefined, estimates);
    }
    const range = this.of(receiver, variables);
    const comprehension = comprehensions[name];
    if (comprehension) return this.#comprehension(comprehension, range, given, variables);
    if (name === "optMap" || name === "optFlatMap") {
      const [variable, body] = given;
      if (variable?.op !== "id" || !body) return made(range.cost, anything);
      const inner = this.of(
        body,
        withVariable(variables, variable.args, made(costOfName, range.type, range.size)),
      );
      return made(2 * (1 + range.cost) + costOfList + inner.cost + 1, anything);
    }
    return functionEstimate(
      name,
      range,
      given.map(each => this.of(each, variables)),
    );
  }

  #comprehension(
    { variables: variableCount, condition, step, before, after, result }: Comprehension,
    range: Estimate,
    given: readonly ASTNode[],
    variables: Variables,
  ): Estimate {
    const count = variableCount ?? given.length - 1;
    const names = given.slice(0, count).map(each => (each.op === "id" ? each.args : ""));
    const [first = "", second = ""] = names;
    const element = this.#elementOf(range);
    const isMap = range.type?.kind === "map";
    const key = isMap ? part(costOfName, keyType) : made(costOfName, truth);
    const inside =
      count === 2
        ? withVariable(withVariable(variables, first, key), second, element)
        : withVariable(variables, first, isMap ? key : element);
    const parts = given.slice(count).map(each => this.of(each, inside));
    const body = parts.reduce((cost, each) => cost + each.cost, 0);
    const last = parts.at(-1);
    const loop = times(range.size, condition + step + body);
    const cost = range.cost + before + loop + after;
    if (result === "scalar") return made(cost, truth);
    const kept = result === "same" ? element : last;
    return made(cost, listOf(kept?.type), range.size, kept?.size);
  }

  #elementOf(range: Estimate): Estimate {
    const { element } = range.type ?? {};
    if (range.isPart && element) return part(costOfName, element);
    // Of what is no part of the object, cel-go's path to an element is that of the object itself, and Kubernetes takes its size.
    return made(costOfName, element, this.#self.most);
  }
}

type MethodCall = Extract<ASTNode, { op: "rcall" }>;
/** What has two operands, and is nothing else that `of` tells apart. */
type Binary = Exclude<
  ASTNode,
  { op: "value" | "id" | "." | ".?" | "[]" | "[?]" | "list" | "map" | "?:" | "!_" | "-_" | "call" | "rcall" }
>;

function isScalar({ type }: Estimate): boolean {
  return type?.kind === "scalar";
}
function withVariable(variables: Variables, name: string, value: Estimate): Variables {
  return new Map([...variables, [name, { ...value, cost: costOfName }]]);
}

function literal(value: unknown): Estimate {
  if (typeof value === "string") return made(0, text, [...value].length);
  if (value instanceof Uint8Array) return made(0, { ...text, kind: "bytes" }, value.length);
  return made(0, truth, 1);
}

function listEstimate(items: readonly Estimate[]): Estimate {
  const cost = items.reduce((sum, item) => sum + item.cost, costOfList);
  const entrySize = Math.max(0, ...items.map(({ size }) => size));
  return made(cost, listOf(items[0]?.type), items.length, entrySize);
}

function mapEstimate(entries: readonly (readonly Estimate[])[]): Estimate {
  const cost = entries.flat().reduce((sum, each) => sum + each.cost, costOfMap);
  const entrySize = Math.max(0, ...entries.map(([, value]) => value?.size ?? 0));
  const element = entries[0]?.[1]?.type;
  const type: SizedType = { kind: "map", most: 0, fewestBytes: 2, ...(element && { element }) };
  return made(cost, type, entries.length, entrySize);
}

function either(condition: Estimate, one: Estimate, other: Estimate): Estimate {
  const cost = condition.cost + Math.max(one.cost, other.cost);
  const entrySize = Math.max(one.entrySize, other.entrySize);
  return made(cost, one.type ?? other.type, Math.max(one.size, other.size), entrySize);
}

/** Texts are copied; lists are only put behind one another. */
function sum(one: Estimate, other: Estimate): Estimate {
  const type = one.type ?? other.type;
  const size = one.size + other.size;
  const cost = one.cost + other.cost;
  if (type?.kind === "list") return made(cost + 1, type, size, Math.max(one.entrySize, other.entrySize));
  if (type?.kind === "scalar") return made(cost + 1, type);
  return made(cost + perUnit(size, costOfCharacter), type, size);
}

interface Comprehension {
  /** How many variables it has; where that is not said, all but the last of what is given. */
  readonly variables?: number;
  /** What is paid for each element besides the expressions: to go on, and to take a step. */
  readonly condition: number;
  readonly step: number;
  /** What is paid once: to begin, and at the end. */
  readonly before: number;
  readonly after: number;
  /** What comes out: one value, the elements themselves, or what is made of them. */
  readonly result: "scalar" | "same" | "made";
}

/** As cel-go writes them out: `all` is a loop over `@result && condition`, as long as `@not_strictly_false(@result)`. */
const exactlyOne: Comprehension = {
  condition: 0,
  step: 2,
  before: 0,
  after: 2,
  result: "scalar",
};
const appended = {
  condition: 0,
  step: 2 + costOfList,
  before: costOfList,
  after: 1,
  result: "made",
} as const;
export const comprehensions: Readonly<Record<string, Comprehension>> = {
  all: { condition: 2, step: 1, before: 0, after: 1, result: "scalar" },
  exists: { condition: 3, step: 1, before: 0, after: 1, result: "scalar" },
  exists_one: exactlyOne,
  existsOne: exactlyOne,
  filter: {
    variables: 1,
    condition: 0,
    step: 3 + costOfList,
    before: costOfList,
    after: 1,
    result: "same",
  },
  map: { variables: 1, ...appended },
  transformList: { variables: 2, ...appended },
  transformMap: { variables: 2, condition: 0, step: 3, before: costOfMap, after: 1, result: "made" },
};
