/**
 * What an autoscaler scales: whatever has a scale, kinds of one's own among them. Its scale says how many replicas there should
 * be, how many there are, and which pods they are.
 */
import type { Reader } from "../../loop/index.ts";
import {
  equalitiesIn,
  type HorizontalPodAutoscaler,
  type KindDefinition,
  type KubernetesObject,
  matchesRequirements,
  type Pod,
  parseLabelSelector,
} from "../../resources/index.ts";

export interface ScaleTarget {
  readonly object: KubernetesObject;
  /** How many there should be. */
  readonly replicas: number;
  /** How many it says that there are. */
  readonly statusReplicas: number;
  /** Of its pods, as text: `app=web`. Empty where its scale has none. */
  readonly selector: string;
}

export interface Problem {
  readonly problem: string;
}

/** What is to be scaled, or why that cannot be found. */
export function targetOf(
  { metadata: { namespace = "" }, spec: { scaleTargetRef } }: HorizontalPodAutoscaler,
  kinds: readonly KindDefinition[],
  reader: Reader,
): ScaleTarget | Problem {
  const { apiVersion = "", kind, name } = scaleTargetRef;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const found = kinds.find(each => each.kind === kind && each.versions.some(one => one.group === group));
  if (!found) {
    const unknown = `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
    return { problem: `unable to determine resource for scale target reference: ${unknown}` };
  }
  const scale = found.subresources.find(part => part.name === "scale");
  if (!scale?.show) return { problem: "the server could not find the requested resource" };
  const object = reader.get<string>(found.name, namespace, name);
  if (!object) return { problem: `${[found.plural, group].filter(Boolean).join(".")} "${name}" not found` };
  const shown = scale.show(object);
  const { replicas = 0 } = (shown.spec ?? {}) as { readonly replicas?: number };
  const status = (shown.status ?? {}) as { readonly selector?: string; readonly replicas?: number };
  return { object, replicas, statusReplicas: status.replicas ?? 0, selector: status.selector ?? "" };
}

/** The pods of a target. The selector must be one that can be read: BadRequest otherwise. */
export function podsOf(namespace: string, selector: string, reader: Reader): Pod[] {
  const requirements = parseLabelSelector(selector);
  const found = reader.list("Pod", { namespace, matchLabels: equalitiesIn(requirements) });
  return found.filter(pod => matchesRequirements(requirements, pod));
}
