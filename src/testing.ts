/**
 * `k4s/testing`: a cluster with its API, for the tests of programs that talk to Kubernetes, in vitest, jest and node:test alike.
 */
export {
  type ServedCluster as TestCluster,
  type ServedClusterOptions as TestClusterOptions,
  startServedCluster as startCluster,
} from "./cluster/index.ts";
