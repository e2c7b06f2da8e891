/**
 * Priority: a pod's number follows from the name of its PriorityClass, the class that is the default for all, or is 0. The
 * number itself cannot be chosen.
 */
import { type Pod, type PriorityClass, systemPriorityClasses } from "../resources/index.ts";
import { forbidden } from "../store/index.ts";
import type { StoreReader } from "./plugin.ts";
import { changingSpecs, podPlugin } from "./pod-spec.ts";

const prioritised = changingSpecs<PriorityClass | undefined>((spec, found) => {
  const { priorityClassName = found?.metadata.name } = spec;
  const priority = found?.value ?? systemPriorityClasses.get(priorityClassName ?? "")?.value ?? 0;
  const preemptionPolicy = spec.preemptionPolicy ?? found?.preemptionPolicy ?? "PreemptLowerPriority";
  return { ...spec, ...(priorityClassName && { priorityClassName }), priority, preemptionPolicy };
});

export const priority = podPlugin({
  name: "Priority",
  on: [{ operations: ["CREATE", "UPDATE"], kinds: ["Pod"] }],
  mutate(pod, { kind, name, old }, reader) {
    const before = (old as Pod | undefined)?.spec;
    if (before) {
      // Where it comes from may have changed meanwhile: what a pod was given, it keeps.
      const { priority = before.priority, preemptionPolicy = before.preemptionPolicy } = pod.spec;
      const isComplete = priority === pod.spec.priority && preemptionPolicy === pod.spec.preemptionPolicy;
      return isComplete ? pod : { ...pod, spec: { ...pod.spec, priority, preemptionPolicy } };
    }
    const { priorityClassName, priority: given, preemptionPolicy: policy } = pod.spec;
    const found = classOf(priorityClassName, reader);
    if (priorityClassName && !found && !systemPriorityClasses.has(priorityClassName))
      throw forbidden(kind, name, `no PriorityClass with name ${priorityClassName} was found`);
    const admitted = prioritised(pod, found);
    const { priority: computed } = admitted.spec;
    if (given !== undefined && given !== computed) {
      const rule = "must not be provided in pod spec; priority admission controller computed";
      const why = `the integer value of priority (${given}) ${rule} ${computed} from the given PriorityClass name`;
      throw forbidden(kind, name, why);
    }
    const classPolicy = found?.preemptionPolicy ?? "PreemptLowerPriority";
    if (policy !== undefined && policy !== classPolicy) {
      const rule = "must not be provided in pod spec; priority admission controller computed";
      const why = `the string value of PreemptionPolicy (${policy}) ${rule} ${classPolicy} from the given PriorityClass name`;
      throw forbidden(kind, name, why);
    }
    return admitted;
  },
});

/** The class of this name; without a name, the one that is the default. */
function classOf(name: string | undefined, reader: StoreReader): PriorityClass | undefined {
  if (name) return reader.get("PriorityClass", "", name);
  const defaults = reader.list("PriorityClass").filter(({ globalDefault }) => globalDefault);
  // Of several, the lowest, as in Kubernetes.
  return defaults.sort((one, other) => one.value - other.value)[0];
}
