/** The options of a cluster, checked before anything is started. */
export { checkOptions } from "./option-rules.ts";
export {
  type ClusterOptions,
  capacityOf,
  type DriverSocket,
  type EtcdClusterOptions,
  pathOf,
  quantitiesOf,
  type RuntimeName,
  type StandbyOptions,
} from "./options.ts";
