/**
 * What is to be done with a request that comes under a rule: sent elsewhere by a redirect, or sent on to one of the rule's backends, with what
 * is changed of it on the way. Chance decides among backends by their weights, and whether a mirror gets a copy.
 */
import type { Random } from "../../outside/index.ts";
import type { HttpFacts } from "./http-match.ts";
import type { FoundRule } from "./http-routes.ts";
import type {
  HeaderModifier,
  HttpFilters,
  HttpMatch,
  HttpRetry,
  HttpTimeouts,
  PathModifier,
  RequestRedirect,
  WeightedBackend,
} from "./http-rule.ts";
import { plainPath, plainPrefix } from "./plain-path.ts";

/** A request, as far as the plan depends on it. */
export interface PlannedRequest extends HttpFacts {
  readonly scheme: "http" | "https";
  /** The port that the client has written behind the host; undefined where it has written none. */
  readonly port?: number | undefined;
}

export type HttpPlan<B> = RedirectPlan | ForwardPlan<B>;

export interface RedirectPlan {
  readonly kind: "redirect";
  readonly status: number;
  readonly location: string;
  readonly responseHeaders: readonly HeaderModifier[];
}

interface ForwardPlan<B> {
  readonly kind: "forward";
  /** Undefined: the rule has none, or none with a weight. */
  readonly backend: B | undefined;
  /** The path and the query as they are sent on. */
  readonly target: string;
  /** The host that is asked for instead; as it was where left out. */
  readonly host?: string | undefined;
  readonly requestHeaders: readonly HeaderModifier[];
  readonly responseHeaders: readonly HeaderModifier[];
  /** Those that get a copy, too. */
  readonly mirrors: readonly B[];
  readonly timeouts: HttpTimeouts;
  readonly retry?: HttpRetry | undefined;
}

export function planOf<B>(
  { rule, match }: FoundRule<B>,
  request: PlannedRequest,
  random: Pick<Random, "next">,
): HttpPlan<B> {
  const chosen = byWeight(rule.backends, random);
  const filters = [rule.filters, chosen?.filters].filter(each => each !== undefined);
  const responseHeaders = filters.flatMap(({ responseHeaders: each }) => each ?? []);
  const redirect = first(filters, "redirect");
  if (redirect) {
    const { statusCode: status = 302 } = redirect;
    return { kind: "redirect", status, location: locationOf(redirect, request, match), responseHeaders };
  }
  const rewrite = first(filters, "rewrite");
  const path = rewrite?.path ? rewritten(rewrite.path, request.path, match) : request.path;
  return {
    kind: "forward",
    backend: chosen?.backend,
    target: withQuery(path, request.query),
    host: rewrite?.hostname,
    requestHeaders: filters.flatMap(({ requestHeaders }) => requestHeaders ?? []),
    responseHeaders,
    mirrors: filters
      .flatMap(({ mirrors = [] }) => mirrors)
      .filter(({ fraction = 1 }) => fraction >= 1 || random.next() < fraction)
      .map(({ backend }) => backend),
    timeouts: rule.timeouts ?? {},
    retry: rule.retry,
  };
}

/** That of the backend where both have it: it is nearer to where the request goes. */
function first<B, Name extends "redirect" | "rewrite">(
  filters: readonly HttpFilters<B>[],
  name: Name,
): HttpFilters<B>[Name] {
  return filters.findLast(each => each[name] !== undefined)?.[name];
}

/** Undefined where all weights together are 0. */
function byWeight<B>(
  backends: readonly WeightedBackend<B>[],
  random: Pick<Random, "next">,
): WeightedBackend<B> | undefined {
  const all = backends.reduce((sum, { weight }) => sum + weight, 0);
  if (all <= 0) return undefined;
  if (backends.length === 1) return backends[0];
  let rest = random.next() * all;
  for (const each of backends) {
    rest -= each.weight;
    if (rest < 0) return each;
  }
  return backends.findLast(({ weight }) => weight > 0);
}

/**
 * Where a redirect leads. The port is that of the client where the filter names none: HTTP and HTTPS are served at one port here, so
 * another scheme is no reason for another port.
 */
function locationOf(redirect: RequestRedirect, request: PlannedRequest, match: HttpMatch): string {
  const { scheme = request.scheme, hostname = request.host, port = request.port } = redirect;
  const path = redirect.path ? rewritten(redirect.path, request.path, match) : request.path;
  const isUsual = port === undefined || port === (scheme === "https" ? 443 : 80);
  return `${scheme}://${hostname}${isUsual ? "" : `:${port}`}${withQuery(path, request.query)}`;
}

/** A path with another one in the place of all of it, or of the prefix by which it was found. */
function rewritten(modifier: PathModifier, path: string, { path: matched }: HttpMatch): string {
  if (modifier.type === "ReplaceFullPath") return rooted(modifier.replaceFullPath);
  const plain = plainPath(path) ?? path;
  const prefix = matched?.type === "PathPrefix" ? plainPrefix(matched.value) : "";
  const rest = plain.slice(prefix.length);
  // `/old` itself becomes the replacement as it stands; what is below it is put behind it with one slash.
  return rooted(rest === "" ? modifier.replacePrefixMatch : plainPrefix(modifier.replacePrefixMatch) + rest);
}

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function withQuery(path: string, query: string | undefined): string {
  return query === undefined ? path : `${path}?${query}`;
}
