/** What the parts of a node share: the cluster around it, and how it is to behave. */
import type { Network } from "../../network/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import type { RegistryVerbs } from "../../store/index.ts";
import type { Images } from "../images/index.ts";
import type { PodAddresses } from "../pods/addresses.ts";
import type { Runtime } from "../runtimes/runtime.ts";
import type { RestartBackOff } from "./restarts.ts";

/** Tells an event about an object, as the kubelet. `fieldPath` says which container: `spec.containers{app}`. */
export type Tell = (
  about: KubernetesObject,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
  fieldPath?: string,
) => void;

/** The same, once it is clear what the event is about. */
export type TellOf = (type: "Normal" | "Warning", reason: string, message: string) => void;

export interface NodeSurroundings {
  readonly registry: RegistryVerbs;
  readonly tell: Tell;
  readonly clock: Clock;
  /** By the handler of a RuntimeClass: `thread`, `process`, `hollow`. */
  readonly runtimes: ReadonlyMap<string, Runtime>;
  readonly images: Images;
  /** Absent where containers need not talk. */
  readonly network: Pick<Network, "attach" | "api"> | undefined;
  readonly addresses: PodAddresses;
  readonly backOff: RestartBackOff;
  /** A mistake of ours, or a store that does not answer: told, and tried again. */
  readonly onFault: (error: unknown) => void;
}
