/** The door of simulate/: plays of whole clusters in virtual time, with what can go wrong. */
export type { Broken, Invariant, MakeInvariant, Seen } from "./invariant.ts";
export { allInvariants } from "./invariants/index.ts";
export { type PlayName, playNames } from "./plays.ts";
export {
  faultNames,
  type SimulatedFailure,
  type SimulatedSeed,
  type SimulateOptions,
  type SimulationReport,
  simulate,
} from "./simulate.ts";
