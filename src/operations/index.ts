/**
 * The door of operations/: what people do with workloads, decided from the objects alone, so that the library and the command say
 * it alike. It loads nothing.
 */
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
