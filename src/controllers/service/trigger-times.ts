/**
 * When that happened because of which the slices of a Service change: the annotation `endpoints.kubernetes.io/last-change-trigger-time`,
 * from which is measured how long a change takes to reach clients. It is the oldest that is new since the last look: the
 * creation of the Service, or a pod that became ready or unready. (After the tracker of this name in Kubernetes' controller.)
 */

import {
  conditionOf,
  type Draft,
  type EndpointSlice,
  type Endpoints,
  type NamespacedName,
  namespacedName,
  type Pod,
  type Service,
} from "../../resources/index.ts";

const annotation = "endpoints.kubernetes.io/last-change-trigger-time";

export class TriggerTimes {
  /** What was seen at the last look, by Service, then by the pod's uid; the Service's own under its uid. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();

  /** @returns undefined where nothing is new: the slices change because a pod goes, say. */
  next({ metadata }: Service, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(namespacedName(metadata));
    const now = new Map([[metadata.uid, metadata.creationTimestamp]]);
    for (const pod of pods) {
      const at = conditionOf(pod, "Ready")?.lastTransitionTime;
      if (at) now.set(pod.metadata.uid, at);
    }
    this.#seen.set(namespacedName(metadata), now);
    let oldest: string | undefined;
    // Timestamps of one form are ordered as their texts are.
    for (const [uid, at] of now)
      if (at > (before?.get(uid) ?? "") && (oldest === undefined || at < oldest)) oldest = at;
    return oldest;
  }

  forget(key: NamespacedName): void {
    this.#seen.delete(namespacedName(key));
  }
}

/** The oldest time that slices were given; undefined where they have none. */
export function triggerOf(slices: readonly EndpointSlice[]): string | undefined {
  return slices.flatMap(({ metadata }) => metadata.annotations?.[annotation] ?? []).sort()[0];
}

/** The slice (or the Endpoints) with the annotation, or without it where there is no such time. */
export function triggered<T extends Draft<EndpointSlice | Endpoints>>(list: T, at: string | undefined): T {
  const { [annotation]: before, ...others } = list.metadata.annotations ?? {};
  if (before === at) return list;
  const annotations = { ...others, ...(at && { [annotation]: at }) };
  return { ...list, metadata: { ...list.metadata, annotations } };
}
