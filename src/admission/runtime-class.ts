/**
 * RuntimeClass: what a way to run containers costs for itself is added to the pod, and where it can run becomes a part of
 * where the pod can run.
 */
import { isSame, type RuntimeClass } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";

import { changingSpecs, podPlugin } from "./pod-spec.ts";

const inClass = changingSpecs<RuntimeClass>((spec, { overhead, scheduling }) => {
  const { podFixed } = overhead ?? {};
  const { nodeSelector, tolerations = [] } = scheduling ?? {};
  const own = spec.tolerations ?? [];
  const more = tolerations.filter(each => !own.some(mine => isSame(mine, each)));
  return {
    ...spec,
    ...(podFixed && { overhead: podFixed }),
    ...(nodeSelector && { nodeSelector: { ...spec.nodeSelector, ...nodeSelector } }),
    ...(more.length > 0 && { tolerations: [...own, ...more] }),
  };
});

export const runtimeClass = podPlugin({
  name: "RuntimeClass",
  on: [{ operations: ["CREATE"], kinds: ["Pod"] }],
  mutate(pod, { kind, name }, reader) {
    const { runtimeClassName, nodeSelector = {} } = pod.spec;
    if (!runtimeClassName) return pod;
    const found = reader.get("RuntimeClass", "", runtimeClassName);
    if (!found) throw forbidden(kind, name, `pod rejected: RuntimeClass "${runtimeClassName}" not found`);
    const { overhead, scheduling } = found;
    if (!overhead?.podFixed && !scheduling) return pod;
    for (const [label, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
      if ((nodeSelector[label] ?? value) === value) continue;
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${label}] = ${value}; pod.spec.nodeSelector[${label}] = ${nodeSelector[label]}`;
      throw forbidden(kind, name, why);
    }
    return inClass(pod, found);
  },
  validate(pod, { kind, name }, reader) {
    const { runtimeClassName, overhead } = pod.spec;
    if (!overhead) return;
    const fixed = runtimeClassName && reader.get("RuntimeClass", "", runtimeClassName)?.overhead?.podFixed;
    if (!fixed)
      throw forbidden(
        kind,
        name,
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
      );
  },
});
