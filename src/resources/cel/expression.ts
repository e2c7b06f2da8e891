/**
 * An expression, compiled: checked against the types of its variables, then run on their values. Faults are told in the words
 * of cel-go, as Kubernetes tells them. Compiled ones are kept by who uses them, not here.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { registerAuthorizer } from "./authorizer-functions.ts";
import { CelError } from "./cel-error.ts";
import { CostBudget } from "./cost.ts";
import { costVariable, countedText, registerCounting } from "./counted-text.ts";
import { estimatedCost } from "./estimated-cost.ts";
import { registerFormats } from "./format-functions.ts";
import { registerFunctions } from "./functions.ts";
import { type Environment, library } from "./library.ts";
import { literalFaults } from "./literal-faults.ts";
import { registerMacros } from "./macros.ts";
import { registerAddresses, registerUrls } from "./network-functions.ts";
import { registerQuantities, registerVersions } from "./quantity-functions.ts";
import type { SizedType } from "./sized-types.ts";
import { readable } from "./source-text.ts";
import { type Fault, syntaxFaults } from "./syntax-faults.ts";
import { placeholder, typeFaults, typeName } from "./type-faults.ts";

/** The variables of an expression by name, each with its type as CEL writes it; "dyn" where anything may be there. */
export type Variables = Readonly<Record<string, string>>;

/** An environment in which a set of expressions is compiled; `declare` registers the types that the variables have. */
export class CelEnvironment {
  readonly #typed: Environment;
  readonly #open: Environment;
  readonly #refusal: (wanted: string, got: string) => string;

  /** @param refusal what is said of an expression that results in something else than is wanted */
  constructor(
    declare: (environment: Environment) => Variables,
    refusal: (wanted: string, got: string) => string = wrongType,
  ) {
    this.#refusal = refusal;
    this.#typed = base().clone();
    this.#typed.registerVariable(placeholder, "dyn");
    const variables = declare(this.#typed);
    // What counts the cost is put in between, which makes an expression deeper than it was written.
    this.#open = base().clone({ limits: { maxDepth: 750, maxAstNodes: 300_000 } });
    registerCounting(this.#open);
    for (const [name, type] of Object.entries(variables)) {
      this.#typed.registerVariable(name, type);
      // It has been checked; when it runs, values say themselves what they are.
      this.#open.registerVariable(name, type.startsWith("optional") ? "optional" : "dyn");
    }
  }

  /** @param result the type that it must have, `bool`; any where left out */
  compile(expression: string, result?: string): CelExpression {
    const uses = this.#uses(expression);
    const refused = (fault: string) => new CelExpression(undefined, undefined, fault, uses);
    const source = readable(expression);
    const told = (faults: readonly Fault[]) =>
      refused(`compilation failed: ${faultText(expression, faults)}`);
    const inSource = ({ sentence, place }: Fault) => ({ sentence, place: source.place(place) });
    const { valid, type } = this.#typed.check(source.text);
    if (!valid) {
      const ofSyntax = syntaxFaults(expression);
      return told(ofSyntax.length > 0 ? ofSyntax : typeFaults(this.#typed, source.text).map(inSource));
    }
    const ofLiterals = literalFaults(this.#typed, source.text);
    if (ofLiterals.length > 0) return told(ofLiterals.map(inSource));
    const fits = result === undefined || type === result || type === "dyn";
    if (!fits) return refused(this.#refusal(result, typeName(type ?? "dyn")));
    const faults = typeFaults(this.#open, source.text);
    if (faults.length > 0) return told(faults.map(inSource));
    const { ast } = this.#open.parse(source.text);
    return new CelExpression(this.#open.parse(countedText(source.text, ast)), ast, undefined, uses);
  }

  #uses(source: string): (name: string) => boolean {
    return name => new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(source.replaceAll(/"[^"]*"|'[^']*'/g, ""));
  }
}

/** An expression as the interpreter can run it. */
type Program = (context: Record<string, unknown>) => unknown;

export class CelExpression {
  readonly #program: Program | undefined;
  readonly #ast: ASTNode | undefined;
  /** What is wrong with it, where it cannot be run. */
  readonly fault: string | undefined;
  /** Whether it names a variable. */
  readonly uses: (name: string) => boolean;

  /** @param program runs the expression, and counts its cost; @param ast the expression as it was written */
  constructor(
    program: Program | undefined,
    ast: ASTNode | undefined,
    fault: string | undefined,
    uses: (name: string) => boolean,
  ) {
    this.#program = program;
    this.#ast = ast;
    this.fault = fault;
    this.uses = uses;
  }

  /** What it may cost at most where `self` is of this type; 0 where it cannot be run. */
  mostCost(self: SizedType): number {
    return this.#ast ? estimatedCost(this.#ast, self) : 0;
  }

  /**
   * Throws CelError, also where it costs too much.
   *
   * @param budget what it may cost with the others that are asked about the same object
   */
  run(values: Readonly<Record<string, unknown>>, budget: CostBudget = new CostBudget()): unknown {
    const program = this.#program;
    if (!program) throw new CelError(this.fault ?? "the expression cannot be run");
    return budget.spend(call => {
      try {
        return program({ ...values, [costVariable]: call });
      } catch (error) {
        const { summary, message } = error as { readonly summary?: string; readonly message: string };
        throw new CelError(runFault(summary ?? message), { cause: error });
      }
    });
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

/** What the interpreter says, as cel-go says it. */
const runFaults: readonly (readonly [RegExp, string])[] = [
  [/^No such key: index out of bounds, index (-?\d+) .*/, "index out of bounds: $1"],
  [/^modulo by zero$/, "modulus by zero"],
  [/^integer overflow: .*/, "integer overflow"],
  [/^int\(\) type error: integer overflow$/, "integer overflow"],
  [/^(int|uint|double)\(\) type error: cannot convert to .*/, "type conversion error from 'string' to '$1'"],
];

function runFault(text: string): string {
  const [pattern, words] = runFaults.find(([each]) => each.test(text)) ?? [/^./, undefined];
  if (words === undefined) return text.slice(0, 1).toLowerCase() + text.slice(1);
  return text.replace(pattern, words);
}

/** In the words of a rule of a custom kind. */
function wrongType(wanted: string): string {
  return wanted === "bool" ? "cel expression must evaluate to a bool" : `must evaluate to a ${wanted}`;
}

/** All that is wrong with an expression, in the form of cel-go: the place, the sentence, the line with a mark under it. */
function faultText(source: string, faults: readonly Fault[]): string {
  return faults.map(({ sentence, place }) => `ERROR: ${marked(source, sentence, place)}`).join("\n");
}

function marked(source: string, sentence: string, place: number): string {
  const before = source.slice(0, place).split("\n");
  const line = before.length;
  const column = before.at(-1)?.length ?? 0;
  const text = source.split("\n")[line - 1] ?? "";
  return `<input>:${line}:${column + 1}: ${sentence}\n | ${text}\n | ${".".repeat(column)}^`;
}
