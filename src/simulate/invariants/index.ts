/** The door of invariants/: all of them. */
import type { MakeInvariant } from "../invariant.ts";
import { acknowledgedWritesKept } from "./acknowledged-writes-kept.ts";
import { boundOnce } from "./bound-once.ts";
import { clusterSettles } from "./cluster-settles.ts";
import { containerRunsOnce } from "./container-runs-once.ts";
import { deletedGoes } from "./deleted-goes.ts";
import { gonePodRunsNowhere } from "./gone-pod-runs-nowhere.ts";
import { oneJobAtATime } from "./one-job-at-a-time.ts";
import { oneLeaderWrites } from "./one-leader-writes.ts";
import { oneOwnerInCharge } from "./one-owner-in-charge.ts";
import { podStaysOnItsNode } from "./pod-stays-on-its-node.ts";
import { quotaNeverExceeded } from "./quota-never-exceeded.ts";
import { requestsEnd } from "./requests-end.ts";
import { revisionsRise } from "./revisions-rise.ts";
import { saidToRunRuns } from "./said-to-run-runs.ts";
import { watchIsComplete } from "./watch-is-complete.ts";
import { writesAppliedOnce } from "./writes-applied-once.ts";

export { heldByUser } from "./deleted-goes.ts";

export const allInvariants: readonly MakeInvariant[] = [
  revisionsRise,
  acknowledgedWritesKept,
  writesAppliedOnce,
  oneLeaderWrites,
  oneOwnerInCharge,
  watchIsComplete,
  containerRunsOnce,
  gonePodRunsNowhere,
  podStaysOnItsNode,
  quotaNeverExceeded,
  boundOnce,
  oneJobAtATime,
  requestsEnd,
  deletedGoes,
  clusterSettles,
  saidToRunRuns,
];
