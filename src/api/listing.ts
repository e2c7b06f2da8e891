/**
 * Selecting objects of a kind by namespace, labels and fields. Equality goes to the store's indexes; the rest is matched
 * here.
 */
import {
  checkFieldSelector,
  type KindDefinition,
  type KubernetesObject,
  matchesFields,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
} from "../resources/index.ts";
import type { Store } from "../store/index.ts";

export interface ListSelection {
  /** Only this namespace; all of them where left out. */
  readonly namespace?: string;
  /** `app=web,tier in (a,b),!old`, as kubectl's -l. */
  readonly labelSelector?: string;
  /** `metadata.name=x,status.phase!=Running`, as kubectl's --field-selector. */
  readonly fieldSelector?: string;
}

/** Throws BadRequest for a selector that cannot be read, or a field that the kind does not offer. */
export function select(store: Store, kind: KindDefinition, selection: ListSelection): KubernetesObject[] {
  const fits = predicateOf(kind, selection);
  const { namespace } = selection;
  const objects = store.list(kind.name, { namespace: kind.scope === "Namespaced" ? namespace : undefined });
  return objects.filter(fits);
}

export function predicateOf(
  kind: KindDefinition,
  { labelSelector, fieldSelector }: ListSelection,
): (object: KubernetesObject) => boolean {
  const labels = labelSelector === undefined ? [] : parseLabelSelector(labelSelector);
  const fields = fieldSelector === undefined ? [] : parseFieldSelector(fieldSelector);
  checkFieldSelector(fields, kind.versions[0]);
  return object => matchesRequirements(labels, object) && matchesFields(fields, object);
}
