/** The containers of a pod that run as long as it does, and so may serve: each port of theirs is the pod's. */
import type { Pod, PodContainer } from "./generated/kubernetes.gen.ts";

/** First its containers, then those that start before them and stay (sidecars). */
export function servingContainers({ spec }: Pick<Pod, "spec">): readonly PodContainer[] {
  const staying = spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
  return staying.length > 0 ? [...spec.containers, ...staying] : spec.containers;
}
