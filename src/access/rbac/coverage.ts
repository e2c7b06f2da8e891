/**
 * What of a set of rules a user lacks: nobody may give rights that they do not have. Rules are taken apart to single rights
 * (one verb, one group, one resource, one name), each of which one rule of the owner has to cover; what is missing is told put
 * together again, as Kubernetes tells it (`k8s.io/component-helpers/auth/rbac/validation`).
 */
import type { PolicyRule } from "../../resources/index.ts";
import { all, allowsPath } from "./rules.ts";

/** Those of the wanted rights that no rule of the owner covers. */
export function uncovered(owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(singleRights).filter(right => !owner.some(rule => coversOne(rule, right)));
}

/** A line for each group of rights, in the order of their text. */
export function rightsText(rights: readonly PolicyRule[]): string[] {
  return [...new Set(compacted(rights).map(textOf))].sort();
}

function* combinations(rule: PolicyRule): IterableIterator<PolicyRule> {
  for (const group of rule.apiGroups ?? [])
    for (const resource of rule.resources ?? [])
      for (const verb of rule.verbs) {
        const right = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (!rule.resourceNames?.length) yield right;
        else for (const name of rule.resourceNames) yield { ...right, resourceNames: [name] };
      }
  for (const url of rule.nonResourceURLs ?? [])
    for (const verb of rule.verbs) yield { nonResourceURLs: [url], verbs: [verb] };
}

function singleRights(rule: PolicyRule): PolicyRule[] {
  return [...combinations(rule)];
}

function coversOne(owner: PolicyRule, right: PolicyRule): boolean {
  const [url] = right.nonResourceURLs ?? [];
  if (!coversAll(owner.verbs, right.verbs)) return false;
  if (url !== undefined)
    return (owner.nonResourceURLs ?? []).includes(url) || allowsPath(owner.nonResourceURLs, url);
  const names = owner.resourceNames ?? [];
  return (
    coversAll(owner.apiGroups, right.apiGroups) &&
    coversResource(owner.resources, right.resources?.[0] ?? "") &&
    (names.length === 0 ||
      (right.resourceNames?.length === 1 && names.includes(right.resourceNames[0] ?? "")))
  );
}

function coversAll(owner: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return owner.includes(all) || wanted.every(each => owner.includes(each));
}

function coversResource(owner: readonly string[] = [], wanted: string): boolean {
  if (owner.includes(all) || owner.includes(wanted)) return true;
  const [, part] = wanted.split("/");
  return part !== undefined && owner.includes(`${all}/${part}`);
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
