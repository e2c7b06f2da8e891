/** What containers are given from outside: where they read, what they tell, and how they are to behave. */
import type { HealingAct } from "../../loop/index.ts";
import type { Network } from "../../network/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";
import type { RegistryVerbs } from "../../store/index.ts";
import type { Images } from "../images/index.ts";
import type { Runtime } from "../runtimes/index.ts";
import type { PodPorts } from "../streams/index.ts";
import type { RestartBackOff } from "./restarts.ts";

/** Records an event about an object, as the kubelet. `fieldPath` says which container: `spec.containers{app}`. */
export type Tell = (
  about: KubernetesObject,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
  fieldPath?: string,
  heals?: HealingAct,
) => void;

export interface ContainerDependencies {
  readonly registry: RegistryVerbs;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly images: Images;
  /** What pretends to run the images that nothing is known of; undefined: they cannot be pulled. */
  readonly unknownImages: Runtime | undefined;
  /** Where the ports of pods are listened on. */
  readonly ports: PodPorts;
  /** Absent where containers need not talk. */
  readonly network: Pick<Network, "attach" | "api" | "expectInner"> | undefined;
  readonly backOff: RestartBackOff;
  /** Told of an error that is a fault of k4s, or of the store; what failed is tried again. */
  readonly onFault: (error: unknown) => void;
}
