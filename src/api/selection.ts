/** Which objects of a kind a call is about: those that fit its label and field selectors. */
import {
  checkFieldSelector,
  type KindDefinition,
  type KindVersion,
  type KubernetesObject,
  matchesFields,
  matchesRequirements,
  parseFieldSelector,
  parseLabelSelector,
} from "../resources/index.ts";
import type { Selectors } from "./options.ts";

export interface ListSelection extends Selectors {
  /** Only this namespace; all of them where left out. */
  readonly namespace?: string;
}

/** Throws BadRequest for a selector that cannot be read, or a field that the version of the kind does not offer. */
export function predicateOf(
  kind: KindDefinition,
  { labelSelector, fieldSelector }: Selectors,
  version: KindVersion = kind.versions[0],
): (object: KubernetesObject) => boolean {
  const labels = labelSelector === undefined ? [] : parseLabelSelector(labelSelector);
  const fields = fieldSelector === undefined ? [] : parseFieldSelector(fieldSelector);
  checkFieldSelector(fields, version);
  return object => matchesRequirements(labels, object) && matchesFields(fields, object);
}
