/**
 * `k4s/testing`: a cluster with its API, for the tests of programs that talk to Kubernetes, in vitest, jest and node:test alike.
 */
export {
  type ServedCluster as TestCluster,
  type ServedClusterOptions as TestClusterOptions,
  startServedCluster as startCluster,
} from "./cluster/index.ts";
export {
  allInvariants,
  type Broken,
  faultNames,
  type Invariant,
  type MakeInvariant,
  type PlayName,
  playNames,
  type Seen,
  type SimulatedFailure,
  type SimulatedSeed,
  type SimulateOptions,
  type SimulationReport,
  simulate,
} from "./simulate/index.ts";
