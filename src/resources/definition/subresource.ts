/**
 * The two subresources that are the same for all kinds that have them, status and scale. What the others do stands with
 * their kinds.
 */
import type { Cause } from "../../errors/index.ts";
import { invalidValue } from "../faults.ts";
import type { LabelSelector } from "../generated/kubernetes.gen.ts";
import type { Draft, KubernetesObject } from "../object.ts";
import { formatLabelSelector } from "../selectors/index.ts";
import { ageColumn, nameColumn } from "./columns.ts";
import type { GroupVersionKind, KindDefinition, PrinterColumn, Subresource } from "./kind.ts";

/** The status, written apart from all else. */
export const statusSubresource: Subresource = Object.freeze({
  name: "status",
  verbs: ["get", "patch", "update"] as const,
  isReport: true,
  next: (last: KubernetesObject, given: Draft) => ({ ...last, status: given.status }),
});

/** Where replicas and their counts stand: paths such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specPath: string;
  readonly statusPath: string;
  /** The selector of what is counted, as text or as a LabelSelector. */
  readonly selectorPath?: string;
}

const scaleKind: GroupVersionKind = { group: "autoscaling", version: "v1", kind: "Scale" };

/** What `kubectl get --subresource=scale` prints. */
const scaleColumns: readonly PrinterColumn[] = [
  nameColumn,
  { name: "Desired", type: "integer", priority: 0, cell: ".spec.replicas" },
  { name: "Available", type: "integer", priority: 0, cell: ".status.replicas" },
  ageColumn,
];

export interface Scale extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
}

/** As Kubernetes' ValidateScale. */
export function scaleFaults({ spec }: Draft<Scale>): Cause[] {
  const { replicas = 0 } = spec ?? {};
  const field = "spec.replicas";
  return replicas < 0 ? [invalidValue(field, replicas, "must be greater than or equal to 0")] : [];
}

/** An object seen as a number of replicas: all that can be scaled looks the same there. */
export function scaleSubresource(
  { specPath, statusPath, selectorPath }: ScalePaths,
  body: KindDefinition,
): Subresource & { readonly paths: ScalePaths } {
  const [spec, status, selector] = [specPath, statusPath, selectorPath ?? ""].map(stepsOf);
  return {
    name: "scale",
    verbs: ["get", "patch", "update"],
    as: scaleKind,
    body,
    columns: scaleColumns,
    paths: { specPath, statusPath, selectorPath },
    show: object => {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      const found = selector?.length ? at(object, selector) : undefined;
      const text = found === undefined ? "" : selectorText(found);
      return {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name, ...(namespace && { namespace }), uid, resourceVersion, creationTimestamp },
        spec: numberAt(object, spec, "replicas"),
        status: { replicas: Number(at(object, status) ?? 0), ...(text && { selector: text }) },
      };
    },
    next: (last, given) => {
      const { replicas } = (given.spec ?? {}) as { replicas?: number };
      return withValue(last, spec ?? [], replicas ?? 0) as Draft;
    },
  };
}

/** Text as it is, a LabelSelector, or, as older kinds have it, a plain map of labels. */
function selectorText(selector: unknown): string {
  if (typeof selector !== "object" || selector === null) return String(selector ?? "");
  const isLabelSelector = "matchLabels" in selector || "matchExpressions" in selector;
  const labels = selector as Readonly<Record<string, string>>;
  return formatLabelSelector(isLabelSelector ? (selector as LabelSelector) : { matchLabels: labels });
}

function stepsOf(path: string): string[] {
  return path.split(".").filter(Boolean);
}

function numberAt(object: unknown, steps: readonly string[] = [], name: string): Record<string, number> {
  const value = at(object, steps);
  return typeof value === "number" ? { [name]: value } : {};
}

function at(object: unknown, steps: readonly string[] = []): unknown {
  let value = object;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

/** The object with another value at the end of the steps; all else is shared. */
function withValue(object: unknown, [step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  const before = typeof object === "object" && object !== null ? object : {};
  return { ...before, [step]: withValue(at(before, [step]), rest, value) };
}
