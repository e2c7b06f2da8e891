/**
 * The shape of a KubeSchedulerConfiguration (`kubescheduler.config.k8s.io/v1`, what kube-scheduler's `--config` takes), and what is
 * wrong with one, in the words of `pkg/scheduler/apis/config/validation`. It is read from a file alone: no API serves it.
 */
import type { Cause } from "../errors/index.ts";
import {
  allFaults,
  type Draft,
  defaultSchedulerName,
  describeKind,
  duplicate,
  forbidden,
  invalidValue,
  type KindDefinition,
  type KubernetesObject,
  required,
  type Schema,
} from "../resources/index.ts";
import { argumentKinds } from "./plugin-arguments.ts";
import { extensionPoints, type PluginSets, pluginsAt, takesPartAt } from "./plugin-sets.ts";

const group = "kubescheduler.config.k8s.io";
const configurationVersion = `${group}/v1`;

export interface ProfileConfiguration {
  readonly schedulerName?: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: PluginSets;
  readonly pluginConfig?: readonly {
    readonly name: string;
    readonly args?: Readonly<Record<string, unknown>>;
  }[];
}

export interface SchedulerConfiguration extends KubernetesObject {
  readonly percentageOfNodesToScore?: number;
  readonly podInitialBackoffSeconds?: number;
  readonly podMaxBackoffSeconds?: number;
  readonly profiles?: readonly ProfileConfiguration[];
  /** Accepted: one pod is scheduled at a time. */
  readonly parallelism?: number;
  readonly extenders?: readonly unknown[];
}

const text: Schema = { type: "string" };
const truth: Schema = { type: "boolean" };
const whole: Schema = { type: "integer" };
const anything: Schema = { type: "object", preserveUnknownFields: true };
const listOf = (items: Schema): Schema => ({ type: "array", items });
const object = (properties: Readonly<Record<string, Schema>>, needed: readonly string[] = []): Schema => ({
  type: "object",
  required: needed,
  properties: Object.assign(Object.create(null), properties),
});

const plugin = object({ name: text, weight: whole }, ["name"]);
const pluginSet = object({ enabled: listOf(plugin), disabled: listOf(plugin) });
const profile = object({
  schedulerName: text,
  percentageOfNodesToScore: whole,
  plugins: object(Object.fromEntries(extensionPoints.map(point => [point, pluginSet]))),
  pluginConfig: listOf(object({ name: text, args: anything }, ["name"])),
});

export const configurationKind: KindDefinition = describeKind<SchedulerConfiguration>({
  kind: "KubeSchedulerConfiguration",
  group,
  version: "v1",
  plural: "kubeschedulerconfigurations",
  scope: "Cluster",
  verbs: ["create"],
  schema: object({
    apiVersion: text,
    kind: text,
    metadata: anything,
    parallelism: whole,
    percentageOfNodesToScore: whole,
    podInitialBackoffSeconds: whole,
    podMaxBackoffSeconds: whole,
    profiles: listOf(profile),
    extenders: listOf(anything),
    // Of a scheduler that is a program of its own.
    leaderElection: anything,
    clientConnection: anything,
    enableProfiling: truth,
    enableContentionProfiling: truth,
    delayCacheUntilActive: truth,
  }),
  rules: { validate: configurationFaults },
}) as unknown as KindDefinition;

function configurationFaults(configuration: Draft<SchedulerConfiguration>): Cause[] {
  const { parallelism = 1, podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = configuration;
  const { percentageOfNodesToScore, profiles = [], extenders = [] } = configuration;
  const causes: Cause[] = [];
  if (parallelism <= 0)
    causes.push(invalidValue("parallelism", parallelism, "should be an integer value greater than zero"));
  causes.push(...profiles.flatMap((each, i) => profileFaults(each, i, profiles)));
  causes.push(...queueSortFaults(profiles));
  causes.push(...percentageFaults(percentageOfNodesToScore, "percentageOfNodesToScore"));
  if (podInitialBackoffSeconds <= 0)
    causes.push(invalidValue("podInitialBackoffSeconds", podInitialBackoffSeconds, "must be greater than 0"));
  if (podMaxBackoffSeconds < podInitialBackoffSeconds)
    causes.push(
      invalidValue(
        "podMaxBackoffSeconds",
        podMaxBackoffSeconds,
        "must be greater than or equal to PodInitialBackoffSeconds",
      ),
    );
  if (extenders.length > 0) causes.push(forbidden("extenders", "k4s calls no extenders: write a plugin"));
  return causes;
}

function percentageFaults(value: number | undefined, field: string): Cause[] {
  return value !== undefined && (value < 0 || value > 100)
    ? [invalidValue(field, value, "not in valid range [0-100]")]
    : [];
}

function profileFaults(
  { schedulerName, percentageOfNodesToScore, plugins = {}, pluginConfig = [] }: ProfileConfiguration,
  i: number,
  all: readonly ProfileConfiguration[],
): Cause[] {
  const field = `profiles[${i}]`;
  const causes: Cause[] = [];
  // A single profile may go without a name.
  if (!schedulerName && (all.length > 1 || schedulerName === ""))
    causes.push(required(`${field}.schedulerName`));
  const first = all.findIndex(each => each.schedulerName === schedulerName);
  if (schedulerName && first < i)
    causes.push(duplicate(`${field}.schedulerName`, `profiles[${first}].schedulerName`));
  causes.push(...percentageFaults(percentageOfNodesToScore, `${field}.percentageOfNodesToScore`));
  for (const [point, set] of Object.entries(plugins))
    set?.enabled?.forEach(({ name }, place) => {
      const own = `${field}.plugins.${point}.enabled[${place}]`;
      if (removedPlugins.has(name)) causes.push(invalidValue(own, name, removed));
      else if (!(name in argumentKinds) && !moduleOf(name, pluginConfig))
        causes.push(invalidValue(`${own}.name`, name, needsModule));
      else if (!takesPartAt(point, name))
        causes.push(invalidValue(`${own}.name`, name, `plugin does not extend ${interfaceOf(point)} plugin`));
    });
  causes.push(...neededFaults(plugins, `${field}.plugins`, schedulerName || defaultSchedulerName));
  pluginConfig.forEach(({ name, args }, place) => {
    const own = `${field}.pluginConfig[${place}]`;
    const isRepeated = pluginConfig.findIndex(each => each.name === name) < place;
    if (isRepeated) causes.push(duplicate(own, name));
    if (removedPlugins.has(name)) causes.push(invalidValue(own, name, removed));
    else if (args) causes.push(...argumentFaults(name, args, `${own}.args`));
  });
  return causes;
}

/** Kubernetes names the interface of its program: `FilterPlugin`. */
function interfaceOf(point: string): string {
  return `${point.charAt(0).toUpperCase()}${point.slice(1)}Plugin`;
}

/** One plugin must order the queue, and at least one bind pods. */
function neededFaults(plugins: PluginSets, field: string, scheduler: string): Cause[] {
  const sorting = pluginsAt("queueSort", plugins).length;
  const ofProfile = `for profile with scheduler name "${scheduler}"`;
  return [
    ...(sorting === 0
      ? [required(`${field}.queueSort`, `only one queue sort plugin required ${ofProfile}, but got 0`)]
      : []),
    ...(pluginsAt("bind", plugins).length === 0
      ? [required(`${field}.bind`, `at least one bind plugin is needed ${ofProfile}`)]
      : []),
  ];
}

const removedPlugins = new Set(["AzureDiskLimits", "CinderLimits", "EBSLimits", "GCEPDLimits"]);
const removed = `was invalid in version "${configurationVersion}" (KubeSchedulerConfiguration is version "${configurationVersion}")`;
const needsModule =
  "plugin does not exist; one of your own is named with its module: pluginConfig: [{ name, args: { module } }]";

/** The module of a plugin that is not built in. */
export function moduleOf(
  name: string,
  pluginConfig: NonNullable<ProfileConfiguration["pluginConfig"]>,
): string | undefined {
  const module = pluginConfig.find(each => each.name === name)?.args?.module;
  return typeof module === "string" ? module : undefined;
}

function argumentFaults(name: string, args: Readonly<Record<string, unknown>>, field: string): Cause[] {
  const kind = argumentKinds[name];
  if (!kind) return ownArgumentFaults(args, field);
  const named = `${name}Args`;
  const { apiVersion = configurationVersion, kind: given = named } = args;
  if (apiVersion !== configurationVersion)
    return [invalidValue(`${field}.apiVersion`, apiVersion, `must be ${configurationVersion}`)];
  if (given !== named) {
    const detail = `args for plugin ${name} were not of type ${named}.${group}, got ${given}.${group}`;
    return [invalidValue(`${field}.kind`, given, detail)];
  }
  const draft = { ...args, apiVersion, kind: named, metadata: { name: "args" } };
  return allFaults(kind, draft as Draft).map(cause => ({
    ...cause,
    field: cause.field ? `${field}.${cause.field}` : field,
  }));
}

/** Of a plugin of a user k4s reads where its module is, and how long it may take; the rest is its own. */
function ownArgumentFaults({ timeoutMs }: Readonly<Record<string, unknown>>, field: string): Cause[] {
  const isRight = timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs > 0);
  return isRight
    ? []
    : [invalidValue(`${field}.timeoutMs`, timeoutMs, "must be a number of milliseconds greater than 0")];
}

/** There is one queue for all profiles. */
function queueSortFaults(profiles: readonly ProfileConfiguration[]): Cause[] {
  const sets = profiles.map(({ plugins }) => plugins?.queueSort);
  const [first] = sets;
  const enabled = first?.enabled?.length ?? 0;
  const tooMany =
    enabled > 1
      ? [
          invalidValue(
            "profiles[0].plugins.queueSort.Enabled",
            enabled,
            "only one queue sort plugin can be enabled",
          ),
        ]
      : [];
  const others = sets.flatMap((set, i) =>
    JSON.stringify(set) === JSON.stringify(first)
      ? []
      : [invalidValue(`profiles[${i}].plugins.queueSort`, set ?? {}, "must be the same for all profiles")],
  );
  return [...tooMany, ...others];
}
