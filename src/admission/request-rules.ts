/**
 * Which writes a policy or a webhook is about: rules on operation, group, version and resource, and selectors on labels of the
 * object and of its namespace. The same for both, as in Kubernetes.
 */
import {
  type Draft,
  type KindVersion,
  type KubernetesObject,
  type LabelSelector,
  matchesSelector,
  type NamedRuleWithOperations,
} from "../resources/index.ts";
import type { AdmissionRequest } from "../store/index.ts";
import type { StoreReader } from "./plugin.ts";

export interface Selectors {
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  /** `Equivalent` where left out: a rule about one version of a kind is about all of them. */
  readonly matchPolicy?: "Equivalent" | "Exact";
}

/**
 * The version in which one of the rules is about the write: the one in which its writer speaks where that will do, else another of
 * its kind, unless the match has to be exact. Undefined where none is about it.
 */
export function versionInRules(
  rules: readonly NamedRuleWithOperations[] | undefined,
  { operation, kind, version: spoken, subresource, name }: AdmissionRequest,
  matchPolicy: Selectors["matchPolicy"] = "Equivalent",
): KindVersion | undefined {
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
  const about = (rules ?? []).filter(
    ({ operations, resources, scope = "*", resourceNames = [] }) =>
      has(operations, operation) &&
      (resources ?? []).some(pattern => isResource(pattern, resource)) &&
      (scope === "*" || scope === kind.scope) &&
      (resourceNames.length === 0 || resourceNames.includes(name)),
  );
  if (about.length === 0) return undefined;
  const isNamed = ({ group, version }: KindVersion) =>
    about.some(({ apiGroups, apiVersions }) => has(apiGroups, group) && has(apiVersions, version));
  if (isNamed(spoken) || matchPolicy === "Exact") return isNamed(spoken) ? spoken : undefined;
  return kind.versions.find(each => each.served && isNamed(each));
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list?.some(each => each === "*" || each === value) ?? false;
}

// `*` is every resource itself; behind a slash stands a part of an object, or `*` for all of its parts.
function isResource(pattern: string, resource: string): boolean {
  const [plural = "", part = ""] = pattern.split("/");
  const [ofPlural = "", ofPart = ""] = resource.split("/");
  if (plural !== "*" && plural !== ofPlural) return false;
  return part === ofPart || (part === "*" && pattern.includes("/"));
}

/** Whether the labels of the object, before or after, and of its namespace are those that are asked for. */
export function isSelected(
  { namespaceSelector, objectSelector }: Selectors,
  object: Draft | undefined,
  { kind, namespace, old }: AdmissionRequest,
  reader: StoreReader,
): boolean {
  const fits = (each: Draft | undefined) => each !== undefined && matches(objectSelector, each);
  if (!fits(object) && !fits(old as Draft | undefined) && !isEmpty(objectSelector)) return false;
  if (isEmpty(namespaceSelector)) return true;
  if (kind.name === "Namespace") return matches(namespaceSelector, object ?? old);
  if (namespace === "") return true;
  return matches(namespaceSelector, reader.get("Namespace", "", namespace));
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function matches(selector: LabelSelector | undefined, object: Draft | KubernetesObject | undefined): boolean {
  return isEmpty(selector) || matchesSelector(selector ?? {}, object?.metadata?.labels ?? {});
}
