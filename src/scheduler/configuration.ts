/**
 * The configuration of the scheduler: a KubeSchedulerConfiguration, read from a file or given as an object, and the profiles that
 * come of it.
 */
import { readFileSync } from "node:fs";
import { ApiError, messageOf } from "../errors/index.ts";
import { allFaults, type Draft, defaultSchedulerName, readManifest } from "../resources/index.ts";
import {
  configurationKind,
  moduleOf,
  type ProfileConfiguration,
  type SchedulerConfiguration,
} from "./configuration-kind.ts";
import type { Plugin } from "./framework.ts";
import { pluginsAt } from "./plugin-sets.ts";
import { builtInPlugins, type PluginArgs } from "./plugins/index.ts";
import type { Profile, WeightedPlugin } from "./profile.ts";

/** Makes the plugin of a module: one that is not built in. */
export type LoadPlugin = (name: string, module: string, args: Readonly<Record<string, unknown>>) => Plugin;

/** Throws BadRequest or Invalid, with every problem and its place, where the file holds no configuration. */
export function schedulerConfigurationFromFile(path: string): SchedulerConfiguration {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    const problem = `the scheduler configuration cannot be read: ${messageOf(cause)}`;
    throw new ApiError("BadRequest", problem, {}, { cause });
  }
  return readSchedulerConfiguration(content, path);
}

/** The same of a text; `file` is what messages call it. */
export function readSchedulerConfiguration(
  content: string | Uint8Array,
  file: string,
): SchedulerConfiguration {
  const kinds = [{ ...configurationKind, isNameless: true }];
  const check = (given: Draft) => allFaults(configurationKind, given);
  const { documents, refusal } = readManifest(content, { file, kinds, check });
  if (refusal) throw refusal;
  const [document, ...others] = documents;
  if (!document || others.length > 0)
    throw new ApiError(
      "BadRequest",
      `${file} must hold one KubeSchedulerConfiguration, not ${documents.length}`,
    );
  return document.object as Draft<SchedulerConfiguration> as SchedulerConfiguration;
}

/**
 * The profiles of a configuration that was found right. `load` makes the plugins that are not built in; those that are `off` take no
 * part, whatever the configuration enables.
 */
export function profilesOf(
  { profiles = [{}], percentageOfNodesToScore }: Partial<SchedulerConfiguration>,
  load: LoadPlugin,
  off: readonly string[] = [],
): Profile[] {
  const given = profiles.length === 0 ? [{}] : profiles;
  return given.map(profile => profileOf({ percentageOfNodesToScore, ...profile }, load, off));
}

/** One after another, as they come. */
const unsorted: Plugin = { name: "PrioritySort", queueSort: () => 0 };

function profileOf(configuration: ProfileConfiguration, load: LoadPlugin, off: readonly string[]): Profile {
  const { schedulerName = defaultSchedulerName, plugins = {}, pluginConfig = [] } = configuration;
  const made = new Map<string, Plugin>();
  const pluginOf = (name: string): Plugin => {
    const args = pluginConfig.find(each => each.name === name)?.args ?? {};
    const module = moduleOf(name, pluginConfig);
    const plugin =
      made.get(name) ??
      builtInPlugins[name]?.(args as PluginArgs) ??
      (module === undefined ? { name } : load(name, module, args));
    made.set(name, plugin);
    return plugin;
  };
  const at = (point: string): readonly WeightedPlugin[] =>
    pluginsAt(point, plugins)
      .filter(({ name }) => !off.includes(name))
      .map(({ name, weight }) => ({ plugin: pluginOf(name), weight: weight || 1 }));
  const plain = (point: string) => at(point).map(({ plugin }) => plugin);
  const usualSort = off.includes("PrioritySort") ? unsorted : pluginOf("PrioritySort");
  const [queueSort = usualSort] = plain("queueSort").filter(each => each.queueSort);
  return {
    schedulerName,
    percentageOfNodesToScore: configuration.percentageOfNodesToScore,
    queueSort,
    preEnqueue: plain("preEnqueue").filter(each => each.preEnqueue),
    filter: plain("filter").filter(each => each.preFilter),
    postFilter: plain("postFilter").filter(each => each.postFilter),
    score: at("score").filter(({ plugin }) => plugin.preScore),
  };
}
