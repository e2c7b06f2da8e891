/** The versions of one kind: which of them an apiVersion names, and an object in another of them. */

import type { Draft, KubernetesObject } from "../object.ts";
import { withDefaults } from "../schema/index.ts";
import type { KindDefinition, KindVersion } from "./kind.ts";

/** The served version of this apiVersion; the one in which objects are kept where there is no such, or none is named. */
export function versionIn({ versions }: Pick<KindDefinition, "versions">, apiVersion?: string): KindVersion {
  return versions.find(each => each.apiVersion === apiVersion && each.served) ?? versions[0];
}

/** In which versions a kind is served: `["autoscaling/v2", "autoscaling/v1"]`. */
export function apiVersionsOf({ versions }: Pick<KindDefinition, "versions">): string[] {
  return versions.filter(({ served }) => served).map(({ apiVersion }) => apiVersion);
}

/**
 * A decoded draft in the form in which its kind is kept. The defaults of its own version come first: the same absent
 * field may mean different things in two versions.
 */
export function inStoredVersion<T extends KubernetesObject>(
  { versions: [stored] }: Pick<KindDefinition<T>, "versions">,
  version: KindVersion,
  draft: Draft<T>,
): Draft<T> {
  if (version === stored) return draft;
  const full = withDefaults(version.schema, draft);
  const converted = version.toStored?.(full) ?? full;
  return { ...(converted as Draft<T>), apiVersion: stored.apiVersion };
}

/** An object as a reader of that version sees it. The very same object where it is kept so. */
export function fromStoredVersion<T extends KubernetesObject>(
  { versions: [stored] }: Pick<KindDefinition, "versions">,
  version: KindVersion,
  object: T,
): KubernetesObject {
  if (version === stored) return version.fromStored?.(object) ?? object;
  return { ...(version.fromStored?.(object) ?? object), apiVersion: version.apiVersion };
}

/** Whether the kind has a subresource of this name: `status`, `scale`, `log`. */
export function hasSubresource(
  { subresources }: Pick<KindDefinition, "subresources">,
  name: string,
): boolean {
  return subresources.some(each => each.name === name);
}

/** Whether objects of the kind are stored. Those of others (reviews, bindings) are answered, and forgotten. */
export function isKept({ verbs }: Pick<KindDefinition, "verbs">): boolean {
  return verbs.includes("get");
}
