/** The scheduler of a cluster, made as its options say. */
import { type ClusterOptions, pathOf } from "./cluster-options.ts";
import { readSchedulerConfiguration, Scheduler, schedulerConfigurationFromFile } from "./scheduler/index.ts";
import type { Store } from "./store/index.ts";

/** Throws BadRequest or Invalid, with every problem and its place, where the configuration is wrong. */
export function clusterScheduler(store: Store, { schedulerConfig: given }: ClusterOptions): Scheduler {
  return new Scheduler(store, { configuration: configurationOf(given) });
}

function configurationOf(given: ClusterOptions["schedulerConfig"]) {
  if (given === undefined) return {};
  if (typeof given === "string" || given instanceof URL) return schedulerConfigurationFromFile(pathOf(given));
  return readSchedulerConfiguration(JSON.stringify(given), "schedulerConfig");
}
