/**
 * The functions that Kubernetes adds to CEL for texts, lists and sets (`apiserver/pkg/cel/library`, cel-go's `ext`), as far
 * as the interpreter does not have them. Those for quantities, addresses and the like stand in files of their own.
 */
import { firstMatch, matchesPattern, patternFault, patternMatches } from "../schema/index.ts";
import { isEqual } from "./equality.ts";
import type { Environment } from "./library.ts";
import { matchesName } from "./source-text.ts";

export function registerFunctions(environment: Environment): void {
  registerTexts(environment);
  registerLists(environment);
  registerSets(environment);
  for (const type of ["google.protobuf.Timestamp", "google.protobuf.Duration", "optional"])
    environment.registerOperator(`${type} == null`, () => false);
}

function registerTexts(environment: Environment): void {
  environment
    .registerFunction(`string.${matchesName}(string): bool`, isMatching)
    .registerFunction("matches(string, string): bool", isMatching)
    .registerFunction(
      "string.find(string): string",
      (text: string, pattern: string) => firstMatch(pattern, text) ?? "",
    )
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
      patternMatches(pattern, text),
    )
    .registerFunction(
      "string.findAll(string, int): list<string>",
      (text: string, pattern: string, most: bigint) =>
        most < 0n ? patternMatches(pattern, text) : patternMatches(pattern, text).slice(0, Number(most)),
    )
    .registerFunction("string.charAt(int): string", (text: string, index: bigint) => {
      const characters = [...text];
      if (index < 0n || index > BigInt(characters.length))
        throw new RangeError(`index out of range: ${index}`);
      return characters[Number(index)] ?? "";
    })
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction(
      "string.replace(string, string, int): string",
      (text: string, from: string, to: string, most: bigint) => replaced(text, from, to, Number(most)),
    )
    .registerFunction("string.reverse(): string", (text: string) => [...text].reverse().join(""))
    .registerFunction("string.format(list<dyn>): string", formatted);
}

/** Throws SyntaxError for a pattern that cannot be read. */
function isMatching(text: string, pattern: string): boolean {
  const fault = patternFault(pattern);
  if (fault !== undefined) throw new SyntaxError(fault);
  return matchesPattern(pattern, text);
}

function replaced(text: string, from: string, to: string, most: number): string {
  if (most < 0) return text.replaceAll(from, () => to);
  let rest = text;
  let done = "";
  for (let i = 0; i < most; i++) {
    const index = rest.indexOf(from);
    if (index < 0) break;
    done += rest.slice(0, index) + to;
    rest = rest.slice(index + from.length);
  }
  return done + rest;
}

/** `"%s has %d".format([name, count])` */
function formatted(pattern: string, values: readonly unknown[]): string {
  let next = 0;
  return pattern.replaceAll(/%(?:%|(?:\.(\d+))?([sdfebxXo]))/g, (clause, digits?: string, verb?: string) => {
    if (verb === undefined) return "%";
    if (next >= values.length) throw new RangeError(`index ${next} out of range`);
    const value = values[next++];
    const number = Number(value);
    switch (verb) {
      case "d":
        return String(value);
      case "f":
        return number.toFixed(digits === undefined ? 6 : Number(digits));
      case "e":
        return number
          .toExponential(digits === undefined ? 6 : Number(digits))
          .replace(/e([+-])(\d)$/, (_, sign: string, digit: string) => `e${sign}0${digit}`);
      case "b":
        return typeof value === "boolean" ? (value ? "1" : "0") : BigInt(value as bigint).toString(2);
      case "o":
        return BigInt(value as bigint).toString(8);
      case "x":
      case "X": {
        const hex =
          typeof value === "string"
            ? Buffer.from(value).toString("hex")
            : BigInt(value as bigint).toString(16);
        return verb === "X" ? hex.toUpperCase() : hex;
      }
      default:
        return clause.startsWith("%.") ? clause : shown(value);
    }
  });
}

/** A value as text, as `%s` has it. */
function shown(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, inner]) => `${shown(key)}: ${shown(inner)}`)
      .sort()
      .join(", ")}}`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  return String(value);
}

type Comparable = bigint | number | string | boolean | Date;

function registerLists(environment: Environment): void {
  const extreme = (
    list: readonly Comparable[],
    isBetter: (one: Comparable, other: Comparable) => boolean,
  ) => {
    const [first, ...rest] = list;
    if (first === undefined)
      throw new RangeError("min called on empty list".replace("min", isBetter(1, 2) ? "min" : "max"));
    return rest.reduce((best, each) => (isBetter(each, best) ? each : best), first);
  };
  const integer = (index: number) => BigInt(index);
  environment
    .registerFunction("list<A>.isSorted(): bool", (list: readonly Comparable[]) =>
      list.every((item, i) => i === 0 || (list[i - 1] as Comparable) <= item),
    )
    .registerFunction("list<A>.sum(): A", (list: readonly unknown[]) => sumOf(list))
    .registerFunction("list<A>.min(): A", (list: readonly Comparable[]) =>
      extreme(list, (one, other) => one < other),
    )
    .registerFunction("list<A>.max(): A", (list: readonly Comparable[]) =>
      extreme(list, (one, other) => one > other),
    )
    .registerFunction("list<A>.indexOf(A): int", (list: readonly unknown[], item: unknown) =>
      integer(list.findIndex(each => isEqual(each, item))),
    )
    .registerFunction("list<A>.lastIndexOf(A): int", (list: readonly unknown[], item: unknown) =>
      integer(list.findLastIndex(each => isEqual(each, item))),
    )
    .registerFunction("list<A>.reverse(): list<A>", (list: readonly unknown[]) => [...list].reverse())
    .registerFunction("list<A>.distinct(): list<A>", distinct)
    .registerFunction("list<A>.sort(): list<A>", (list: readonly Comparable[]) =>
      [...list].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)),
    )
    .registerFunction(
      "list<A>.slice(int, int): list<A>",
      (list: readonly unknown[], from: bigint, to: bigint) => list.slice(Number(from), Number(to)),
    )
    .registerFunction("list<dyn>.flatten(): list<dyn>", (list: readonly unknown[]) => list.flat());
}

function sumOf(list: readonly unknown[]): unknown {
  if (list.some(item => typeof item === "bigint"))
    return list.reduce<bigint>((sum, item) => sum + BigInt(item as bigint), 0n);
  if (list.length === 0) return 0n;
  return list.reduce<number>((sum, item) => sum + Number(item), 0);
}

class Sets {}

function registerSets(environment: Environment): void {
  const has = (list: readonly unknown[], item: unknown) => list.some(each => isEqual(each, item));
  const contains = (list: readonly unknown[], part: readonly unknown[]) =>
    part.every(item => has(list, item));
  environment
    .registerType("SetsNamespace", Sets)
    .registerConstant("sets", "SetsNamespace", new Sets())
    .registerFunction(
      "SetsNamespace.contains(list<A>, list<A>): bool",
      (_: Sets, list: readonly unknown[], part: readonly unknown[]) => contains(list, part),
    )
    .registerFunction(
      "SetsNamespace.equivalent(list<A>, list<A>): bool",
      (_: Sets, one: readonly unknown[], other: readonly unknown[]) =>
        contains(one, other) && contains(other, one),
    )
    .registerFunction(
      "SetsNamespace.intersects(list<A>, list<A>): bool",
      (_: Sets, one: readonly unknown[], other: readonly unknown[]) => one.some(item => has(other, item)),
    );
}

function distinct(list: readonly unknown[]): unknown[] {
  // Texts and whole numbers are told apart at once; a long list of anything else would take the square of its length.
  if (list.every(item => typeof item === "string") || list.every(item => typeof item === "bigint"))
    return [...new Set<unknown>(list)];
  return list.filter((item, i) => list.findIndex(each => isEqual(each, item)) === i);
}
