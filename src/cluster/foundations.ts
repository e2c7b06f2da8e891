/**
 * What a cluster stands on besides its options: what a program that makes one cannot say. Another control plane hands over what both
 * share; a simulation (src/simulate/) puts in a disk that crashes, views that lag and containers that are counted.
 */
import type { Runtime } from "../node/index.ts";
import type { RegistryVerbs, Store } from "../store/index.ts";
import type { StoreOptions } from "./data-folder.ts";
import type { SharedParts } from "./shared-parts.ts";

export interface Foundations {
  /** What another control plane over the same store has made already. */
  readonly shares?: SharedParts;
  /** Makes the store; the options say which where left out. */
  readonly storeOf?: (options: StoreOptions) => Store;
  /** What controllers and the scheduler see of the cluster, and write through; the registry itself where left out. */
  readonly seenByLoops?: (registry: RegistryVerbs) => RegistryVerbs;
  /** What nodes run containers with, in place of this. */
  readonly runtimeOf?: (runtime: Runtime) => Runtime;
  /** True where time is played: then nothing holds the program open, for it ends with the play. */
  readonly isPlayed?: boolean;
}
