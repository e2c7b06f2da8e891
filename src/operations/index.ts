/**
 * The door of operations/: what people do with workloads and nodes, so that the library and the command do it alike. It loads next
 * to nothing, for the command is to answer at once.
 */
export { type AutoscaleOptions, autoscalerOf } from "./autoscaler.ts";
export { cordon, type DrainOptions, type DrainPort, drain, empty } from "./drain.ts";
export { notRolledOut, patchToPause, patchToRestart, rolledOutKinds } from "./rollout-changes.ts";
export {
  type Keeper,
  keeperOf,
  patchToRestore,
  type RolledOut,
  type RolloutRevision,
  revisionsOf,
  revisionToRestore,
} from "./rollout-revisions.ts";
export { type RolloutStatus, rolloutStatus } from "./rollout-status.ts";
