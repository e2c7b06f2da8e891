/** The options of a cluster, checked before anything is started. */
export {
  type ClusterOptions,
  capacityOf,
  checkOptions,
  pathOf,
  type RuntimeName,
  type StandbyOptions,
} from "./options.ts";
