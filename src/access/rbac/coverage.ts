/**
 * What of a set of rules a user lacks: nobody may give rights that they do not have. A rule stands for single rights (one verb,
 * one group, one resource, one name), each of which one rule of the owner has to cover; what is missing is told put together
 * again, as Kubernetes tells it (`k8s.io/component-helpers/auth/rbac/validation`).
 *
 * A rule of two kilobytes stands for a million of them: what is covered is never spread out, and of what is missing the
 * first are enough.
 */
import type { PolicyRule } from "../../resources/index.ts";
import { all, allowsPath } from "./rules.ts";

/** More are counted, not told. */
const mostTold = 100;

export interface Uncovered {
  /** Single rights, in the order of the rules. */
  readonly missing: readonly PolicyRule[];
  /** How many there are besides. */
  readonly more: number;
}

/** Those of the wanted rights that no rule of the owner covers. */
export function uncovered(owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): Uncovered {
  const rules = owner.map(coveredBy);
  const missing: PolicyRule[] = [];
  let count = 0;
  for (const rule of wanted)
    for (const spread of [resourceSpread(rules, rule), pathSpread(rules, rule)]) {
      count += spread.count();
      if (missing.length < mostTold) missing.push(...spread.missing(mostTold - missing.length));
    }
  return { missing, more: count - missing.length };
}

/** A line for each group of rights, in the order of their text. */
export function rightsText(rights: readonly PolicyRule[]): string[] {
  return [...new Set(compacted(rights).map(textOf))].sort();
}

type Covers = (value: string) => boolean;

/** What one rule of the owner covers, in each respect. */
interface Covered {
  readonly verb: Covers;
  readonly group: Covers;
  readonly resource: Covers;
  /** "" stands for no name: all objects. */
  readonly name: Covers;
  readonly path: Covers;
}

function coveredBy({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): Covered {
  const known = new Set(resources);
  const names = new Set(resourceNames);
  const paths = new Set(nonResourceURLs);
  return {
    verb: among(verbs),
    group: among(apiGroups),
    resource: wanted => {
      const [, part] = wanted.split("/");
      return known.has(all) || known.has(wanted) || (part !== undefined && known.has(`${all}/${part}`));
    },
    name: wanted => names.size === 0 || names.has(wanted),
    path: wanted => paths.has(wanted) || allowsPath(nonResourceURLs, wanted),
  };
}

function among(values: readonly string[] = []): Covers {
  const known = new Set(values);
  return value => known.has(all) || known.has(value);
}

function resourceSpread(rules: readonly Covered[], wanted: PolicyRule): Spread {
  const names = wanted.resourceNames?.length ? wanted.resourceNames : [""];
  return new Spread(
    [
      new Respect(wanted.apiGroups, value => maskOf(rules, ({ group }) => group(value))),
      new Respect(wanted.resources, value => maskOf(rules, ({ resource }) => resource(value))),
      new Respect(wanted.verbs, value => maskOf(rules, ({ verb }) => verb(value))),
      new Respect(names, value => maskOf(rules, ({ name }) => name(value))),
    ],
    maskOf(rules, () => true),
    ([group = "", resource = "", verb = "", name = ""]) => ({
      apiGroups: [group],
      resources: [resource],
      verbs: [verb],
      ...(name && { resourceNames: [name] }),
    }),
  );
}

function pathSpread(rules: readonly Covered[], { nonResourceURLs, verbs }: PolicyRule): Spread {
  return new Spread(
    [
      new Respect(nonResourceURLs, value => maskOf(rules, ({ path }) => path(value))),
      new Respect(verbs, value => maskOf(rules, ({ verb }) => verb(value))),
    ],
    maskOf(rules, () => true),
    ([path = "", verb = ""]) => ({ nonResourceURLs: [path], verbs: [verb] }),
  );
}

/** The rules of the owner for which something holds: the i-th is the i-th bit. */
function maskOf(rules: readonly Covered[], holds: (rule: Covered) => boolean): bigint {
  let mask = 0n;
  for (const [i, rule] of rules.entries()) if (holds(rule)) mask |= 1n << BigInt(i);
  return mask;
}

/** One respect in which rights differ, such as their verbs: the values of a rule, and which rules of the owner cover each. */
class Respect {
  readonly masks = new Map<string, bigint>();
  /** How many values there are that the same rules cover. */
  readonly counts = new Map<bigint, number>();

  constructor(values: readonly string[] = [], maskOfValue: (value: string) => bigint) {
    for (const value of new Set(values)) {
      const mask = maskOfValue(value);
      this.masks.set(value, mask);
      this.counts.set(mask, (this.counts.get(mask) ?? 0) + 1);
    }
  }
}

/** The single rights of one rule: every combination of a value in each respect. */
class Spread {
  readonly #respects: readonly Respect[];
  readonly #all: bigint;
  readonly #rightOf: (values: readonly string[]) => PolicyRule;
  /** By the respects that are left and the rules that cover all before them. */
  readonly #counted = new Map<string, number>();

  constructor(respects: readonly Respect[], all: bigint, rightOf: (values: readonly string[]) => PolicyRule) {
    this.#respects = respects;
    this.#all = all;
    this.#rightOf = rightOf;
  }

  /** How many no rule covers. */
  count(at = 0, mask = this.#all): number {
    const respect = this.#respects[at];
    if (!respect) return mask === 0n ? 1 : 0;
    const key = `${at} ${mask}`;
    let counted = this.#counted.get(key);
    if (counted === undefined) {
      counted = 0;
      for (const [covering, values] of respect.counts)
        counted += values * this.count(at + 1, mask & covering);
      this.#counted.set(key, counted);
    }
    return counted;
  }

  /** The first of these. */
  missing(most: number): PolicyRule[] {
    const found: PolicyRule[] = [];
    const collect = (values: readonly string[], mask: bigint) => {
      const respect = this.#respects[values.length];
      if (!respect) return void found.push(this.#rightOf(values));
      for (const [value, covering] of respect.masks) {
        if (found.length >= most) return;
        if (this.count(values.length + 1, mask & covering) > 0) collect([...values, value], mask & covering);
      }
    };
    collect([], this.#all);
    return found;
  }
}

/** Rights to the same thing become one, with all the verbs. */
function compacted(rights: readonly PolicyRule[]): PolicyRule[] {
  const found = new Map<string, PolicyRule>();
  for (const { verbs, ...what } of rights) {
    const key = JSON.stringify(what);
    const before = found.get(key)?.verbs ?? [];
    found.set(key, { ...what, verbs: [...before, ...verbs.filter(verb => !before.includes(verb))] });
  }
  return [...found.values()];
}

function textOf({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = [
    ["APIGroups", apiGroups],
    ["Resources", resources],
    ["NonResourceURLs", nonResourceURLs],
    ["ResourceNames", resourceNames],
    ["Verbs", verbs],
  ] as const;
  const texts = parts.flatMap(([name, values]) => (values?.length ? [`${name}:${quotedList(values)}`] : []));
  return `{${texts.join(", ")}}`;
}

/** As Go prints a list of quoted texts: blanks in between. */
export function quotedList(values: readonly string[]): string {
  return `[${values.map(value => JSON.stringify(value)).join(" ")}]`;
}
