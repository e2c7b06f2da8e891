/**
 * Selectors: which objects are meant, by their labels, as a map or as expressions. A Service of k4s may use globs as
 * values. Every object has one label by nature, which is not stored and not among `labels`: `k4s.dev/name`, its
 * name. (As text, selectors are in selector-text.ts; by fields, in field-selector.ts.)
 */

import type { LabelSelector } from "../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../object.ts";
import { fitsGlob, isPlain } from "./glob.ts";

/** The label that every object has by nature: its name. */
export const nameLabel = "k4s.dev/name";

export type Labels = Readonly<Record<string, string>>;

/** One condition on a label, as it is read from text. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values: readonly string[];
}

/** Whether all the wanted labels are there with these values. An empty map wants nothing, and so takes everything. */
export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  for (const key in wanted) if (labelOf(labels, key) !== wanted[key]) return false;
  return true;
}

/** Whether a selector takes an object with these labels. No selector takes nothing, an empty one everything. */
export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Labels | undefined,
  name?: string,
): boolean {
  if (!selector) return false;
  const { matchLabels, matchExpressions = [] } = selector;
  for (const key in matchLabels) if (labelOf(labels, key, name) !== matchLabels[key]) return false;
  return matchExpressions.every(({ key, operator, values = [] }) =>
    holds(operator, labelOf(labels, key, name), values),
  );
}

/**
 * Whether a Service with this selector sends to this pod: every value fits its label, as a glob where it is one. A Service
 * without a selector chooses nothing; its endpoints are kept by hand.
 */
export function serviceSelects(
  selector: Labels | undefined,
  { metadata: { name, labels } }: Pick<KubernetesObject, "metadata">,
): boolean {
  let asked = false;
  for (const key in selector) {
    asked = true;
    const value = labelOf(labels, key, name);
    if (value === undefined || !fitsGlob(selector[key] ?? "", value)) return false;
  }
  return asked;
}

/** Whether an object has all of this. */
export function matchesRequirements(
  requirements: readonly LabelRequirement[],
  { metadata: { name, labels } }: Pick<KubernetesObject, "metadata">,
): boolean {
  return meetRequirements(requirements, labels, name);
}

/** The same of labels alone, such as those of a metric. */
export function meetRequirements(
  requirements: readonly LabelRequirement[],
  labels: Labels | undefined,
  name?: string,
): boolean {
  return requirements.every(({ key, operator, values }) =>
    holds(operator, labelOf(labels, key, name), values),
  );
}

function labelOf(labels: Labels | undefined, key: string, name?: string): string | undefined {
  if (key === nameLabel && name !== undefined) return name;
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether a label, undefined where there is none, is as a requirement says. */
export function holds(operator: string, label: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case "In":
      return label !== undefined && values.includes(label);
    case "NotIn":
      return label === undefined || !values.includes(label);
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    case "Gt":
      return label !== undefined && Number(label) > Number(values[0]);
    case "Lt":
      return label !== undefined && Number(label) < Number(values[0]);
    default:
      return false;
  }
}

/** What a selector asks for, in the form in which text is read. */
export function requirementsOf({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): LabelRequirement[] {
  const equal = Object.entries(matchLabels).map(([key, value]) => ({
    key,
    operator: "In" as const,
    values: [value],
  }));
  const others = matchExpressions.map(({ key, operator, values = [] }) => ({
    key,
    operator: operator as LabelRequirement["operator"],
    values,
  }));
  return [...equal, ...others];
}

/** What of it the store looks up by the labels of objects (`matchLabels`); the rest is to be compared. */
export function equalitiesIn(requirements: readonly LabelRequirement[]): Labels {
  const equal = requirements.filter(
    ({ key, operator, values }) => operator === "In" && values.length === 1 && key !== nameLabel,
  );
  return Object.fromEntries(equal.map(({ key, values: [value = ""] }) => [key, value]));
}

/** The same of the selector of a Service: what are no globs. */
export function plainValuesOf(selector: Labels = {}): Labels {
  return Object.fromEntries(
    Object.entries(selector).filter(([key, value]) => key !== nameLabel && isPlain(value)),
  );
}
