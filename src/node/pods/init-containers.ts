/** When an init container has done its part, and the pod's own containers may start. */
import type { ContainerStatus, Pod, PodContainer } from "../../resources/index.ts";

/** An init container that goes on running beside the pod's own. */
export function isSidecar(container: PodContainer): boolean {
  return container.restartPolicy === "Always";
}

/** By its place among the init containers. */
export function isSidecarAt(pod: Pod, place: number): boolean {
  const container = pod.spec.initContainers?.[place];
  return container !== undefined && isSidecar(container);
}

/** An init container is done when it has succeeded; a sidecar, when it has started. */
export function isInitDone(status: ContainerStatus, sidecar: boolean): boolean {
  return sidecar ? status.started === true : status.state?.terminated?.exitCode === 0;
}

export function isInitialized(pod: Pod, init: readonly ContainerStatus[]): boolean {
  return init.every((status, index) => {
    const sidecar = isSidecarAt(pod, index);
    return isInitDone(status, sidecar) || (sidecar && hasEnded(status));
  });
}

/** It runs, or has run. */
export function hasRun({ state, lastState }: ContainerStatus): boolean {
  return state?.waiting === undefined || lastState?.terminated !== undefined;
}

/** A sidecar that ended after its start has done its part. */
function hasEnded({ state, lastState }: ContainerStatus): boolean {
  return state?.terminated !== undefined || lastState?.terminated !== undefined;
}
