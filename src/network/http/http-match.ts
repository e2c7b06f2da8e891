/** Whether a request is one that a rule is for, and which of two matches comes first where both fit. */
import { matchesPattern } from "../../resources/index.ts";
import type { HttpMatch, ValueMatch } from "./http-rule.ts";
import { isUnder, plainPath, plainPrefix } from "./plain-path.ts";

/** Of a request, what the choice depends on. */
export interface HttpFacts {
  /** The host that is asked for, without a port, in small letters. */
  readonly host: string;
  /** The path without the query, as it was sent. */
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query?: string | undefined;
  /** Default: GET. */
  readonly method?: string | undefined;
  /** By name in small letters, as Node has them. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
}

/** The facts, read once for all rules that are compared. */
export class ReadFacts {
  readonly facts: HttpFacts;
  /** Undefined: no rule fits. */
  readonly path: string | undefined;
  #query: URLSearchParams | undefined;

  constructor(facts: HttpFacts) {
    this.facts = facts;
    this.path = plainPath(facts.path);
  }

  header(name: string): string | undefined {
    const value = this.facts.headers?.[name.toLowerCase()];
    return typeof value === "object" ? value.join(", ") : value;
  }

  /** The first value of a parameter. */
  param(name: string): string | undefined {
    this.#query ??= new URLSearchParams(this.facts.query ?? "");
    return this.#query.get(name) ?? undefined;
  }
}

export function fits({ path, method, headers, queryParams }: HttpMatch, request: ReadFacts): boolean {
  if (request.path === undefined) return false;
  if (path && !fitsPath(path, request.path)) return false;
  if (method !== undefined && method !== (request.facts.method ?? "GET")) return false;
  if (headers && !firstOfEach(headers, true).every(each => fitsValue(each, request.header(each.name))))
    return false;
  return (
    !queryParams || firstOfEach(queryParams, false).every(each => fitsValue(each, request.param(each.name)))
  );
}

function fitsPath({ type, value }: NonNullable<HttpMatch["path"]>, path: string): boolean {
  switch (type) {
    case "Exact":
      return path === value;
    case "PathPrefix":
      return isUnder(path, plainPrefix(value));
    case "RegularExpression":
      return fitsWhole(value, path);
  }
}

function fitsValue({ type, value }: ValueMatch, found: string | undefined): boolean {
  if (found === undefined) return false;
  return type === "RegularExpression" ? fitsWhole(value, found) : found === value;
}

function fitsWhole(pattern: string, text: string): boolean {
  return matchesPattern(`^(?:${pattern})$`, text);
}

/** Of several about the same name only the first counts. */
function firstOfEach(all: readonly ValueMatch[], ignoreCase: boolean): readonly ValueMatch[] {
  if (all.length < 2) return all;
  const key = ({ name }: ValueMatch) => (ignoreCase ? name.toLowerCase() : name);
  return all.filter((each, i) => all.findIndex(other => key(other) === key(each)) === i);
}

/**
 * Below 0 where the first comes first, in the order that HTTPRoute's documentation gives: an exact path; a longer prefix; a method; more
 * headers; more parameters. An expression, of which it leaves that open, stands between exact paths and prefixes.
 */
export function compareMatches(one: HttpMatch, other: HttpMatch): number {
  const a = rankOf(one);
  const b = rankOf(other);
  for (const [i, rank] of a.entries()) if (rank !== b[i]) return (b[i] ?? 0) - rank;
  return 0;
}

const pathRanks = { Exact: 2, RegularExpression: 1, PathPrefix: 0 };

function rankOf({ path, method, headers = [], queryParams = [], specificity }: HttpMatch): readonly number[] {
  const { type = "PathPrefix", value = "/" } = path ?? {};
  const length = type === "PathPrefix" ? plainPrefix(value).length : value.length;
  return [
    specificity ? pathRanks.Exact : pathRanks[type],
    specificity ?? length,
    method === undefined ? 0 : 1,
    firstOfEach(headers, true).length,
    firstOfEach(queryParams, false).length,
  ];
}
