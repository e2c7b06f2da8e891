import { describe, expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { profilesOf, readSchedulerConfiguration } from "./configuration.ts";
import type { Profile } from "./profile.ts";

const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

function read(yaml: string) {
  return readSchedulerConfiguration(head + yaml, "scheduler.yaml");
}

function profiles(yaml: string): Profile[] {
  return profilesOf(read(yaml), name => ({ name, preFilter: () => undefined, preScore: () => undefined }));
}

const filters = ({ filter }: Profile) => filter.map(({ name }) => name);
const weights = ({ score }: Profile) =>
  Object.fromEntries(score.map(({ plugin, weight }) => [plugin.name, weight]));

/** What kube-scheduler 1.35 scores by. */
const defaultWeights = {
  TaintToleration: 3,
  NodeAffinity: 2,
  NodeResourcesFit: 1,
  PodTopologySpread: 2,
  InterPodAffinity: 2,
  NodeResourcesBalancedAllocation: 1,
  ImageLocality: 1,
};

describe("a configuration", () => {
  test("that says nothing is that of kube-scheduler", () => {
    const [profile, ...others] = profiles("");
    expect(others).toEqual([]);
    expect(profile?.schedulerName).toBe("default-scheduler");
    expect(profile && weights(profile)).toEqual(defaultWeights);
    expect(profile && filters(profile)).toEqual([
      ...[
        "NodeUnschedulable",
        "NodeName",
        "TaintToleration",
        "NodeAffinity",
        "NodePorts",
        "NodeResourcesFit",
      ],
      ...["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone"],
      ...["PodTopologySpread", "InterPodAffinity"],
    ]);
    expect(profile?.postFilter.map(({ name }) => name)).toEqual(["DynamicResources", "DefaultPreemption"]);
  });

  test.each<[string, string, (profile: Profile) => unknown, unknown]>([
    [
      "changes a weight everywhere",
      "{ multiPoint: { enabled: [{ name: ImageLocality, weight: 9 }] } }",
      weights,
      { ...defaultWeights, ImageLocality: 9 },
    ],
    [
      "takes a score away",
      "{ score: { disabled: [{ name: ImageLocality }] } }",
      profile => weights(profile).ImageLocality,
      undefined,
    ],
    [
      "scores by one plugin alone",
      "{ score: { disabled: [{ name: '*' }], enabled: [{ name: NodeResourcesFit, weight: 5 }] } }",
      weights,
      { NodeResourcesFit: 5 },
    ],
    [
      "asks one plugin first",
      "{ filter: { enabled: [{ name: NodePorts }] } }",
      profile => filters(profile)[0],
      "NodePorts",
    ],
    [
      "has no preemption",
      "{ postFilter: { disabled: [{ name: DefaultPreemption }] } }",
      ({ postFilter }) => postFilter.map(({ name }) => name),
      ["DynamicResources"],
    ],
  ])("%s", (_, plugins, of, expected) => {
    const [profile] = profiles(`profiles: [{ plugins: ${plugins} }]`);
    expect(profile && of(profile)).toEqual(expected);
  });

  test("has several profiles, each with its own plugins, and one of its own", () => {
    const [plain, packing] = profiles(`
profiles:
- schedulerName: default-scheduler
- schedulerName: bin-packing
  percentageOfNodesToScore: 100
  plugins: { multiPoint: { enabled: [{ name: Even }] } }
  pluginConfig:
  - { name: Even, args: { module: ./even.ts } }
  - { name: NodeResourcesFit, args: { scoringStrategy: { type: MostAllocated } } }
`);
    expect(plain && filters(plain)).not.toContain("Even");
    expect(packing && filters(packing)).toContain("Even");
    expect(packing && weights(packing)).toEqual({ ...defaultWeights, Even: 1 });
    expect(packing?.percentageOfNodesToScore).toBe(100);
  });
});

describe("a configuration is refused", () => {
  const args = (name: string, given: string) =>
    `profiles: [{ pluginConfig: [{ name: ${name}, args: ${given} }] }]`;
  const config = "profiles[0].pluginConfig[0].args";
  test.each<[string, string, string]>([
    [
      "parallelism",
      "parallelism: 0",
      "parallelism: Invalid value: 0: should be an integer value greater than zero",
    ],
    [
      "percentage",
      "percentageOfNodesToScore: 101",
      "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]",
    ],
    [
      "back-off",
      "podInitialBackoffSeconds: 0",
      "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0",
    ],
    [
      "longest back-off",
      "podInitialBackoffSeconds: 5\npodMaxBackoffSeconds: 2",
      "podMaxBackoffSeconds: Invalid value: 2: must be greater than or equal to PodInitialBackoffSeconds",
    ],
    ["names", "profiles: [{}, {}]", "profiles[0].schedulerName: Required value"],
    [
      "one name twice",
      "profiles: [{ schedulerName: a }, { schedulerName: a }]",
      'profiles[1].schedulerName: Duplicate value: "profiles[0].schedulerName"',
    ],
    [
      "unknown plugin",
      "profiles: [{ plugins: { filter: { enabled: [{ name: Evn }] } } }]",
      'profiles[0].plugins.filter.enabled[0].name: Invalid value: "Evn": plugin does not exist',
    ],
    [
      "removed plugin",
      "profiles: [{ plugins: { filter: { enabled: [{ name: EBSLimits }] } } }]",
      'was invalid in version "kubescheduler.config.k8s.io/v1" (KubeSchedulerConfiguration is version "kubescheduler.config.k8s.io/v1")',
    ],
    ["extenders", "extenders: [{ urlPrefix: http://x }]", "extenders: Forbidden"],
    [
      "strategy",
      args("NodeResourcesFit", "{ scoringStrategy: { type: Most } }"),
      `${config}.scoringStrategy.type: Unsupported value: "Most"`,
    ],
    [
      "weight of a resource",
      args(
        "NodeResourcesFit",
        "{ scoringStrategy: { type: LeastAllocated, resources: [{ name: cpu, weight: 101 }] } }",
      ),
      `${config}.scoringStrategy.resources[0].weight: Invalid value: 101: resource weight of cpu not in valid range (0, 100]`,
    ],
    [
      "shape",
      args(
        "NodeResourcesFit",
        "{ scoringStrategy: { type: RequestedToCapacityRatio, requestedToCapacityRatio: { shape: [{ utilization: 0, score: 11 }] } } }",
      ),
      `${config}.scoringStrategy.requestedToCapacityRatio.shape[0].score: Invalid value: 11: not in valid range [0, 10]`,
    ],
    [
      "no shape",
      args("NodeResourcesFit", "{ scoringStrategy: { type: RequestedToCapacityRatio } }"),
      `${config}.scoringStrategy.requestedToCapacityRatio: Required value: must be specified when type is RequestedToCapacityRatio`,
    ],
    [
      "hard weight",
      args("InterPodAffinity", "{ hardPodAffinityWeight: 101 }"),
      `${config}.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]`,
    ],
    [
      "constraints of the system",
      args(
        "PodTopologySpread",
        "{ defaultConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }] }",
      ),
      `${config}.defaultingType: Invalid value: "System": when .defaultConstraints are not empty`,
    ],
    [
      "a selector of a constraint",
      args(
        "PodTopologySpread",
        "{ defaultingType: List, defaultConstraints: [{ maxSkew: 0, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {} }] }",
      ),
      `${config}.defaultConstraints[0].labelSelector: Forbidden: constraint must not define a selector`,
    ],
    [
      "candidates",
      args("DefaultPreemption", "{ minCandidateNodesPercentage: 0, minCandidateNodesAbsolute: 0 }"),
      `${config}.minCandidateNodesPercentage: Invalid value: 0: cannot be zero at the same time as minCandidateNodesAbsolute`,
    ],
    [
      "a field that there is not",
      args("InterPodAffinity", "{ hardPodAfinityWeight: 1 }"),
      "hardPodAfinityWeight",
    ],
    ["a field that there is not, of the whole", "profile: []", "profile"],
    [
      "a plugin at a point that it knows nothing of",
      "profiles: [{ plugins: { filter: { enabled: [{ name: ImageLocality }] } } }]",
      'profiles[0].plugins.filter.enabled[0].name: Invalid value: "ImageLocality": plugin does not extend FilterPlugin plugin',
    ],
    [
      "a queue in no order",
      "profiles: [{ plugins: { queueSort: { disabled: [{ name: '*' }] } } }]",
      'profiles[0].plugins.queueSort: Required value: only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 0',
    ],
    [
      "no binding",
      "profiles: [{ schedulerName: mine, plugins: { multiPoint: { disabled: [{ name: DefaultBinder }] } } }]",
      'profiles[0].plugins.bind: Required value: at least one bind plugin is needed for profile with scheduler name "mine"',
    ],
    [
      "arguments of another plugin",
      args("NodeResourcesFit", "{ kind: InterPodAffinityArgs }"),
      `${config}.kind: Invalid value: "InterPodAffinityArgs": args for plugin NodeResourcesFit were not of type NodeResourcesFitArgs.kubescheduler.config.k8s.io, got InterPodAffinityArgs.kubescheduler.config.k8s.io`,
    ],
    [
      "a time limit",
      args("Mine", "{ module: ./mine.ts, timeoutMs: -5 }"),
      `${config}.timeoutMs: Invalid value: -5: must be a number of milliseconds greater than 0`,
    ],
  ])("%s", (_, yaml, problem) => {
    expect(() => read(yaml)).toThrow(problem);
    expect(() => read(yaml)).toThrow(ApiError);
  });

  test("with the line and column, every problem at once", () => {
    expect(() => read("parallelism: 0\npercentageOfNodesToScore: 101\n")).toThrow(
      /scheduler\.yaml:3:14[\s\S]*scheduler\.yaml:4:27/,
    );
    expect(() => readSchedulerConfiguration("apiVersion: v1\nkind: Pod\n", "s.yaml")).toThrow(/s\.yaml/);
    expect(() => readSchedulerConfiguration("apiVersion: v1\nkind: Pod\n", "s.yaml")).not.toThrow(/metadata/);
    expect(() => readSchedulerConfiguration("", "s.yaml")).toThrow("s.yaml must hold one");
  });
});
