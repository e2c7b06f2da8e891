/** The plugins that ask about the pods around a pod: InterPodAffinity and PodTopologySpread. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type {
  Affinity,
  KubernetesObject,
  Pod,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from "../../resources/index.ts";
import { aNode, aPod, handleOf, refusals, scores } from "../test-plugins.ts";
import { interPodAffinity } from "./inter-pod-affinity.ts";
import { podTopologySpread } from "./pod-topology-spread.ts";

const nodes = [
  aNode("node-1", { zone: "a" }),
  aNode("node-2", { zone: "a" }),
  aNode("node-3", { zone: "b" }),
];
const web = { app: "web" };
const host = "kubernetes.io/hostname";
const onNode1 = (spec: Partial<PodSpec> = {}, labels: Record<string, string> = web) =>
  aPod({ nodeName: "node-1", ...spec }, labels);

type Term = Partial<PodAffinityTerm>;
const term = (topologyKey: string, more: Term = {}): PodAffinityTerm => ({
  topologyKey,
  labelSelector: { matchLabels: web },
  ...more,
});
const near = (key: string, more?: Term): Affinity => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(key, more)] },
});
const away = (key: string, more?: Term): Affinity => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(key, more)] },
});

describe("InterPodAffinity requires", () => {
  const tooFar = "node(s) didn't match pod affinity rules";
  const tooNear = "node(s) didn't match pod anti-affinity rules";
  const unwelcome = "node(s) didn't satisfy existing pods anti-affinity rules";
  const both: Affinity = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        term("zone"),
        term(host, { labelSelector: { matchLabels: { tier: "front" } } }),
      ],
    },
  };
  const old = { app: "web", version: "1" };
  const versions = (keys: Term) => ({ ...keys, labelSelector: { matchLabels: web } });
  const rows: [string, Pod, Pod[], string[]][] = [
    ["away from others, on a node", aPod({ affinity: away(host) }), [onNode1()], [tooNear, "", ""]],
    ["away from others, in a zone", aPod({ affinity: away("zone") }), [onNode1()], [tooNear, tooNear, ""]],
    [
      "kept away by one that is there",
      aPod({}, web),
      [onNode1({ affinity: away("zone") })],
      [unwelcome, unwelcome, ""],
    ],
    ["not meant by one that is there", aPod(), [onNode1({ affinity: away("zone") })], ["", "", ""]],
    ["near others, on a node", aPod({ affinity: near(host) }), [onNode1()], ["", tooFar, tooFar]],
    ["near others, in a zone", aPod({ affinity: near("zone") }), [onNode1()], ["", "", tooFar]],
    ["near others, of which there is none", aPod({ affinity: near("zone") }), [], [tooFar, tooFar, tooFar]],
    ["near its own, as the first", aPod({ affinity: near("zone") }, web), [], ["", "", ""]],
    [
      "near its own, by a label that no node has",
      aPod({ affinity: near("rack") }, web),
      [],
      Array(3).fill(tooFar),
    ],
    [
      "near others, by a name that objects have",
      aPod({ affinity: near("toString") }, web),
      [],
      Array(3).fill(tooFar),
    ],
    [
      "near one that all terms mean",
      aPod({ affinity: both }),
      [onNode1(), onNode1({}, { tier: "front" })],
      Array(3).fill(tooFar),
    ],
    [
      "near one that all terms mean, which is there",
      aPod({ affinity: both }),
      [onNode1({}, { ...web, tier: "front" })],
      ["", tooFar, tooFar],
    ],
    [
      "away from those of its own version",
      aPod({ affinity: away(host, versions({ matchLabelKeys: ["version"] })) }, { ...web, version: "2" }),
      [onNode1({}, old)],
      ["", "", ""],
    ],
    [
      "away from those of other versions",
      aPod({ affinity: away(host, versions({ mismatchLabelKeys: ["version"] })) }, { ...web, version: "2" }),
      [onNode1({}, old)],
      [tooNear, "", ""],
    ],
  ];
  test.each(rows)("%s", (_, asked, others, expected) => {
    expect(refusals(interPodAffinity(), asked, nodes, others)).toEqual(expected);
  });

  const elsewhere: Pod = (() => {
    const other = onNode1();
    return { ...other, metadata: { ...other.metadata, namespace: "elsewhere" } };
  })();
  const namespace = {
    ...{ apiVersion: "v1", kind: "Namespace" },
    metadata: { name: "elsewhere", labels: { team: "red" } },
  } as unknown as KubernetesObject;
  test.each<[string, Term, string]>([
    ["not where none is named", {}, ""],
    ["where it is named", { namespaces: ["elsewhere"] }, tooNear],
    ["where its labels are selected", { namespaceSelector: { matchLabels: { team: "red" } } }, tooNear],
    ["not where others are selected", { namespaceSelector: { matchLabels: { team: "blue" } } }, ""],
    ["where all are meant", { namespaceSelector: {} }, tooNear],
    [
      "by the name that it has by nature",
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elsewhere" } } },
      tooNear,
    ],
  ])("pods of another namespace count %s", (_, more, refusal) => {
    const asked = aPod({ affinity: away(host, more) });
    expect(refusals(interPodAffinity(), asked, nodes, [elsewhere], [namespace])).toEqual([refusal, "", ""]);
  });
});

describe("InterPodAffinity prefers", () => {
  const preferring = (kind: "podAffinity" | "podAntiAffinity", weight = 10): Partial<PodSpec> => ({
    affinity: {
      [kind]: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term("zone") }],
      },
    },
  });
  test.each<[string, Pod, Pod[], number[] | undefined]>([
    ["near others", aPod(preferring("podAffinity")), [onNode1()], [100, 100, 0]],
    ["away from others", aPod(preferring("podAntiAffinity")), [onNode1()], [0, 0, 100]],
    ["what others prefer of it", aPod({}, web), [onNode1(preferring("podAntiAffinity"))], [0, 0, 100]],
    ["near one that requires it", aPod({}, web), [onNode1({ affinity: near("zone") })], [100, 100, 0]],
    [
      "near more others: between the lowest and the highest of the nodes",
      aPod(preferring("podAffinity")),
      [onNode1(), onNode1(), aPod({ nodeName: "node-3" }, web)],
      [100, 100, 0],
    ],
    [
      "away from fewer others",
      aPod(preferring("podAntiAffinity")),
      [onNode1(), onNode1(), aPod({ nodeName: "node-3" }, web)],
      [0, 0, 100],
    ],
    ["nothing, and nothing is asked of it", aPod({}, web), [onNode1()], undefined],
  ])("%s", (_, asked, others, expected) => {
    expect(scores(interPodAffinity(), asked, nodes, others)).toEqual(expected);
  });

  test("what the arguments make of others' terms", () => {
    const requiring = onNode1({ affinity: near("zone") });
    expect(
      scores(interPodAffinity({ hardPodAffinityWeight: 0 }), aPod({}, web), nodes, [requiring]),
    ).toBeUndefined();
    const plugin = interPodAffinity({ ignorePreferredTermsOfExistingPods: true });
    // One that prefers nothing itself is not scored at all; of one that does, everything counts.
    const preferred = onNode1(preferring("podAffinity"));
    expect(scores(plugin, aPod({}, web), nodes, [preferred])).toBeUndefined();
    expect(scores(plugin, aPod({}, web), nodes, [requiring])).toBeUndefined();
    const db = { labelSelector: { matchLabels: { app: "db" } } };
    const preference = [{ weight: 1, podAffinityTerm: term("zone", db) }];
    const asked = aPod(
      { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preference } } },
      web,
    );
    expect(scores(plugin, asked, nodes, [preferred])).toEqual([100, 100, 0]);
  });
});

describe("PodTopologySpread", () => {
  const uneven = "node(s) didn't match pod topology spread constraints";
  const constraint = (
    topologyKey: string,
    more: Partial<TopologySpreadConstraint> = {},
  ): TopologySpreadConstraint => ({
    ...{ topologyKey, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
    labelSelector: { matchLabels: web },
    ...more,
  });
  const evenly = (key: string, more?: Partial<TopologySpreadConstraint>, spec: Partial<PodSpec> = {}) =>
    aPod({ topologySpreadConstraints: [constraint(key, more)], ...spec }, web);
  const going = (pod: Pod): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  });
  const onlyA = { nodeSelector: { zone: "a" } };
  const rows: [string, Pod, Pod[], string[]][] = [
    ["over zones", evenly("zone"), [onNode1()], [uneven, uneven, ""]],
    ["with some play", evenly("zone", { maxSkew: 2 }), [onNode1()], ["", "", ""]],
    ["over nodes", evenly(host), [onNode1()], [uneven, "", ""]],
    ["pods that are going do not count", evenly(host), [going(onNode1())], ["", "", ""]],
    ["a label that no node has", evenly("rack"), [], Array(3).fill(`${uneven} (missing required label)`)],
    [
      "fewer domains than there must be",
      evenly("zone", { minDomains: 3 }),
      [onNode1(), aPod({ nodeName: "node-3" }, web)],
      Array(3).fill(uneven),
    ],
    ["nodes that it would not go to make no domain", evenly("zone", {}, onlyA), [onNode1()], ["", "", ""]],
    [
      "but they do where that is ignored",
      evenly("zone", { nodeAffinityPolicy: "Ignore" }, onlyA),
      [onNode1()],
      [uneven, uneven, ""],
    ],
    [
      "only those of its own version",
      aPod(
        { topologySpreadConstraints: [constraint(host, { matchLabelKeys: ["version"] })] },
        { ...web, version: "2" },
      ),
      [onNode1({}, { ...web, version: "1" })],
      ["", "", ""],
    ],
    [
      "two constraints at once",
      aPod({ topologySpreadConstraints: [constraint("zone"), constraint(host)] }, web),
      [onNode1(), aPod({ nodeName: "node-3" }, web)],
      [uneven, "", uneven],
    ],
  ];
  test.each(rows)("%s", (_, asked, others, expected) => {
    expect(refusals(podTopologySpread(), asked, nodes, others)).toEqual(expected);
  });

  test("tainted nodes make no domain where that is asked for", () => {
    const tainted = [
      ...nodes.slice(0, 2),
      aNode("node-3", { zone: "b" }, { taints: [{ key: "x", effect: "NoSchedule" }] }),
    ];
    expect(refusals(podTopologySpread(), evenly("zone"), tainted, [onNode1()])).toEqual([uneven, uneven, ""]);
    const asked = evenly("zone", { nodeTaintsPolicy: "Honor" });
    expect(refusals(podTopologySpread(), asked, tainted, [onNode1()])).toEqual(["", "", ""]);
  });

  const service = {
    ...{ apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "demo" } },
    spec: { selector: web },
  } as unknown as KubernetesObject;

  test("prefers even nodes, and spreads the pods of a Service where nothing is said", () => {
    const asked = evenly(host, { whenUnsatisfiable: "ScheduleAnyway" });
    expect(scores(podTopologySpread(), asked, nodes, [onNode1()])).toEqual([0, 100, 100]);
    const [full = 0, ...free] =
      scores(podTopologySpread(), aPod({}, web), nodes, [onNode1(), onNode1()], [service]) ?? [];
    expect(free.every(score => score > full)).toBe(true);
    expect(scores(podTopologySpread(), aPod({}, web), nodes, [onNode1()])).toBeUndefined();
  });

  test("takes the constraints of the profile for pods without their own", () => {
    const { labelSelector: _, ...own } = constraint("zone");
    const plugin = podTopologySpread({ defaultingType: "List", defaultConstraints: [own] });
    expect(refusals(plugin, aPod({}, web), nodes, [onNode1()], [service])).toEqual([uneven, uneven, ""]);
    expect(refusals(plugin, aPod({}, web), nodes, [onNode1()])).toEqual(["", "", ""]);
  });
});

test("what is counted step by step is what a count from the beginning finds", () => {
  const pods = fc.array(
    fc.record({ node: fc.nat(2), app: fc.constantFrom("web", "db"), away: fc.boolean(), goes: fc.boolean() }),
    { maxLength: 12 },
  );
  const asked = [
    aPod({ affinity: away("zone") }, web),
    aPod({ affinity: near(host) }, web),
    aPod(
      {
        topologySpreadConstraints: [
          {
            topologyKey: "zone",
            maxSkew: 1,
            whenUnsatisfiable: "DoNotSchedule",
            labelSelector: { matchLabels: web },
          },
        ],
      },
      web,
    ),
  ];
  const plugins = [interPodAffinity(), podTopologySpread()];
  fc.assert(
    fc.property(pods, script => {
      const { snapshot, ...rest } = handleOf(nodes);
      const handle = { snapshot, ...rest };
      const answers = (world: typeof handle) =>
        asked.flatMap(pod =>
          plugins.flatMap(plugin => {
            const result = plugin.preFilter?.(pod, world);
            if (result instanceof Promise) return [];
            return nodes.map(({ metadata }) => {
              const nodeInfo = world.snapshot.nodeInfo(metadata.name);
              return nodeInfo && (result?.filter?.(nodeInfo)?.reasons.join() ?? "");
            });
          }),
        );
      const left: Pod[] = [];
      for (const { node, app, away: isAway, goes } of script) {
        const pod = aPod({ nodeName: `node-${node + 1}`, ...(isAway && { affinity: away(host) }) }, { app });
        const change = { key: { kind: "Pod", namespace: "demo", name: pod.metadata.name }, object: pod };
        snapshot.apply({ type: "ADDED", ...change } as never);
        if (goes) snapshot.apply({ type: "DELETED", ...change } as never);
        else left.push(pod);
        expect(answers(handle)).toEqual(answers(handleOf(nodes, left)));
      }
    }),
    { numRuns: 40 },
  );
});
