/** The pod that a container belongs to, as its container sees it. */
import type { Pod } from "../../resources/index.ts";
import type { Runtime } from "../runtimes/index.ts";

export interface OwningPod {
  /** The pod as it is now. */
  pod(): Pod;
  podIP(): string;
  hostIP(): string;
  /** Undefined where the node has no runtime of the name that the pod's RuntimeClass gives. */
  runtime(): Runtime | undefined;
  /** The container's status has changed, or the container can be started (again). */
  wake(): void;
}
