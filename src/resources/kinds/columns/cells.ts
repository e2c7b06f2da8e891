/** Cells that several kinds print alike: what runs in a template, a selector, a duration, a reference. */

import { ageColumn, type Column, nameColumn } from "../../definition/index.ts";
import type { LabelSelector, PodTemplateSpec } from "../../generated/kubernetes.gen.ts";
import type { KubernetesObject } from "../../object.ts";
import { formatLabelSelector } from "../../selectors/index.ts";

export { ageColumn, nameColumn };

/** Instead of an age: the time itself. */
export const createdAt: readonly Column[] = [
  nameColumn,
  { name: "Created At", type: "date", cell: ({ metadata }) => metadata.creationTimestamp },
];

type HasTemplate = KubernetesObject & {
  readonly spec: { readonly template?: PodTemplateSpec; readonly selector?: LabelSelector };
};

export const containersColumn: Column<HasTemplate> = {
  name: "Containers",
  wide: true,
  cell: ({ spec }) => containersOf(spec.template, "name"),
};
export const imagesColumn: Column<HasTemplate> = {
  name: "Images",
  wide: true,
  cell: ({ spec }) => containersOf(spec.template, "image"),
};
export const selectorColumn: Column<HasTemplate> = {
  name: "Selector",
  wide: true,
  cell: ({ spec }) => selectorText(spec.selector),
};

export function containersOf(template: PodTemplateSpec | undefined, field: "name" | "image"): string {
  return (template?.spec?.containers ?? []).map(container => container[field] ?? "").join(",");
}

/** `<none>` for one that takes everything. */
export function selectorText(selector: LabelSelector | undefined): string {
  return (selector && formatLabelSelector(selector)) || "<none>";
}

/** `a=1,b=2`, or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.keys(labels).sort();
  return pairs.map(key => `${key}=${labels[key]}`).join(",") || "<none>";
}

/** The first three, and how many more there are. */
export function someOf(texts: readonly string[]): string {
  const most = 3;
  const shown = texts.slice(0, most).join(",");
  return texts.length > most ? `${shown} + ${texts.length - most} more...` : shown;
}

/** Where a load balancer listens: each address once, in order. */
export function balancedText(
  places: readonly { readonly ip?: string; readonly hostname?: string }[] = [],
): string {
  const texts = places.flatMap(({ ip, hostname }) => ip || hostname || []);
  return [...new Set(texts)].sort().join(",");
}
