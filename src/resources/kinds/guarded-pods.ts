/** Which pods a PodDisruptionBudget guards: those of its namespace that it selects. An empty selector guards all, none guards none. */
import type { Pod, PodDisruptionBudget } from "../generated/kubernetes.gen.ts";
import { matchesSelector } from "../selectors/index.ts";

export function guards({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  return (
    metadata.namespace === pod.metadata.namespace &&
    spec?.selector !== undefined &&
    matchesSelector(spec.selector, pod.metadata.labels)
  );
}
