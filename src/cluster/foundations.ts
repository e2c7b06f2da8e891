/**
 * What a cluster stands on besides its options: what a program that makes one cannot say. Another control plane hands over what both
 * share; a simulation (src/simulate/) puts in a disk that crashes, views that lag and containers that are counted.
 */
import type { Runtime } from "../node/index.ts";
import type { RegistryVerbs, Store } from "../store/index.ts";
import type { StoreOptions } from "./data-folder.ts";
import type { OtherPrograms } from "./leaders.ts";
import type { SharedParts } from "./shared-parts.ts";

/** One of several programs that share a cluster, as the others know it. */
interface Program extends OtherPrograms {
  /** In the leases by which they agree who leads: no other's. */
  readonly identity: string;
  /** What the names of its nodes begin with, and where the addresses of its pods are from. */
  readonly nodePrefix: string;
  readonly podRange: string | undefined;
}

export interface Foundations {
  /** What another control plane over the same store has made already. */
  readonly shares?: SharedParts;
  /** Which of the programs that share the store it is; the options say that where left out. */
  readonly program?: Program;
  /** Makes the store; the options say which where left out. */
  readonly storeOf?: (options: StoreOptions) => Store;
  /** What controllers and the scheduler see of the cluster, and write through; the registry itself where left out. */
  readonly seenByLoops?: (registry: RegistryVerbs) => RegistryVerbs;
  /** What nodes run containers with, in place of this. */
  readonly runtimeOf?: (runtime: Runtime) => Runtime;
  /** True where time is played: then nothing holds the program open, for it ends with the play. */
  readonly isPlayed?: boolean;
}
