/**
 * A short notation for roles: a role is a list of lines, `VERBS GROUP: RESOURCES`, the core group being left out, as in
 * `get,list,watch apps: deployments deployments/scale`. `read`, `write` and `events` stand for what Kubernetes' own roles
 * use again and again. A path, or several, makes a rule for what is no resource: `get /healthz /livez`, or `* path: *`.
 */
import type { PolicyRule } from "../resources/index.ts";

const words: Readonly<Record<string, readonly string[]>> = {
  read: ["get", "list", "watch"],
  write: ["create", "delete", "deletecollection", "patch", "update"],
  all: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
};

/** What every part of the control plane may do that tells events. */
const events: PolicyRule = {
  apiGroups: ["", "events.k8s.io"],
  resources: ["events"],
  verbs: ["create", "patch", "update"],
};

/** The rules of the lines. A name in brackets at the end says which objects alone are meant. */
export function rulesFrom(lines: readonly string[]): PolicyRule[] {
  return lines.map(ruleFrom);
}

function ruleFrom(line: string): PolicyRule {
  if (line === "events") return events;
  const [, verbList = "", groupList = "core", rest = "", names] =
    /^(\S+) (?:([^\s:/]+): )?([^[]+?)(?: \[(.+)\])?$/.exec(line) ?? [];
  const verbs = verbList.split(",").flatMap(verb => words[verb] ?? [verb]);
  const what = rest.split(" ");
  if (groupList === "path" || rest.startsWith("/")) return { nonResourceURLs: what, verbs };
  return {
    apiGroups: groupList.split(",").map(group => (group === "core" ? "" : group)),
    resources: what,
    ...(names && { resourceNames: names.split(" ") }),
    verbs,
  };
}
