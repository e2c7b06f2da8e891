/**
 * A selection of pods, as the terms of affinity and the constraints of topology spread make it: in which namespaces, with which
 * labels. Two that say the same have the same key, so that what is counted for one serves the other.
 */
import {
  controllerOf,
  formatLabelSelector,
  isTerminating,
  type LabelSelector,
  type LabelSelectorRequirement,
  type Labels,
  matchesSelector,
  type Pod,
  type PodAffinityTerm,
} from "../resources/index.ts";
import type { Store } from "../store/index.ts";

export interface PodSelection {
  readonly key: string;
  readonly matches: (pod: Pod) => boolean;
  /** A label (`app=web`) that each of these pods has, where one is known; by it they are found among others. */
  readonly label: string | undefined;
  /** By which labels, where it goes by labels. */
  readonly selector?: LabelSelector | undefined;
  /** Whether labels of namespaces decide: then what it matches may change with them. */
  readonly asksForNamespaces?: boolean;
}

/** What is known of a namespace: its labels. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

export function labelsIn(store: Pick<Store, "get">): NamespaceLabels {
  return namespace => store.get("Namespace", "", namespace)?.metadata.labels;
}

/** The pods that a term of affinity or anti-affinity of `holder` is about. */
export function selectedByTerm(
  { labelSelector, namespaces, namespaceSelector, matchLabelKeys, mismatchLabelKeys }: PodAffinityTerm,
  { metadata: { namespace: own = "", labels } }: Pod,
  labelsOf: NamespaceLabels,
): PodSelection {
  const selector =
    labelSelector && withLabelsOf(labelSelector, labels, matchLabelKeys ?? [], mismatchLabelKeys ?? []);
  const named = namespaces?.length ? namespaces : namespaceSelector ? [] : [own];
  const key = JSON.stringify([named, namespaceSelector, selector]);
  const isNear = (namespace: string) =>
    named.includes(namespace) ||
    (namespaceSelector !== undefined &&
      matchesSelector(namespaceSelector, {
        "kubernetes.io/metadata.name": namespace,
        ...labelsOf(namespace),
      }));
  return {
    key,
    label: labelIn(selector),
    selector,
    asksForNamespaces: namespaceSelector !== undefined,
    matches: ({ metadata: { namespace = "", labels } }) =>
      isNear(namespace) && matchesSelector(selector, labels),
  };
}

/** The pods of a namespace that a topology spread constraint counts: those that are going do not count. */
export function spreadWith(namespace: string, selector: LabelSelector | undefined): PodSelection {
  return {
    key: JSON.stringify(["spread", namespace, selector]),
    label: labelIn(selector),
    selector,
    matches: pod =>
      pod.metadata.namespace === namespace &&
      !isTerminating(pod) &&
      matchesSelector(selector, pod.metadata.labels),
  };
}

/** The pods that one controller has in charge, for one that selects by no labels. */
export function inChargeOf(uid: string): PodSelection {
  return {
    key: `owner/${uid}`,
    label: undefined,
    matches: pod => !isTerminating(pod) && controllerOf(pod)?.uid === uid,
  };
}

/** Which pods are meant, for people: `with app=web`. */
export function selectionText({ selector }: PodSelection): string {
  const text = selector && formatLabelSelector(selector);
  if (text === undefined) return "of the same owner";
  return text === "" ? "with any labels" : `with ${text}`;
}

/** The selector, with the values that the pod itself has of these labels: `matchLabelKeys` the same, the others another. */
export function withLabelsOf(
  selector: LabelSelector,
  labels: Labels | undefined,
  same: readonly string[],
  other: readonly string[] = [],
): LabelSelector {
  const added = [...requirements(same, "In", labels), ...requirements(other, "NotIn", labels)];
  if (added.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}

function requirements(
  keys: readonly string[],
  operator: "In" | "NotIn",
  labels: Labels | undefined,
): LabelSelectorRequirement[] {
  return keys.flatMap(key => {
    const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

function labelIn(selector: LabelSelector | undefined): string | undefined {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) return `${key}=${value}`;
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? [])
    if (operator === "In" && values.length === 1) return `${key}=${values[0]}`;
  return undefined;
}
