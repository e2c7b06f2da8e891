/**
 * What a call takes, as data, and the one way in which that is checked: JavaScript has no compiler that would, and an option
 * that is silently ignored costs an afternoon. A rule looks at a value and says what would be right; a shape gives each name
 * its rule. All that is wrong is told at once, with the nearest name.
 */
import { ApiError } from "./k4s-error.ts";
import { didYouMean, nearestName } from "./nearest-name.ts";
import { notPlain } from "./plain-data.ts";
import { thrownMessage } from "./thrown-text.ts";

/** Says what is wrong with a value, `must be text, not 5`, each problem with its path; nothing where it is right. */
export type Rule = (value: unknown, path: string) => readonly string[];

/** The rules of names: those of options, or, in their order, of a call's arguments. */
export type Shape = Readonly<Record<string, Rule>>;

/** One and the same list: calls that are right are made in great numbers, and a list for each rule is what they would cost. */
const none: readonly string[] = [];

/** A rule of one condition. What is undefined was left out. */
export function must(be: string, isRight: (value: unknown) => boolean): Rule {
  return (value, path) =>
    value === undefined || isRight(value) ? none : [`${path} must be ${be}, not ${shown(value)}`];
}

/** The same where it may not be left out. */
export function needed(rule: Rule): Rule {
  return (value, path) => {
    if (value !== undefined) return rule(value, path);
    const [wanted = path] = rule(null, path);
    return [wanted.replace(/, not null$/, ", and is missing")];
  };
}

export const text = must("text", value => typeof value === "string");
export const name = must("a name", value => typeof value === "string" && value !== "");
export const flag = must("true or false", value => typeof value === "boolean");
export const count = must(
  "a whole number, 0 or more",
  value => Number.isInteger(value) && Number(value) >= 0,
);
/** The objects of Kubernetes keep numbers of replicas in 32 bits. */
export const most32 = 2 ** 31 - 1;
export const count32 = between(0, most32);
/** How long something may take to end. */
export const seconds = must(
  "a whole number of seconds, 0 or more",
  value => Number.isSafeInteger(value) && Number(value) >= 0,
);
/** `Infinity` is for ever. */
export const duration = must(
  "a number of milliseconds, 0 or more",
  value => typeof value === "number" && value >= 0,
);
export const signal = must("an AbortSignal", value => value instanceof AbortSignal);
export const callback = must("a function", value => typeof value === "function");
export const object = must("an object", value => isObject(value));
export const list = must("a list", value => Array.isArray(value));

export function between(least: number, most: number): Rule {
  return must(
    `a whole number from ${least} to ${most}`,
    value => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  );
}

/** What JSON could say, as deep as it goes; text and bytes as they are. */
export const plain: Rule = (value, path) =>
  value === undefined || typeof value === "string" || value instanceof Uint8Array
    ? []
    : notPlain(value, path);

/** All of these: the first that is broken is told. */
export function all(...rules: readonly Rule[]): Rule {
  return (value, path) => {
    for (const rule of rules) {
      const problems = rule(value, path);
      if (problems.length > 0) return problems;
    }
    return [];
  };
}

export function oneOf(...values: readonly string[]): Rule {
  const all = values.slice(0, -1).join(", ");
  return (value, path) => {
    if (value === undefined || values.some(each => each === value)) return [];
    const hint = typeof value === "string" ? didYouMean(value, values) : "";
    return [`${path} must be ${all} or ${values.at(-1)}, not ${shown(value)}${hint}`];
  };
}

/** Each element of a list. */
export function each(rule: Rule): Rule {
  return (value, path) => {
    if (value === undefined || !Array.isArray(value)) return list(value, path);
    return value.flatMap((element, i) => needed(rule)(element, `${path}[${i}]`));
  };
}

/**
 * An object of these options and no others, each of which may be left out.
 * @param more the rule of a name that is none of these; where it gives none, there is no such option
 */
export function options(shape: Shape, more: (name: string) => Rule | undefined = () => undefined): Rule {
  return (value, path) => {
    if (value === undefined || !isObject(value)) return object(value, path);
    let problems = none;
    for (const key of Object.keys(value)) {
      const inner = value[key as keyof typeof value] as unknown;
      if (inner === undefined) continue;
      const rule = Object.hasOwn(shape, key) ? shape[key] : more(key);
      const where = path === "options" ? key : `${path}.${key}`;
      const found = rule ? rule(inner, where) : [noOption(key, path, shape)];
      if (found.length > 0) problems = [...problems, ...found];
    }
    return problems;
  };
}

function noOption(key: string, path: string, shape: Shape): string {
  const where = path === "options" ? "" : ` in ${path}`;
  const known = Object.keys(shape);
  const hint = didYouMean(key, known) || ` (there is ${known.join(", ")})`;
  return `there is no option "${key}"${where}${hint}`;
}

/** The same, of which those that are needed may not be left out. */
export function shaped(shape: Shape): Rule {
  const given = options(shape);
  return (value, path) => {
    const problems = given(value, path);
    if (value === undefined || !isObject(value)) return problems;
    const missing = Object.entries(shape).filter(([key]) => value[key as keyof typeof value] === undefined);
    return [...problems, ...missing.flatMap(([key, rule]) => rule(undefined, `${path}.${key}`))];
  };
}

/** An object that has at least these members; it may have others, but none that is nearly called as one that it lacks. */
export function having(shape: Shape): Rule {
  return (value, path) => {
    if (value === undefined || !isObject(value)) return object(value, path);
    const member = (key: string) => value[key as keyof typeof value];
    const problems = Object.entries(shape).flatMap(([key, rule]) => rule(member(key), `${path}.${key}`));
    const lacking = Object.keys(shape).filter(key => member(key) === undefined);
    const misnamed = Object.keys(value).filter(
      key => !Object.hasOwn(shape, key) && nearestName(key, lacking) !== undefined,
    );
    return [
      ...problems,
      ...misnamed.map(key => `there is no "${key}" in ${path}${didYouMean(key, lacking)}`),
    ];
  };
}

/**
 * Throws BadRequest with all that is wrong with a call's arguments: `waitFor: there is no option "timeout" (did you mean
 * "timeoutMs"?)`.
 * @param takes the rules of its arguments, in their order
 */
export function checkArguments(call: string, takes: Shape, given: readonly unknown[]): void {
  const names = Object.keys(takes);
  let problems = none;
  names.forEach((path, i) => {
    const rule = takes[path];
    const found = rule ? problemsOf(rule, given[i], path) : none;
    if (found.length > 0) problems = [...problems, ...found];
  });
  if (given.length > names.length && given.slice(names.length).some(more => more !== undefined))
    problems = [...problems, `it takes nothing but ${names.join(", ")}`];
  if (problems.length > 0) throw new ApiError("BadRequest", `${call}: ${problems.join("; ")}`);
}

/** A value that cannot even be read (a getter that throws, a Proxy) is told as well. */
function problemsOf(rule: Rule, value: unknown, path: string): readonly string[] {
  try {
    return rule(value, path);
  } catch (error) {
    return [`${path} cannot be read: ${thrownMessage(error)}`];
  }
}

/** An object with members of its own: no list, and no Map, Date, … whose content is elsewhere. */
function isObject(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Object]"
  );
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.length > 0 ? "a list" : "an empty list";
  if (typeof value === "object" && value !== null)
    return Object.prototype.toString
      .call(value)
      .replace(/^\[object (.*)\]$/, (_, of: string) =>
        of === "Object" ? "an object" : `${/^[AEIOU]/.test(of) ? "an" : "a"} ${of}`,
      );
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
