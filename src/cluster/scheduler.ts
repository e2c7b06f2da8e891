/** The scheduler of a cluster, made as its options say, with the plugins of users that the configuration names. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ApiError } from "../errors/index.ts";
import { realClock } from "../outside/index.ts";
import {
  type LoadPlugin,
  ownPlugin,
  PluginHost,
  readSchedulerConfiguration,
  Scheduler,
  schedulerConfigurationFromFile,
} from "../scheduler/index.ts";
import type { Store } from "../store/index.ts";
import { type ClusterOptions, pathOf, switchedOff } from "./options/index.ts";

/** How long a plugin of a user may take for all nodes, where its arguments do not say. */
const defaultLimitMs = 1_000;

/** Throws BadRequest or Invalid, with every problem and its place, where the configuration is wrong. */
export function clusterScheduler(
  store: Store,
  { schedulerConfig: given, features }: ClusterOptions,
): Scheduler {
  const isFile = typeof given === "string" || given instanceof URL;
  const folder = isFile ? dirname(pathOf(given)) : ".";
  const load: LoadPlugin = (name, given, args) => {
    const module = resolve(folder, given);
    if (!existsSync(module))
      throw new ApiError(
        "BadRequest",
        `schedulerConfig: the plugin ${name} has its module at ${module}: no such file`,
      );
    const limitMs = typeof args.timeoutMs === "number" ? args.timeoutMs : defaultLimitMs;
    // What a thread takes is real time, also in a cluster of virtual time.
    const host = { module, args, limitMs, clock: realClock };
    return ownPlugin(name, given, new PluginHost({ ...host, onChange: () => scheduler.retryAll() }));
  };
  const off = switchedOff(features).flatMap(({ schedulerPlugins = [] }) => schedulerPlugins);
  const scheduler = new Scheduler(store, { configuration: configurationOf(given), load, off });
  return scheduler;
}

function configurationOf(given: ClusterOptions["schedulerConfig"]) {
  if (given === undefined) return {};
  if (typeof given === "string" || given instanceof URL) return schedulerConfigurationFromFile(pathOf(given));
  return readSchedulerConfiguration(JSON.stringify(given), "schedulerConfig");
}
