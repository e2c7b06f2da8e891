/**
 * The JSON paths of printer columns, as Kubernetes reads them (`k8s.io/client-go/util/jsonpath`): fields, indexes, slices,
 * wildcards, recursive descent, unions, filters. A path only reads: it is parsed here, never run as a program.
 *
 * Not read: `{range}` and text between paths, which columns cannot have.
 */

import { remember } from "../../outside/index.ts";
import { isMap } from "../json.ts";

type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "all" }
  | { readonly type: "descend" }
  | { readonly type: "slice"; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly type: "union"; readonly steps: readonly Step[] }
  | { readonly type: "filter"; readonly left: Operand; readonly operator?: string; readonly right?: Operand };
type Operand = { readonly path: readonly Step[] } | { readonly value: unknown };

/** All values that a path leads to. */
type JsonPath = (value: unknown) => unknown[];

const compiled = remember(compile);
const maxFound = 10_000;

/** What is wrong with a path, as a sentence; undefined where nothing is. */
export function jsonPathFault(text: string): string | undefined {
  const path = compiled(text);
  return path instanceof SyntaxError ? path.message : undefined;
}

/** The values at a path, `.spec.containers[*].name`; none where there is nothing, or the path cannot be read. */
export function valuesAt(text: string, value: unknown): unknown[] {
  const path = compiled(text);
  return path instanceof SyntaxError ? [] : path(value);
}

function compile(text: string): JsonPath | SyntaxError {
  try {
    const inner = text.trim().replace(/^\{(.*)\}$/s, "$1");
    const steps = new Parser(inner).whole();
    return value => follow(steps, [value]);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Step[] {
    const steps = this.#path();
    if (this.#at < this.#text.length) throw this.#wrong();
    return steps;
  }

  #path(): Step[] {
    const steps: Step[] = [];
    // Where a path begins is said in three ways, or not at all.
    if (!this.#take("$") && !this.#take("@") && /[\w-]/.test(this.#peek())) steps.push(this.#name());
    for (;;) {
      if (this.#take("..")) {
        steps.push({ type: "descend" });
        if (this.#peek() !== "[") steps.push(this.#name());
      } else if (this.#take(".")) {
        if (this.#at < this.#text.length && this.#peek() !== "[") steps.push(this.#name());
      } else if (this.#take("[")) steps.push(this.#bracket());
      else return steps;
    }
  }

  #name(): Step {
    if (this.#take("*")) return { type: "all" };
    // A dot in a name is written with a backslash before it.
    const name = this.#match(/(?:\\.|[^\\.[\](){}$@*'",\s=<>!?:|&])+/y);
    if (name === undefined) throw this.#wrong();
    return { type: "field", name: name.replace(/\\(.)/g, "$1") };
  }

  #bracket(): Step {
    if (this.#take("?(")) {
      const left = this.#operand();
      const operator = this.#match(/\s*(==|!=|<=|>=|<|>)\s*/y)?.trim();
      const right = operator === undefined ? undefined : this.#operand();
      this.#expect(")");
      this.#expect("]");
      return { type: "filter", left, operator, right };
    }
    const steps = [this.#element()];
    while (this.#take(",")) steps.push(this.#element());
    this.#expect("]");
    const [only, another] = steps;
    return only && !another ? only : { type: "union", steps };
  }

  #element(): Step {
    this.#match(/\s+/y);
    if (this.#take("*")) return { type: "all" };
    const quoted = this.#quoted();
    if (quoted !== undefined) return { type: "field", name: quoted };
    const number = /-?\d+/y;
    const from = this.#match(number);
    if (!this.#take(":")) {
      if (from === undefined) throw this.#wrong();
      const index = Number(from);
      return { type: "slice", from: index, to: index === -1 ? undefined : index + 1, by: 1 };
    }
    const to = this.#match(number);
    const by = this.#take(":") ? this.#match(number) : undefined;
    return { type: "slice", from: numberOf(from), to: numberOf(to), by: Math.max(1, numberOf(by) ?? 1) };
  }

  #operand(): Operand {
    this.#match(/\s+/y);
    const quoted = this.#quoted();
    if (quoted !== undefined) return { value: quoted };
    const literal = this.#match(/-?\d+(\.\d+)?|true|false|null/y);
    if (literal !== undefined) return { value: JSON.parse(literal) };
    if (this.#peek() !== "@" && this.#peek() !== "$" && this.#peek() !== ".") throw this.#wrong();
    return { path: this.#path() };
  }

  #quoted(): string | undefined {
    const text = this.#match(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"/y);
    return text?.slice(1, -1).replace(/\\(.)/g, "$1");
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #expect(text: string): void {
    this.#match(/\s+/y);
    if (!this.#take(text)) throw this.#wrong();
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #wrong(): SyntaxError {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    return new SyntaxError(
      rest ? `unexpected ${JSON.stringify(rest)} in the path` : "the path ends too soon",
    );
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function follow(steps: readonly Step[], values: readonly unknown[]): unknown[] {
  return steps.reduce(
    (found: unknown[], step) => found.flatMap(value => taken(step, value)).slice(0, maxFound),
    [...values],
  );
}

function taken(step: Step, value: unknown): unknown[] {
  switch (step.type) {
    case "field":
      return isMap(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "all":
      return inside(value);
    case "descend":
      return descended(value);
    case "union":
      return step.steps.flatMap(each => taken(each, value));
    case "slice":
      if (!Array.isArray(value)) return [];
      return value.slice(step.from, step.to).filter((_, i) => i % step.by === 0);
    case "filter":
      return inside(value).filter(item => holds(step, item));
  }
}

function inside(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}

/** A value and everything in it, in order. */
function descended(value: unknown): unknown[] {
  const found = [value];
  for (let i = 0; i < found.length && found.length < maxFound; i++) found.push(...inside(found[i]));
  return found;
}

function holds({ left, operator, right }: Extract<Step, { type: "filter" }>, item: unknown): boolean {
  const found = operandOf(left, item);
  if (operator === undefined || right === undefined) return found.length > 0;
  const other = operandOf(right, item);
  if (found.length === 0 || other.length === 0) return false;
  const [a, b] = [found[0], other[0]];
  if (operator === "==") return a === b;
  if (operator === "!=") return a !== b;
  if (typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")) return false;
  const [one, two] = [a, b as typeof a];
  return { "<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two }[operator] ?? false;
}

function operandOf(operand: Operand, item: unknown): unknown[] {
  return "path" in operand ? follow(operand.path, [item]) : [operand.value];
}
