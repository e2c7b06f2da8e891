/** The pod that a container belongs to, as its container sees it. */
import type { Pod, PodContainer } from "../../resources/index.ts";
import type { ContainerProcess, Mount } from "../../worker/index.ts";
import type { Runtime } from "../runtimes/index.ts";

/** The volumes as a container sees them. */
export interface MountedVolumes {
  readonly mounts: readonly Mount[];
  /** `K4S_VOLUME_<NAME>`: the true place of each. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the file lies in which the container may say why it ends; undefined where it has no files of its own. */
  readonly terminationLog: string | undefined;
  /** The instance has ended: what only it has had is removed. */
  release(): void;
}

/** Whose files a container sees: those of its image, in a root folder of its own, or those of the machine. */
export type FilesOf = "its own" | "the machine's";

/** What a container is in its pod: `ephemeral` is one that was added for debugging, and runs once. */
export type ContainerRole = "init" | "sidecar" | "main" | "ephemeral";

export interface OwningPod {
  /** The pod as it is now. */
  pod(): Pod;
  podIP(): string;
  hostIP(): string;
  /** Undefined where the node has no runtime of the name that the pod's RuntimeClass gives. */
  runtime(): Runtime | undefined;
  /** What a new instance of the container has mounted; `expand` puts the values of variables into a path. */
  volumesOf(container: PodContainer, expand: (text: string) => string, files: FilesOf): MountedVolumes;
  /** Where a volume lies that has been made. */
  volumePath(name: string): string | undefined;
  /** What runs in the pod, as far as the container sees it; undefined where it sees its own process alone. */
  processesFor(container: PodContainer): ContainerProcess[] | undefined;
  /** The container's status has changed, or the container can be started (again). */
  wake(): void;
}
