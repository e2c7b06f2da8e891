import { describe, expect, test } from "vitest";
import { node, pod } from "../loop/test-cluster.ts";
import type {
  Affinity,
  Node,
  NodeSelectorRequirement,
  Pod,
  PodSpec,
  Taint,
  Toleration,
} from "../resources/index.ts";
import { explain } from "./explain.ts";
import { type PodInfo, type Refusal, refusalOf } from "./filters.ts";
import { interPodFilters } from "./neighbours.ts";
import type { NodeInfo } from "./node-info.ts";
import { requestsOf } from "./requests.ts";
import { Snapshot } from "./snapshot.ts";

let uids = 0;

/** As it would be read from the store. */
function aPod(spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod {
  return pod(`p${uids}`, { uid: `${uids++}`, labels }, spec) as Pod;
}

function aNode(name: string, labels: Record<string, string> = {}, spec: Node["spec"] = {}): Node {
  const draft = node(name, { cpu: "2", memory: "1Gi", pods: "2", "example.com/gpu": "1" }, spec) as Node;
  return { ...draft, metadata: { ...draft.metadata, labels: { ...draft.metadata.labels, ...labels } } };
}

function asking(cpu: string, more: Record<string, string> = {}): Partial<PodSpec> {
  return { containers: [{ name: "app", resources: { requests: { cpu, ...more } } }] };
}

/** Why each node refuses the pod; "" where it does not. */
function refusals(asked: Pod, nodes: readonly Node[], pods: readonly Pod[] = []): string[] {
  const snapshot = new Snapshot();
  snapshot.fill(nodes, pods);
  const own = interPodFilters(asked, snapshot);
  const podInfo: PodInfo = { pod: asked, requests: requestsOf(asked), owner: undefined, own };
  return snapshot.nodeInfos.map((nodeInfo: NodeInfo) => refusalOf(podInfo, nodeInfo)?.reasons.join() ?? "");
}

describe("room", () => {
  const rows: [string, Partial<PodSpec>, string][] = [
    ["nothing in particular", {}, ""],
    ["all there is", asking("2", { memory: "1Gi" }), ""],
    ["a bit more", asking("2001m"), "Insufficient cpu"],
    ["too much of two things", asking("3", { memory: "2Gi" }), "Insufficient cpu,Insufficient memory"],
    ["a device", asking("0", { "example.com/gpu": "1" }), ""],
    ["two devices", asking("0", { "example.com/gpu": "2" }), "Insufficient example.com/gpu"],
    ["a device that nobody has", asking("0", { "example.com/tpu": "1" }), "Insufficient example.com/tpu"],
  ];
  test.each(rows)("for %s", (_, spec, refusal) => {
    expect(refusals(aPod(spec), [aNode("node-1")])).toEqual([refusal]);
  });

  test("is what others leave", () => {
    const other = aPod({ ...asking("1500m"), nodeName: "node-1" });
    expect(refusals(aPod(asking("600m")), [aNode("node-1")], [other])).toEqual(["Insufficient cpu"]);
    expect(refusals(aPod(asking("500m")), [aNode("node-1")], [other])).toEqual([""]);
  });

  test("is there again when a pod has ended, and pods are counted too", () => {
    const running = aPod({ nodeName: "node-1" });
    const ended = { ...aPod({ nodeName: "node-1" }), status: { phase: "Succeeded" } } as Pod;
    expect(refusals(aPod(), [aNode("node-1")], [running, ended])).toEqual([""]);
    expect(refusals(aPod(), [aNode("node-1")], [running, aPod({ nodeName: "node-1" })])).toEqual([
      "Too many pods",
    ]);
  });
});

describe("what a pod requests, cpu in thousandths", () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    name: "c",
    restartPolicy,
    resources: { requests: { cpu } },
  });
  const rows: [string, Partial<PodSpec>, number][] = [
    ["nothing", {}, 0],
    ["the sum of its containers", { containers: [container("1"), container("250m")] }, 1250],
    [
      "what a limit says, without a request",
      { containers: [{ name: "c", resources: { limits: { cpu: "1" } } }] },
      1000,
    ],
    [
      "the largest init container, if larger",
      { containers: [container("1")], initContainers: [container("3"), container("2")] },
      3000,
    ],
    [
      "its containers, if those are",
      { containers: [container("4")], initContainers: [container("3")] },
      4000,
    ],
    [
      "sidecars with its containers",
      { containers: [container("1")], initContainers: [container("1", "Always")] },
      2000,
    ],
    [
      "sidecars with the init containers after them",
      { containers: [container("1")], initContainers: [container("1", "Always"), container("3")] },
      4000,
    ],
    ["the overhead of its runtime", { containers: [container("1")], overhead: { cpu: "100m" } }, 1100],
  ];
  test.each(rows)("is %s", (_, spec, cpu) => {
    expect(requestsOf(aPod(spec)).cpu).toBe(cpu);
  });
});

describe("taints", () => {
  const taint = (effect: Taint["effect"], value?: string): Taint => ({ key: "gpu", effect, value });
  const refused = "node(s) had untolerated taint(s)";
  const rows: [string, Taint[], Toleration[], string][] = [
    ["none", [], [], ""],
    ["one that nobody tolerates", [taint("NoSchedule")], [], refused],
    ["one that drives away", [taint("NoExecute")], [], refused],
    ["one that only prefers", [taint("PreferNoSchedule")], [], ""],
    [
      "one that is tolerated by its key",
      [taint("NoSchedule", "a")],
      [{ key: "gpu", operator: "Exists" }],
      "",
    ],
    ["one that is tolerated by its value", [taint("NoSchedule", "a")], [{ key: "gpu", value: "a" }], ""],
    ["one of another value", [taint("NoSchedule", "a")], [{ key: "gpu", value: "b" }], refused],
    [
      "one of another effect",
      [taint("NoExecute")],
      [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }],
      refused,
    ],
    [
      "all, tolerated by who tolerates everything",
      [taint("NoExecute"), taint("NoSchedule")],
      [{ operator: "Exists" }],
      "",
    ],
  ];
  test.each(rows)("%s", (_, taints, tolerations, refusal) => {
    expect(refusals(aPod({ tolerations }), [aNode("node-1", {}, { taints })])).toEqual([refusal]);
  });

  test("a cordoned node takes only who tolerates that", () => {
    const nodes = [aNode("node-1", {}, { unschedulable: true })];
    expect(refusals(aPod(), nodes)).toEqual(["node(s) were unschedulable"]);
    const tolerations = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" as const }];
    expect(refusals(aPod({ tolerations }), nodes)).toEqual([""]);
  });
});

describe("labels of nodes", () => {
  const refused = "node(s) didn't match Pod's node affinity/selector";
  const insisting = (...terms: NodeSelectorRequirement[][]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: terms.map(matchExpressions => ({ matchExpressions })),
        },
      },
    },
  });
  const is = (key: string, operator: NodeSelectorRequirement["operator"], ...values: string[]) => ({
    key,
    operator,
    values,
  });
  const rows: [string, Partial<PodSpec>, boolean][] = [
    ["a selector that matches", { nodeSelector: { disk: "ssd" } }, true],
    ["a selector that does not", { nodeSelector: { disk: "hdd" } }, false],
    ["In", insisting([is("disk", "In", "hdd", "ssd")]), true],
    ["NotIn", insisting([is("disk", "NotIn", "ssd")]), false],
    ["NotIn, of a label that is not there", insisting([is("color", "NotIn", "red")]), true],
    ["Exists", insisting([is("disk", "Exists")]), true],
    ["DoesNotExist", insisting([is("disk", "DoesNotExist")]), false],
    ["Gt", insisting([is("cores", "Gt", "7")]), true],
    ["Lt", insisting([is("cores", "Lt", "8")]), false],
    ["all of a term", insisting([is("disk", "Exists"), is("color", "Exists")]), false],
    ["any of the terms", insisting([is("color", "Exists")], [is("disk", "Exists")]), true],
    ["a term that says nothing", insisting([]), false],
  ];
  test.each(rows)("%s", (_, spec, fits) => {
    expect(refusals(aPod(spec), [aNode("node-1", { disk: "ssd", cores: "8" })])).toEqual([
      fits ? "" : refused,
    ]);
  });
});

describe("neighbours", () => {
  const nodes = [
    aNode("node-1", { zone: "a" }),
    aNode("node-2", { zone: "a" }),
    aNode("node-3", { zone: "b" }),
  ];
  const web = { app: "web" };
  const term = (topologyKey: string) => [{ topologyKey, labelSelector: { matchLabels: web } }];
  const near = (key: string): Affinity => ({
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term(key) },
  });
  const away = (key: string): Affinity => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term(key) },
  });
  const onNode1 = (spec: Partial<PodSpec> = {}) => aPod({ nodeName: "node-1", ...spec }, web);
  const tooFar = "node(s) didn't match pod affinity rules";
  const tooNear = "node(s) didn't match pod anti-affinity rules";
  const unwelcome = "node(s) didn't satisfy existing pods anti-affinity rules";
  const uneven = "node(s) didn't match pod topology spread constraints";
  const evenly = (topologyKey: string, maxSkew = 1): Partial<PodSpec> => ({
    topologySpreadConstraints: [
      { topologyKey, maxSkew, whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: web } },
    ],
  });
  const host = "kubernetes.io/hostname";

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
    ["evenly, over zones", aPod(evenly("zone"), web), [onNode1()], [uneven, uneven, ""]],
    ["evenly, with some play", aPod(evenly("zone", 2), web), [onNode1()], ["", "", ""]],
    [
      "near others, by a label that no node has",
      aPod({ affinity: near("toString") }, web),
      [],
      Array(3).fill(tooFar),
    ],
    [
      "evenly, over a label that no node has",
      aPod(evenly("rack"), web),
      [],
      Array(3).fill(`${uneven} (missing required label)`),
    ],
  ];
  test.each(rows)("%s", (_, asked, others, expected) => {
    expect(refusals(asked, nodes, others)).toEqual(expected);
  });

  test("those of other namespaces do not count, unless they are named", () => {
    const other = onNode1();
    const stranger: Pod = { ...other, metadata: { ...other.metadata, namespace: "elsewhere" } };
    expect(refusals(aPod({ affinity: away(host) }), nodes, [stranger])).toEqual(["", "", ""]);
    const [first] = term(host);
    const naming: Affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: first
          ? [{ ...first, namespaces: ["elsewhere"] }]
          : [],
      },
    };
    expect(refusals(aPod({ affinity: naming }), nodes, [stranger])).toEqual([tooNear, "", ""]);
  });
});

describe("the explanation", () => {
  const refusal = (isFinal: boolean, ...reasons: string[]): Refusal => ({ reasons, isFinal });
  const cpu = refusal(false, "Insufficient cpu");
  const taint = refusal(true, "node(s) had untolerated taint(s)");
  const both = refusal(false, "Insufficient cpu", "Insufficient memory");

  test.each([
    [
      [cpu, taint, taint],
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.",
    ],
    [
      [both, cpu],
      "0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
    ],
    [[], "no nodes available to schedule pods"],
  ])("of %#", (refusals, sentence) => {
    expect(explain(aPod(), refusals)).toBe(sentence);
  });

  test("of a pod that would not push others out", () => {
    expect(explain(aPod({ preemptionPolicy: "Never" }), [cpu])).toBe(
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.",
    );
  });
});
