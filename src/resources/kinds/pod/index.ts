/** The door of pod/: the rules, defaults, columns and subresources of pods, and of the pod templates in other kinds. */
export { disruptionTarget, withDisruptionTarget } from "./disruption-target.ts";
export { upwardFaults } from "./local-path-rules.ts";
export { nodeSelectorFaults } from "./placement-rules.ts";
export { pod } from "./pod.ts";
export { podAnnotationFaults } from "./pod-annotation-rules.ts";
export { type Binding, binding, bindingOf, podBinding } from "./pod-binding.ts";
export { defaultSchedulerName, filledPodSpec } from "./pod-defaults.ts";
export { criticalPriority, hasEnded, isCritical } from "./pod-phase.ts";
export { podSpecFaults } from "./pod-spec-rules.ts";
export { nameWarnings, podWarnings } from "./pod-warnings.ts";
export { qosClassOf } from "./qos-class.ts";
export { resourceFaults } from "./resource-rules.ts";
export { tolerationFaults } from "./toleration-rules.ts";
export { volumeSourceFaults } from "./volume-source-rules.ts";
