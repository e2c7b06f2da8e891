/** Which processes a container sees besides its own: those of its pod (`shareProcessNamespace`), or of the one that it debugs. */
import type { EphemeralContainer, Pod, PodContainer } from "../../resources/index.ts";
import type { ContainerProcess } from "../../worker/index.ts";

/** A container of the pod. */
export interface Runs {
  readonly name: string;
  /** What it runs; undefined where it does not. */
  readonly command: string | undefined;
}

/** What holds the namespaces of a pod together is the first process in them. */
const pause: ContainerProcess = { command: "/pause", isOwn: false };

/** Without `own`, where that is only about to start; undefined where the container sees its own process alone. */
export function sharedProcesses(
  own: PodContainer & Pick<EphemeralContainer, "targetContainerName">,
  { spec }: Pod,
  containers: readonly Runs[],
): ContainerProcess[] | undefined {
  const { name, targetContainerName: target } = own;
  if (!spec.shareProcessNamespace && target === undefined) return undefined;
  const seen = spec.shareProcessNamespace
    ? containers
    : containers.filter(other => other.name === target || other.name === name);
  const processes = seen.flatMap(({ name: each, command }) =>
    command === undefined ? [] : [{ command, isOwn: each === name }],
  );
  return spec.shareProcessNamespace ? [pause, ...processes] : processes;
}
