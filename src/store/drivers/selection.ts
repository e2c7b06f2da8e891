/**
 * Which objects a list asks for: by namespace, labels, fields, and whether a controller has them in charge. Pure; the indexes
 * (indexes.ts) only spare it the objects that cannot fit.
 */
import { controllerOf, type KubernetesObject } from "../../resources/index.ts";
import type { StoreListOptions } from "../store.ts";

/** Says of an object whether it is asked for; undefined where all are. The options are read once, not for each object. */
export function selects(options: StoreListOptions): ((object: KubernetesObject) => boolean) | undefined {
  const { namespace, orphans = false } = options;
  const labels = Object.entries(options.matchLabels ?? {});
  const fields = Object.entries(options.matchFields ?? {}).map(
    ([path, value]) => [fieldReader(path), value] as const,
  );
  if (namespace === undefined && labels.length === 0 && fields.length === 0 && !orphans) return undefined;
  return object =>
    (namespace === undefined || (object.metadata.namespace ?? "") === namespace) &&
    (!orphans || controllerOf(object) === undefined) &&
    labels.every(([key, value]) => labelOf(object, key) === value) &&
    fields.every(([read, value]) => read(object) === value);
}

function labelOf({ metadata: { labels } }: KubernetesObject, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Reads the field at a path such as `spec.nodeName` as text. What is absent reads as "". */
export function fieldReader(path: string): (object: KubernetesObject) => string {
  const steps = path.split(".");
  return object => {
    let value: unknown = object;
    for (const step of steps) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return "";
      value = (value as Record<string, unknown>)[step];
    }
    return value === undefined || value === null ? "" : String(value);
  };
}
