/**
 * What a quota knows of one kind of objects besides that they can be counted, as Kubernetes' evaluators do. Another kind is
 * another file, and a row in usage.ts.
 */
import type {
  Amounts,
  Draft,
  KubernetesObject,
  ScopedResourceSelectorRequirement,
} from "../../resources/index.ts";

export interface QuotaEvaluator<T extends KubernetesObject = KubernetesObject> {
  /** Whether a limit of this name (`services.nodeports`) is about the kind. */
  limits(resource: string): boolean;
  /** What one object takes, by each name that a quota may use for it. */
  usage(object: Draft<T>): Amounts;
  /** Whether it takes anything but its place (`count/pods`), as it is, `now` in milliseconds since 1970; everything does where left out. */
  isCounted?(object: T, now: number): boolean;
  /** Whether it is one of those that a scope is about; no scope is about any where left out. */
  fits?(requirement: ScopedResourceSelectorRequirement, object: Draft<T>): boolean;
  /** What it does not say though the quota limits it, in the words of the refusal. */
  unsaid?(limited: readonly string[], object: Draft<T>): readonly string[];
}

/** Whether what a scope speaks of, a class, is named as it asks. */
export function fitsNames(
  names: readonly string[],
  { operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  switch (operator) {
    case "Exists":
      return names.length > 0;
    case "DoesNotExist":
      return names.length === 0;
    case "In":
      return names.some(name => values.includes(name));
    case "NotIn":
      return names.length === 0 || names.some(name => !values.includes(name));
  }
}
