/**
 * From an HTTP request to the rule that it comes under: by host, then by path, the most specific first. Pure, and the same for whatever
 * routes HTTP: rules are given with what they lead to, and that is handed back.
 *
 * The order is that of Kubernetes' documentation of Ingress, which Gateway API shares: an exact host before a wildcard, a longer wildcard
 * before a shorter, any before none; an exact path before a prefix, a longer prefix before a shorter; of equal rules the one that was
 * made first. A request that comes under no rule of its own host may come under one of a less specific host.
 */

/** Of a request, what the choice depends on. */
export interface HttpFacts {
  /** The host that is asked for, without a port, in small letters. */
  readonly host: string;
  /** The path without the query, as it was sent. */
  readonly path: string;
}

export interface HttpRule<T> {
  /** A name; `*.` and a name for what is one label below it; empty for every host. */
  readonly host: string;
  readonly pathType: "Exact" | "Prefix";
  readonly path: string;
  /** Only asked where no other rule fits. */
  readonly isFallback?: boolean;
  readonly leadsTo: T;
}

/** The same for rules of which only one can ever be found: they say the same of host and path. */
export function placeOf(rule: HttpRule<unknown>): string {
  return [rule.isFallback ? "fallback" : rule.pathType, rule.host, plainPath(rule)].join(" ");
}

export class HttpRoutes<T> {
  /** By host, the most specific path first. */
  readonly #rules = new Map<string, HttpRule<T>[]>();
  readonly #fallbacks = new Map<string, HttpRule<T>[]>();

  /** @param rules of equal ones the first counts */
  constructor(rules: Iterable<HttpRule<T>>) {
    for (const rule of rules) {
      const byHost = rule.isFallback ? this.#fallbacks : this.#rules;
      const ofHost = byHost.get(rule.host) ?? [];
      ofHost.push(rule);
      byHost.set(rule.host, ofHost);
    }
    for (const ofHost of this.#rules.values()) ofHost.sort(moreSpecificFirst);
  }

  /** What the rule leads to that the request comes under. */
  find({ host, path }: HttpFacts): T | undefined {
    const hosts = ["", host];
    const dot = host.indexOf(".");
    if (dot > 0) hosts.splice(1, 0, `*${host.slice(dot)}`);
    for (const byHost of [this.#rules, this.#fallbacks]) {
      for (const each of hosts.toReversed()) {
        const rule = byHost.get(each)?.find(candidate => fits(candidate, path));
        if (rule) return rule.leadsTo;
      }
    }
    return undefined;
  }
}

function fits(rule: HttpRule<unknown>, path: string): boolean {
  const wanted = plainPath(rule);
  if (rule.pathType === "Exact") return path === wanted;
  return path.startsWith(wanted) && (path.length === wanted.length || path[wanted.length] === "/");
}

/** A prefix is compared element by element, so a slash at its end says nothing. */
function plainPath({ pathType, path }: HttpRule<unknown>): string {
  return pathType === "Prefix" ? path.replace(/\/+$/, "") : path;
}

/** Sorting keeps the order of equals. */
function moreSpecificFirst(one: HttpRule<unknown>, other: HttpRule<unknown>): number {
  if (one.pathType !== other.pathType) return one.pathType === "Exact" ? -1 : 1;
  return plainPath(other).length - plainPath(one).length;
}
