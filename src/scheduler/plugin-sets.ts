/**
 * Which plugins a profile has at which extension point: what it enables and disables is laid over the default plugins as
 * kube-scheduler does it (`mergePlugins` and `expandMultiPointPlugins` of its framework).
 */
import { defaultPlugins } from "./profile.ts";

/** As the extension points are called in a configuration. */
const points = [
  ...["preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score"],
  ...["reserve", "permit", "preBind", "bind", "postBind"],
] as const;

/** `multiPoint` stands for all points. */
export const extensionPoints: readonly string[] = [...points, "multiPoint"];

export interface PluginReference {
  readonly name: string;
  readonly weight?: number;
}

interface PluginSet {
  readonly enabled?: readonly PluginReference[];
  /** `*` stands for all. */
  readonly disabled?: readonly PluginReference[];
}

/** By extension point, or `multiPoint`. */
export type PluginSets = Readonly<Record<string, PluginSet | undefined>>;

const filters = ["preFilter", "filter"];
const scores = ["preScore", "score"];

/** At which points each plugin of Kubernetes 1.35 takes part. */
const pointsOf: Readonly<Record<string, readonly string[] | undefined>> = {
  SchedulingGates: ["preEnqueue"],
  PrioritySort: ["queueSort"],
  NodeUnschedulable: ["filter"],
  NodeName: ["filter"],
  TaintToleration: ["filter", ...scores],
  NodeAffinity: [...filters, ...scores],
  NodePorts: filters,
  NodeResourcesFit: [...filters, ...scores],
  VolumeRestrictions: filters,
  NodeVolumeLimits: filters,
  VolumeBinding: [...filters, "reserve", "preBind", ...scores],
  VolumeZone: filters,
  PodTopologySpread: [...filters, ...scores],
  InterPodAffinity: [...filters, ...scores],
  DynamicResources: ["preEnqueue", ...filters, "postFilter", "score", "reserve", "preBind"],
  DefaultPreemption: ["preEnqueue", "postFilter"],
  NodeResourcesBalancedAllocation: scores,
  ImageLocality: ["score"],
  DefaultBinder: ["bind"],
};

/** A plugin of a user exports `filter` and `score`. */
const pointsOfOwn = [...filters, ...scores];

/** Whether the plugin has something to say at the point. */
export function takesPartAt(point: string, name: string): boolean {
  return point === "multiPoint" || (pointsOf[name] ?? pointsOfOwn).includes(point);
}

/** The plugins of a profile at an extension point, in their order. */
export function pluginsAt(point: string, sets: PluginSets): readonly PluginReference[] {
  const everywhere = merged(defaultPlugins, sets.multiPoint ?? {});
  return expanded(everywhere, sets[point] ?? {}).filter(({ name }) => takesPartAt(point, name));
}

/** What a profile enables takes the place of the default of its name, or comes after them; what it disables is left out. */
function merged(
  defaults: readonly PluginReference[],
  { enabled = [], disabled = [] }: PluginSet,
): readonly PluginReference[] {
  const isDisabled = (name: string) => disabled.some(each => each.name === name || each.name === "*");
  const kept = defaults.filter(({ name }) => !isDisabled(name));
  const replaced = kept.map(each => enabled.find(({ name }) => name === each.name) ?? each);
  const added = enabled.filter(({ name }) => !kept.some(each => each.name === name));
  return [...replaced, ...added];
}

/** At one extension point: what is named there comes first, then what is enabled at all points and not disabled here. */
function expanded(
  everywhere: readonly PluginReference[],
  { enabled = [], disabled = [] }: PluginSet,
): readonly PluginReference[] {
  const isNamed = ({ name }: PluginReference) => enabled.some(each => each.name === name);
  const isDisabled = ({ name }: PluginReference) =>
    disabled.some(each => each.name === name || each.name === "*");
  const overriding = enabled.filter(({ name }) => everywhere.some(each => each.name === name));
  const own = enabled.filter(({ name }) => !everywhere.some(each => each.name === name));
  return [...overriding, ...own, ...everywhere.filter(each => !isNamed(each) && !isDisabled(each))];
}
