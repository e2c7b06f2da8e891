/**
 * DefaultTolerationSeconds: a pod stays for five minutes on a node that is not ready or does not answer, unless it says
 * otherwise.
 */
import type { PodSpec, Toleration } from "../resources/index.ts";

import { changingSpecs, podPlugin } from "./pod-spec.ts";

const outages: readonly Toleration[] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].map(
  key => Object.freeze({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }),
);

const tolerating = changingSpecs<undefined>(spec => {
  const tolerations = withOutages(spec);
  return tolerations === spec.tolerations ? spec : { ...spec, tolerations };
});

export const defaultTolerationSeconds = podPlugin({
  name: "DefaultTolerationSeconds",
  on: [{ operations: ["CREATE", "UPDATE"], kinds: ["Pod"] }],
  mutate: pod => tolerating(pod, undefined),
});

/** Behind the pod's own, those of the two outages that it says nothing about. */
function withOutages({ tolerations = [] }: PodSpec): readonly Toleration[] {
  const missing = outages.filter(({ key }) => !tolerations.some(own => toleratesOutage(own, key)));
  return missing.length === 0 ? tolerations : [...tolerations, ...missing];
}

function toleratesOutage({ key, effect }: Toleration, outage: string | undefined): boolean {
  return (!key || key === outage) && (!effect || effect === "NoExecute");
}
