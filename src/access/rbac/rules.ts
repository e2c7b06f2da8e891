/**
 * Whether one rule of a role allows one request: Kubernetes' matching of verbs, API groups, resources, names and paths
 * (`pkg/apis/rbac/v1/evaluation_helpers.go`). Pure; which rules a user has is in rights.ts.
 */
import type { Attributes, PolicyRule } from "../../resources/index.ts";

export const all = "*";

export function allows(rule: PolicyRule, asked: Attributes): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined) return allowsPath(rule.nonResourceURLs, asked.path);
  return (
    has(rule.apiGroups, asked.group) &&
    allowsResource(rule.resources, asked.resource, asked.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(asked.name))
  );
}

/** `pods` is not `pods/log`; the part of every resource is written with a star in front, as for `scale`. */
function allowsResource(given: readonly string[] = [], resource: string, subresource: string): boolean {
  const whole = subresource ? `${resource}/${subresource}` : resource;
  return given.some(
    each => each === all || each === whole || (subresource !== "" && each === `${all}/${subresource}`),
  );
}

/** A star at the end stands for whatever follows. */
export function allowsPath(given: readonly string[] = [], path: string): boolean {
  return given.some(
    each =>
      each === all || each === path || (each.endsWith(all) && path.startsWith(each.replace(/\*+$/, ""))),
  );
}

function has(given: readonly string[] = [], value: string): boolean {
  return given.includes(all) || given.includes(value);
}
