/** What is told of a pod that waits: what each plugin would have changed, with the figures; scores; what preemption could do. */
import { describe, expect, test } from "vitest";
import type {
  Affinity,
  KubernetesObject,
  Node,
  Pod,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from "../resources/index.ts";
import { profilesOf } from "./configuration.ts";
import { diagnosis } from "./diagnosis.ts";
import type { Plugin } from "./framework.ts";
import type { Profile } from "./profile.ts";
import { aNode, aPod, asking, handleOf } from "./test-plugins.ts";

const named = (name: string, spec: Partial<PodSpec>, labels: Record<string, string> = {}): Pod => {
  const made = aPod(spec, labels);
  return { ...made, metadata: { ...made.metadata, name } };
};
const web = { app: "web" };
const nodes = [
  aNode("node-1", { zone: "a" }),
  aNode("node-2", { zone: "a" }),
  aNode("node-3", { zone: "b" }),
  aNode("node-4"),
];
const on = (nodeName: string, name: string, spec: Partial<PodSpec> = {}, labels = web) =>
  named(name, { nodeName, ...spec }, labels);

const profile = (args: { readonly name: string; readonly args: Record<string, unknown> }[] = []): Profile => {
  const [made] = profilesOf({ profiles: [{ pluginConfig: args }] } as never, name => ({ name }));
  if (!made) throw new Error("there is always a profile");
  return made;
};

async function told(
  asked: Pod,
  given: readonly Node[],
  pods: readonly Pod[] = [],
  objects: readonly KubernetesObject[] = [],
  by = profile(),
): Promise<Record<string, readonly string[]>> {
  const reports = await diagnosis(asked, by, handleOf(given, pods, objects));
  return Object.fromEntries(reports.map(({ node, remedies }) => [node, remedies]));
}

describe("what would have to change", () => {
  const spread = (more: Partial<TopologySpreadConstraint> = {}): Partial<PodSpec> => ({
    topologySpreadConstraints: [
      {
        ...{ topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
        ...{ labelSelector: { matchLabels: web }, ...more },
      },
    ],
  });
  const term = (topologyKey: string, labels: Record<string, string>): PodAffinityTerm => ({
    topologyKey,
    labelSelector: { matchLabels: labels },
  });
  const near = (...terms: PodAffinityTerm[]): Affinity => ({
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
  });
  const away = (...terms: PodAffinityTerm[]): Affinity => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
  });
  const noZone = "the label zone (it has none)";
  const two = [on("node-1", "web-1"), on("node-2", "web-2")];
  const ports = (hostPort: number, protocol?: "UDP"): Partial<PodSpec> => ({
    containers: [{ name: "app", ports: [{ containerPort: 80, hostPort, ...(protocol && { protocol }) }] }],
  });
  const wants = (key: string, operator: string, ...values: string[]) => ({
    matchExpressions: [{ key, operator, values }],
  });
  const suited = (...nodeSelectorTerms: ReturnType<typeof wants>[]): Partial<PodSpec> => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });

  const rows: [string, Pod, readonly Pod[], Record<string, readonly string[]>][] = [
    [
      "spread: the domain is too far ahead, or there is none",
      aPod(spread(), web),
      two,
      {
        "node-1": [
          "at most 0 of the pods with app=web in zone=a (it has 2; maxSkew is 1, and the fewest are 0, in zone=b)",
        ],
        "node-2": [
          "at most 0 of the pods with app=web in zone=a (it has 2; maxSkew is 1, and the fewest are 0, in zone=b)",
        ],
        "node-4": [`${noZone}, over which the pod is to be spread`],
      },
    ],
    [
      "spread: a pod that its own constraint does not mean",
      aPod(spread({ maxSkew: 2 })),
      [...two, on("node-1", "web-3")],
      {
        "node-1": [
          "a place among its pods, of which it may have 2 and has 2",
          "at most 2 of the pods with app=web in zone=a (it has 3; maxSkew is 2, and the fewest are 0, in zone=b)",
        ],
        "node-2": [
          "at most 2 of the pods with app=web in zone=a (it has 3; maxSkew is 2, and the fewest are 0, in zone=b)",
        ],
        "node-4": [`${noZone}, over which the pod is to be spread`],
      },
    ],
    [
      "spread: too few domains",
      aPod(spread({ minDomains: 3 }), web),
      [...two, on("node-3", "web-3")],
      {
        "node-3": [
          "at most 0 of the pods with app=web in zone=b (it has 1; maxSkew is 1, and the fewest are taken to be 0: of domains there are 2, and minDomains is 3)",
        ],
      },
    ],
    [
      "affinity: there is no such pod in the domain",
      aPod({ affinity: near(term("zone", { app: "db" })) }),
      [on("node-3", "db-0", {}, { app: "db" })],
      {
        "node-1": ["a pod with app=db in zone=a (such pods are in zone=b)"],
        "node-4": [`${noZone}, by which the pod wants others near`],
      },
    ],
    [
      "affinity: there is no such pod at all, and of two terms one that has both",
      aPod({ affinity: near(term("zone", { app: "db" }), term("zone", { tier: "back" })) }),
      [on("node-3", "db-0", {}, { app: "db" })],
      { "node-3": ["a pod with app=db and with tier=back in zone=b (there is none on any node)"] },
    ],
    [
      "anti-affinity: which pod is there, and where",
      aPod({ affinity: away(term("zone", web)) }),
      [on("node-1", "web-1")],
      {
        "node-1": ["no pod with app=web in zone=a, where now is demo/web-1 on node-1"],
        "node-2": ["no pod with app=web in zone=a, where now is demo/web-1 on node-1"],
      },
    ],
    [
      "anti-affinity: which pod keeps it away",
      aPod({}, web),
      [on("node-2", "db-0", { affinity: away(term("zone", web)) }, { app: "db" })],
      {
        "node-1": ["no pod in zone=a that wants none with app=web near it, as demo/db-0 on node-2 does"],
        "node-3": [],
      },
    ],
    [
      "ports: which pod has it, of the same protocol",
      aPod(ports(53, "UDP")),
      [on("node-1", "dns", ports(53, "UDP")), on("node-2", "tcp", ports(53))],
      { "node-1": ["the port 53/UDP is free, which demo/dns has"], "node-2": [] },
    ],
    [
      "node affinity: one of its terms, and what each lacks",
      aPod(suited(wants("zone", "In", "b", "c"), wants("disk", "Exists"))),
      [],
      {
        "node-1": ["the label zone in (b,c) (it has a), or the label disk (it has none)"],
        "node-3": [],
        "node-4": ["the label zone in (b,c) (it has none), or the label disk (it has none)"],
      },
    ],
    [
      "resources: how much of what, as Kubernetes writes it",
      aPod(asking("1500m", { memory: "1536Mi", "example.com/gpu": "1" })),
      [on("node-1", "one", asking("1", { "example.com/gpu": "1" }))],
      {
        "node-1": [
          "500m more cpu (it requests 1500m; 1000m of 2000m are free)",
          "512Mi more memory (it requests 1536Mi; 1Gi of 1Gi are free, and even an empty node has too little)",
          "1 more example.com/gpu (it requests 1; 0 of 1 are free)",
        ],
      },
    ],
    [
      "a node by name",
      aPod({ nodeName: "node-9" }),
      [],
      { "node-1": ["the pod names the node node-9: it goes there or nowhere"] },
    ],
  ];
  test.each(rows)("%s", async (_, asked, pods, expected) => {
    expect(await told(asked, nodes, pods)).toMatchObject(expected);
  });

  test("what the profile demands of all pods", async () => {
    const addedAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [wants("zone", "In", "b")] },
    };
    const by = profile([{ name: "NodeAffinity", args: { addedAffinity } }]);
    expect(await told(aPod(), nodes, [], [], by)).toMatchObject({
      "node-1": ["the label zone in (b) (it has a), which the profile demands of every pod"],
    });
  });

  const claim = (name: string, more: object = {}, spec: object = {}): KubernetesObject =>
    ({
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: "demo", ...more } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
    }) as never;
  const bound = (name: string, volumeName: string, accessMode = "ReadWriteOnce") =>
    ({
      ...claim(name, {}, { volumeName, accessModes: [accessMode] }),
      status: { phase: "Bound" },
    }) as KubernetesObject;
  const volume = (name: string, labels: Record<string, string>, spec: object = {}) =>
    ({ apiVersion: "v1", kind: "PersistentVolume", metadata: { name, labels }, spec }) as never;
  const using = (claimName: string): Partial<PodSpec> => ({
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
  });
  const zone = "topology.kubernetes.io/zone";
  const inZones = [aNode("node-1", { [zone]: "a" }), aNode("node-2", { [zone]: "b" })];
  const volumes: [string, Pod, readonly KubernetesObject[], readonly Pod[], readonly string[]][] = [
    [
      "a claim that is not there",
      aPod(using("data")),
      [],
      [],
      ["the claim data is made: there is no PersistentVolumeClaim of this name"],
    ],
    [
      "a claim of its own that is not there",
      named("p", { volumes: [{ name: "data", ephemeral: {} }] }),
      [],
      [],
      ["the claim p-data is made, which the ephemeral volume controller does"],
    ],
    [
      "a claim that goes",
      aPod(using("data")),
      [claim("data", { deletionTimestamp: "2026-01-01T00:00:00Z" })],
      [],
      ["another claim data is made: this one is being deleted"],
    ],
    [
      "a claim that lost its volume",
      aPod(using("data")),
      [{ ...claim("data", {}, { volumeName: "pv-1" }), status: { phase: "Lost" } } as never],
      [],
      ["another claim data is made: the volume pv-1 of this one is gone"],
    ],
    [
      "a claim without a volume",
      aPod(using("data")),
      [claim("data", {}, { storageClassName: "fast" })],
      [],
      [
        "the claim data is bound to a volume: it asks for 1Gi, ReadWriteOnce, of the class fast (which is not there)",
      ],
    ],
    [
      "a volume that can be had elsewhere",
      aPod(using("data")),
      [
        bound("data", "pv-1"),
        volume("pv-1", {}, { nodeAffinity: { required: { nodeSelectorTerms: [wants(zone, "In", "b")] } } }),
      ],
      [],
      [`the label ${zone} in (b) (it has a), where the volume pv-1 of the claim data can be had`],
    ],
    [
      "a volume of another zone",
      aPod(using("data")),
      [bound("data", "pv-1"), volume("pv-1", { [zone]: "b__c" })],
      [],
      [`the label ${zone} in (b,c) (it has a), where the volume pv-1 of the claim data can be had`],
    ],
    [
      "a claim that another pod has",
      aPod(using("data")),
      [bound("data", "pv-1", "ReadWriteOncePod"), volume("pv-1", {})],
      [on("node-2", "other", using("data"))],
      ["the claim data (ReadWriteOncePod) is free, which demo/other has"],
    ],
  ];
  test.each(volumes)("volumes: %s", async (_, asked, objects, pods, expected) => {
    expect((await told(asked, inZones, pods, objects))["node-1"]).toEqual(expected);
  });

  test("a plugin of a user in its own words, and where it lies", async () => {
    const own: Plugin = {
      name: "Mine",
      module: "./mine.ts",
      preFilter: () => ({ filter: () => ({ reasons: ["node(s) had no luck"], isFinal: false }) }),
    };
    const failing: Plugin = { name: "Odd", preFilter: () => Promise.reject(new Error("it spins")) };
    const by = { ...profile(), filter: [own, failing] };
    expect(await told(aPod(), nodes.slice(0, 1), [], [], by)).toEqual({
      "node-1": ["Mine (./mine.ts): node(s) had no luck", "Odd: it spins"],
    });
  });
});

describe("scores", () => {
  test("of the nodes that can take it", async () => {
    const reports = await diagnosis(
      aPod({ nodeSelector: { zone: "a" }, ...asking("1") }),
      profile(),
      handleOf(nodes, [on("node-1", "one", asking("500m"))]),
    );
    expect(
      reports.map(({ node, scores, total }) => [node, scores.NodeResourcesFit, total !== undefined]),
    ).toEqual([
      ["node-2", 65, true],
      ["node-1", 42, true],
      ["node-3", undefined, false],
      ["node-4", undefined, false],
    ]);
  });

  test("a plugin that fails at scoring leaves no node", async () => {
    const odd: Plugin = { name: "Odd", preScore: () => Promise.reject(new Error("it spins")) };
    const by = { ...profile(), score: [{ plugin: odd, weight: 1 }] };
    const reports = await diagnosis(aPod(), by, handleOf(nodes.slice(0, 2)));
    expect(reports.map(({ refusals }) => refusals)).toEqual(
      Array(2).fill({ Odd: ['running "Odd" score plugin: it spins'] }),
    );
  });
});

describe("preemption", () => {
  const one = nodes.slice(0, 1);
  const important = (spec: Partial<PodSpec> = {}) => aPod({ priority: 5, ...asking("2"), ...spec });
  const budget = (): KubernetesObject =>
    ({
      ...{
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "web", namespace: "demo" },
      },
      ...{ spec: { selector: { matchLabels: web } }, status: { disruptionsAllowed: 0 } },
    }) as never;
  const rows: [string, Pod, Pod[], KubernetesObject[], string | undefined][] = [
    [
      "not for a pod that may not",
      important({ preemptionPolicy: "Never" }),
      [on("node-1", "low", asking("1"))],
      [],
      "not tried: the pod's preemptionPolicy is Never",
    ],
    [
      "not where no pod that goes would help",
      important({ nodeSelector: { disk: "ssd" } }),
      [on("node-1", "low", asking("1"))],
      [],
      "no pod that goes would help",
    ],
    [
      "not where all are as important",
      important(),
      [on("node-1", "equal", { priority: 5, ...asking("1") })],
      [],
      "no pod there is less important (of a priority below 5)",
    ],
    [
      "not where it is not enough",
      important(),
      [on("node-1", "equal", { priority: 5, ...asking("1") }), on("node-1", "low", asking("1"))],
      [],
      "it would not fit without the one less important pod either: Insufficient cpu",
    ],
    [
      "of the fewest",
      important(),
      [on("node-1", "low", asking("1")), on("node-1", "idle")],
      [],
      "demo/low would have to go",
    ],
    [
      "of one that a budget guards",
      important(),
      [on("node-1", "low", asking("1"))],
      [budget()],
      "demo/low would have to go, of which a disruption budget guards 1",
    ],
    ["is not asked for where the pod fits", aPod({ priority: 5 }), [], [], undefined],
  ];
  test.each(rows)("%s", async (_, asked, pods, objects, expected) => {
    const [report] = await diagnosis(asked, profile(), handleOf(one, pods, objects));
    expect(report?.preemption).toBe(expected);
  });
});
