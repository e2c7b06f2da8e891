/** Which objects of a kind a call is about: those that fit its label and field selectors. */
import {
  checkFieldSelector,
  type KubernetesObject,
  matchesFields,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
  selectedName,
} from "../resources/index.ts";
import type { Selectors, Target } from "./options.ts";

export interface ListSelection extends Selectors {
  /** Only this namespace; all of them where left out. */
  readonly namespace?: string;
}

/**
 * The name of the only object that a field selector leaves, by which rights are decided: who may list one object may list
 * it so. Undefined where it leaves others, or cannot be read.
 */
export function nameSelectedBy(fieldSelector: string): string | undefined {
  try {
    const name = selectedName(parseFieldSelector(fieldSelector));
    // What could be no part of a path names nothing.
    return name && !/^\.{1,2}$|[/%]/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A target with a name is that object alone, whatever the selectors say: rights are decided by the same name. Throws BadRequest
 * for a selector that cannot be read, or a field that the version of the kind does not offer.
 */
export function predicateOf(
  { kind, version = kind.versions[0], name }: Pick<Target, "kind" | "version" | "name">,
  { labelSelector, fieldSelector }: Selectors,
): (object: KubernetesObject) => boolean {
  const labels = labelSelector === undefined ? [] : parseLabelSelector(labelSelector);
  const fields = fieldSelector === undefined ? [] : parseFieldSelector(fieldSelector);
  const { apiVersion, selectableFields } = version;
  const { scope, isCustom } = kind;
  checkFieldSelector(fields, { apiVersion, kind: kind.kind, scope, isCustom, selectableFields });
  const isNamed = (object: KubernetesObject) => name === undefined || object.metadata.name === name;
  return object =>
    isNamed(object) &&
    matchesRequirements(labels, object) &&
    matchesFields(fields, object, version.fieldTexts);
}
