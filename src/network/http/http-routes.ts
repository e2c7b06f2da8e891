/**
 * From an HTTP request to the rule that it comes under: by host, then by what the rule matches, the most specific first. Pure, and the same
 * for whatever routes HTTP: Ingresses, Gateways, and Services that have routes.
 *
 * The order is that of Kubernetes' documentation of Ingress, which Gateway API shares: an exact host before a wildcard, a longer wildcard
 * before a shorter, any before none; then as in http-match.ts; of equal ones the one that was given first. A request that comes under no
 * rule of its own host may come under one of a less specific host.
 */
import { everyHost, type HostPattern, hostKey, hostKeysOf, hostRank } from "./host-pattern.ts";
import { compareMatches, fits, type HttpFacts, ReadFacts } from "./http-match.ts";
import type { HttpMatch, HttpRule } from "./http-rule.ts";
import { plainPrefix } from "./plain-path.ts";

/** The rule that a request comes under, and by which of its matches. */
export interface FoundRule<B> {
  readonly rule: HttpRule<B>;
  readonly host: HostPattern;
  readonly match: HttpMatch;
}

const everything: HttpMatch = {};

/** The same for matches of which only one can ever be found: they say the same of host and path, and nothing else. */
export function placeOf(host: HostPattern, { path }: HttpMatch, isFallback = false): string {
  const { type = "PathPrefix", value = "/" } = path ?? {};
  const plain = type === "PathPrefix" ? plainPrefix(value) : value;
  return [isFallback ? "fallback" : type, hostKey(host), plain].join(" ");
}

export class HttpRoutes<B> {
  /** By the key of a host pattern, the most specific match first. */
  readonly #rules = new Map<string, FoundRule<B>[]>();
  readonly #fallbacks = new Map<string, FoundRule<B>[]>();

  /** @param rules of equal ones the first counts */
  constructor(rules: Iterable<HttpRule<B>>) {
    for (const rule of rules) {
      const byHost = rule.isFallback ? this.#fallbacks : this.#rules;
      const hosts = rule.hosts.length > 0 ? rule.hosts : [everyHost];
      const matches = rule.matches.length > 0 ? rule.matches : [everything];
      for (const host of hosts) {
        const key = hostKey(host);
        const ofHost = byHost.get(key) ?? [];
        byHost.set(key, ofHost);
        for (const match of matches) ofHost.push({ rule, host, match });
      }
    }
    for (const byHost of [this.#rules, this.#fallbacks])
      for (const ofHost of byHost.values())
        ofHost.sort((one, other) => compareMatches(one.match, other.match));
  }

  /** Undefined: there is none. */
  find(facts: HttpFacts): FoundRule<B> | undefined {
    const request = new ReadFacts(facts);
    for (const byHost of [this.#rules, this.#fallbacks]) {
      if (byHost.size === 0) continue;
      for (const key of hostKeysOf(facts.host)) {
        const found = byHost.get(key)?.find(({ match }) => fits(match, request));
        if (found) return found;
      }
    }
    return undefined;
  }
}

/** Which of two that were found in different tables comes first: the first, where neither is more specific. */
export function moreSpecific<B>(
  one: FoundRule<B> | undefined,
  other: FoundRule<B> | undefined,
): FoundRule<B> | undefined {
  if (!one || !other) return one ?? other;
  const difference =
    Number(one.rule.isFallback ?? false) - Number(other.rule.isFallback ?? false) ||
    hostRank(other.host) - hostRank(one.host) ||
    compareMatches(one.match, other.match);
  return difference <= 0 ? one : other;
}
