/** AlwaysPullImages, off unless asked for: no container runs an image that its node happens to have. */
import { changingSpecs, podPlugin } from "./pod-spec.ts";

const pulling = changingSpecs<undefined>(spec => ({
  ...spec,
  containers: spec.containers.map(container => ({ ...container, imagePullPolicy: "Always" as const })),
  ...(spec.initContainers && {
    initContainers: spec.initContainers.map(container => ({
      ...container,
      imagePullPolicy: "Always" as const,
    })),
  }),
}));

export const alwaysPullImages = podPlugin({
  name: "AlwaysPullImages",
  on: [{ operations: ["CREATE", "UPDATE"], kinds: ["Pod"] }],
  isOnByDefault: false,
  mutate: pod => pulling(pod, undefined),
});
