/** The door of container/: our own kind Container, and the pod that it stands for. */

export type { Container, ContainerProbe, ContainerResourceStatus, ContainerSpec } from "./container.ts";
export { containerName, containerSpecOf, podFromContainer, podSpecOf } from "./container-as-pod.ts";
export { container } from "./container-kind.ts";
export { execCommands } from "./container-probe-rules.ts";
export type { Parameters } from "./parameters.ts";
