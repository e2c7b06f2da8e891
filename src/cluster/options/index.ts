/** The options of a cluster, checked before anything is started. */
export { type FileSettings, periodOf, settingsInFile } from "./config-file.ts";
export { type ConfigFile, readConfigFile } from "./config-options.ts";
export { checkFeatures, type Feature, type FeatureSwitches, switchedOff } from "./features.ts";
export { checkOptions, clusterRules } from "./option-rules.ts";
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
