/**
 * An expression, compiled: checked against the types of its variables, then run on their values. Faults are told in the words
 * of cel-go, as Kubernetes tells them. Compiled ones are kept by who uses them, not here.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { registerAuthorizer } from "./authorizer-functions.ts";
import { costExceeded, isTooCostly, nestingOf } from "./cost.ts";
import { registerFormats } from "./format-functions.ts";
import { registerFunctions } from "./functions.ts";
import { type Environment, library } from "./library.ts";
import { registerMacros } from "./macros.ts";
import { registerAddresses, registerUrls } from "./network-functions.ts";
import { registerQuantities, registerVersions } from "./quantity-functions.ts";
import { readable } from "./source-text.ts";

/** What went wrong when an expression was run: `no such key: color`. */
export class CelError extends Error {
  override readonly name = "CelError";
}

/** The variables of an expression by name, each with its type as CEL writes it; "dyn" where anything may be there. */
export type Variables = Readonly<Record<string, string>>;

/** An environment in which a set of expressions is compiled; `declare` registers the types that the variables have. */
export class CelEnvironment {
  readonly #typed: Environment;
  readonly #open: Environment;

  constructor(declare: (environment: Environment) => Variables) {
    this.#typed = base().clone();
    const variables = declare(this.#typed);
    this.#open = base().clone();
    for (const [name, type] of Object.entries(variables)) {
      this.#typed.registerVariable(name, type);
      // It has been checked; when it runs, values say themselves what they are.
      this.#open.registerVariable(name, type.startsWith("optional") ? "optional" : "dyn");
    }
  }

  /** @param result the type that it must have, `bool`; any where left out */
  compile(expression: string, result?: string): CelExpression {
    const source = readable(expression);
    const { valid, type, error } = this.#typed.check(source);
    if (!valid)
      return new CelExpression(
        undefined,
        `compilation failed: ${faultText(source, error)}`,
        this.#uses(source),
      );
    const fits = result === undefined || type === result || type === "dyn";
    if (!fits) return new CelExpression(undefined, wrongType(result), this.#uses(source));
    const { valid: runs, error: fault } = this.#open.check(source);
    if (!runs)
      return new CelExpression(
        undefined,
        `compilation failed: ${faultText(source, fault)}`,
        this.#uses(source),
      );
    return new CelExpression(this.#open.parse(source), undefined, this.#uses(source));
  }

  #uses(source: string): (name: string) => boolean {
    return name => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(source.replaceAll(/"[^"]*"|'[^']*'/g, ""));
  }
}

/** An expression as the interpreter can run it. */
interface Program {
  (context: Record<string, unknown>): unknown;
  readonly ast: ASTNode;
}

export class CelExpression {
  readonly #program: Program | undefined;
  readonly #nesting: number;
  /** What is wrong with it, where it cannot be run. */
  readonly fault: string | undefined;
  /** Whether it names a variable. */
  readonly uses: (name: string) => boolean;

  constructor(program: Program | undefined, fault: string | undefined, uses: (name: string) => boolean) {
    this.#program = program;
    this.#nesting = program ? nestingOf(program.ast) : 0;
    this.fault = fault;
    this.uses = uses;
  }

  /** Throws CelError. */
  run(values: Readonly<Record<string, unknown>>): unknown {
    if (!this.#program) throw new CelError(this.fault ?? "the expression cannot be run");
    if (isTooCostly(this.#nesting, values)) throw new CelError(costExceeded);
    try {
      return this.#program({ ...values });
    } catch (error) {
      const { summary, message } = error as { readonly summary?: string; readonly message: string };
      const text = summary ?? message;
      throw new CelError(text.slice(0, 1).toLowerCase() + text.slice(1), { cause: error });
    }
  }
}

/** A text that an expression resulted in; undefined where it is none, or blank. */
export function textOf(result: unknown): string | undefined {
  if (typeof result !== "string") return undefined;
  return result.trim() === "" ? undefined : result;
}

let shared: Environment | undefined;

/** All functions, no variables. */
function base(): Environment {
  if (shared) return shared;
  const environment = new (library().Environment)({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    unlistedVariablesAreDyn: false,
  });
  registerMacros(environment);
  registerFunctions(environment);
  registerQuantities(environment);
  registerVersions(environment);
  registerAddresses(environment);
  registerUrls(environment);
  registerFormats(environment);
  registerAuthorizer(environment);
  shared = environment;
  return environment;
}

function wrongType(type: string): string {
  return type === "bool" ? "cel expression must evaluate to a bool" : `must evaluate to ${type}`;
}

interface Fault {
  readonly code?: string;
  readonly summary?: string;
  readonly message?: string;
  readonly range?: { readonly start: number };
}

/** In the form of cel-go: the place, the sentence, the line with a mark under it. */
function faultText(source: string, error: unknown): string {
  const { code = "", summary = "", range = { start: 0 } } = (error ?? {}) as Fault;
  const [sentence, place] = sentenceOf(source, code, summary, range.start);
  const before = source.slice(0, place).split("\n");
  const line = before.length;
  const column = before.at(-1)?.length ?? 0;
  const text = source.split("\n")[line - 1] ?? "";
  return `ERROR: <input>:${line}:${column + 1}: ${sentence}\n | ${text}\n | ${".".repeat(column)}^`;
}

const operators: Readonly<Record<string, string>> = {
  "+": "_+_",
  "-": "_-_",
  "*": "_*_",
  "/": "_/_",
  "%": "_%_",
  "==": "_==_",
  "!=": "_!=_",
  "<": "_<_",
  "<=": "_<=_",
  ">": "_>_",
  ">=": "_>=_",
  "&&": "_&&_",
  "||": "_||_",
  in: "@in",
};

function sentenceOf(source: string, code: string, summary: string, start: number): readonly [string, number] {
  if (code === "no_such_key") {
    const name = summary.replace(/^No such key: /, "");
    return [`undefined field '${name}'`, Math.max(source.lastIndexOf(".", start), 0)];
  }
  if (code === "unknown_variable") {
    const name = summary.replace(/^Unknown variable: /, "");
    return [`undeclared reference to '${name}' (in container '')`, start];
  }
  const overload = /^no such overload: (.*) (\S+) (.*)$/.exec(summary);
  if (overload) {
    const [, left, operator = "", right] = overload;
    const place = source.indexOf(operator, start);
    const applied = `found no matching overload for '${operators[operator] ?? operator}' applied to '(${left}, ${right})'`;
    return [applied, Math.max(place, start)];
  }
  return [code.includes("token") || code.includes("parse") ? `Syntax error: ${summary}` : summary, start];
}
