/**
 * The hosts that a rule is for. Ingress and Gateway API write a wildcard alike and mean different things: `*.example.com` is one label in
 * front of the name for an Ingress, and any number of them for Gateway API. Neither means `example.com` itself.
 */

export interface HostPattern {
  /** In small letters, without the wildcard; empty for every host. */
  readonly name: string;
  /** How many labels may stand in front of the name; none where left out. */
  readonly wildcard?: "one" | "any";
}

export const everyHost: HostPattern = { name: "" };

/** @param wildcard what `*.` means */
export function hostPattern(text: string | undefined, wildcard: "one" | "any"): HostPattern {
  const lower = (text ?? "").toLowerCase();
  return lower.startsWith("*.") ? { name: lower.slice(2), wildcard } : { name: lower };
}

export function hostText({ name, wildcard }: HostPattern): string {
  return wildcard ? `*.${name}` : name;
}

/** The same for patterns of the same hosts. */
export function hostKey({ name, wildcard }: HostPattern): string {
  if (!wildcard) return name;
  return wildcard === "one" ? `*.${name}` : `**.${name}`;
}

/** The keys of the patterns that a host fits, the most specific first. */
export function* hostKeysOf(host: string): Generator<string> {
  if (host !== "") yield host;
  let isFirst = true;
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    const name = host.slice(dot + 1);
    if (isFirst && dot > 0) yield `*.${name}`;
    if (dot > 0) yield `**.${name}`;
    isFirst = false;
  }
  yield "";
}

/** How specific a pattern is: an exact name before a wildcard, a longer one before a shorter, any before none. */
export function hostRank({ name, wildcard }: HostPattern): number {
  if (name === "") return 0;
  return name.length + (wildcard ? 0 : longestName);
}

/** No name of DNS is longer. */
const longestName = 255;

/** The hosts that are of both; undefined where none is. Of wildcards only those that stand for any number of labels. */
export function intersection(one: HostPattern, other: HostPattern): HostPattern | undefined {
  if (one.name === "") return other;
  if (other.name === "") return one;
  const [narrow, wide] = hostRank(one) >= hostRank(other) ? [one, other] : [other, one];
  if (narrow.name === wide.name) return narrow.wildcard === wide.wildcard ? narrow : undefined;
  return wide.wildcard && narrow.name.endsWith(`.${wide.name}`) ? narrow : undefined;
}

/** The host of an authority as a client may write it: in small letters, without a port and the dot of the root. */
export function plainHost(authority: string): string {
  return authority.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}
