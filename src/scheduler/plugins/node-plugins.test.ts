/** The plugins that ask about a node itself: whether it is closed, its taints, labels, name, ports and images. */
import { describe, expect, test } from "vitest";
import type { Node, NodeSelectorRequirement, PodSpec, Taint, Toleration } from "../../resources/index.ts";
import { aNode, aPod, refusals, scores } from "../test-plugins.ts";
import { imageLocality } from "./image-locality.ts";
import { nodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodePorts } from "./node-ports.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { taintToleration } from "./taint-toleration.ts";

describe("TaintToleration", () => {
  const taint = (effect: Taint["effect"], value?: string): Taint => ({ key: "gpu", effect, value });
  const refused = "node(s) had untolerated taint(s)";
  const rows: [string, Taint[], Toleration[], string][] = [
    ["none", [], [], ""],
    ["one that is not tolerated", [taint("NoSchedule")], [], refused],
    ["one that drives away", [taint("NoExecute")], [], refused],
    ["one that only prefers", [taint("PreferNoSchedule")], [], ""],
    ["tolerated by its key", [taint("NoSchedule", "a")], [{ key: "gpu", operator: "Exists" }], ""],
    ["tolerated by its value", [taint("NoSchedule", "a")], [{ key: "gpu", value: "a" }], ""],
    ["of another value", [taint("NoSchedule", "a")], [{ key: "gpu", value: "b" }], refused],
    [
      "of another effect",
      [taint("NoExecute")],
      [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }],
      refused,
    ],
    ["all, tolerated", [taint("NoExecute"), taint("NoSchedule")], [{ operator: "Exists" }], ""],
  ];
  test.each(rows)("a taint: %s", (_, taints, tolerations, refusal) => {
    const nodes = [aNode("node-1", {}, { taints })];
    expect(refusals(taintToleration(), aPod({ tolerations }), nodes)).toEqual([refusal]);
  });

  test("scores by how many taints the pod would rather not have", () => {
    const soft = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ key: `k${i}`, effect: "PreferNoSchedule" as const }));
    const nodes = [0, 1, 2].map(count => aNode(`node-${count}`, {}, { taints: soft(count) }));
    expect(scores(taintToleration(), aPod(), nodes)).toEqual([100, 50, 0]);
    const tolerations = [{ key: "k0", operator: "Exists" as const }];
    expect(scores(taintToleration(), aPod({ tolerations }), nodes)).toEqual([100, 100, 0]);
    expect(scores(taintToleration(), aPod(), [aNode("a"), aNode("b")])).toBeUndefined();
  });
});

test("NodeUnschedulable: a cordoned node takes only a pod that tolerates that", () => {
  const nodes = [aNode("node-1", {}, { unschedulable: true })];
  expect(refusals(nodeUnschedulable(), aPod(), nodes)).toEqual(["node(s) were unschedulable"]);
  const tolerations = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" as const }];
  expect(refusals(nodeUnschedulable(), aPod({ tolerations }), nodes)).toEqual([""]);
});

test("NodeName: a pod that names a node goes to no other", () => {
  const nodes = [aNode("node-1"), aNode("node-2")];
  const elsewhere = "node(s) didn't match the requested node name";
  expect(refusals(nodeName(), aPod({ nodeName: "node-2" }), nodes)).toEqual([elsewhere, ""]);
});

describe("NodeAffinity", () => {
  const refused = "node(s) didn't match Pod's node affinity/selector";
  type Requirements = NodeSelectorRequirement[];
  const insisting = (
    ...terms: { matchExpressions?: Requirements; matchFields?: Requirements }[]
  ): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    },
  });
  const is = (key: string, operator: NodeSelectorRequirement["operator"], ...values: string[]) => ({
    key,
    operator,
    values,
  });
  const all = (...matchExpressions: Requirements) => ({ matchExpressions });
  const rows: [string, Partial<PodSpec>, boolean][] = [
    ["a selector that matches", { nodeSelector: { disk: "ssd" } }, true],
    ["a selector that does not", { nodeSelector: { disk: "hdd" } }, false],
    ["In", insisting(all(is("disk", "In", "hdd", "ssd"))), true],
    ["NotIn", insisting(all(is("disk", "NotIn", "ssd"))), false],
    ["NotIn, of a label that is not there", insisting(all(is("color", "NotIn", "red"))), true],
    ["Exists", insisting(all(is("disk", "Exists"))), true],
    ["DoesNotExist", insisting(all(is("disk", "DoesNotExist"))), false],
    ["Gt", insisting(all(is("cores", "Gt", "7"))), true],
    ["Lt", insisting(all(is("cores", "Lt", "8"))), false],
    ["all of a term", insisting(all(is("disk", "Exists"), is("color", "Exists"))), false],
    ["any of the terms", insisting(all(is("color", "Exists")), all(is("disk", "Exists"))), true],
    ["a term that says nothing", insisting(all()), false],
    ["the node's name", insisting({ matchFields: [is("metadata.name", "In", "node-1")] }), true],
    ["another node's name", insisting({ matchFields: [is("metadata.name", "NotIn", "node-1")] }), false],
  ];
  test.each(rows)("%s", (_, spec, fits) => {
    const nodes = [aNode("node-1", { disk: "ssd", cores: "8" })];
    expect(refusals(nodeAffinity(), aPod(spec), nodes)).toEqual([fits ? "" : refused]);
  });

  test("names by which only some nodes come into question, which are asked alone", () => {
    const named = (...names: string[]) =>
      aPod(insisting({ matchFields: [is("metadata.name", "In", ...names)] }));
    const result = nodeAffinity().preFilter?.(named("node-7"), {} as never);
    expect(result).toMatchObject({ onlyNodes: new Set(["node-7"]) });
    const both = insisting({
      matchFields: [is("metadata.name", "In", "a"), is("metadata.name", "In", "b")],
    });
    expect(refusals(nodeAffinity(), aPod(both), [aNode("a")])).toEqual(["pod affinity terms conflict"]);
  });

  test("what the profile adds holds for every pod", () => {
    const nodeSelectorTerms = [all(is("disk", "In", "ssd"))];
    const plugin = nodeAffinity({
      addedAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    });
    const nodes = [aNode("node-1", { disk: "ssd" }), aNode("node-2")];
    expect(refusals(plugin, aPod(), nodes)).toEqual([
      "",
      "node(s) didn't match scheduler-enforced node affinity",
    ]);
  });

  test("scores by the weights of what the pod prefers", () => {
    const preferredDuringSchedulingIgnoredDuringExecution = [
      { weight: 3, preference: all(is("disk", "In", "ssd")) },
      { weight: 1, preference: all(is("zone", "Exists")) },
    ];
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } };
    const nodes = [aNode("a", { disk: "ssd", zone: "z" }), aNode("b", { disk: "ssd" }), aNode("c")];
    expect(scores(nodeAffinity(), aPod({ affinity }), nodes)).toEqual([100, 75, 0]);
    expect(scores(nodeAffinity(), aPod(), nodes)).toBeUndefined();
  });
});

describe("NodePorts", () => {
  const using = (hostPort: number, more: object = {}): Partial<PodSpec> => ({
    containers: [{ name: "app", ports: [{ containerPort: 80, hostPort, ...more }] }],
  });
  const taken = "node(s) didn't have free ports for the requested pod ports";
  test.each<[string, Partial<PodSpec>, string]>([
    ["the same port", using(80), taken],
    ["another port", using(81), ""],
    ["another protocol", using(80, { protocol: "UDP" }), ""],
    ["one address of all", using(80, { hostIP: "10.0.0.1" }), taken],
    ["no port of the node", {}, ""],
  ])("%s", (_, spec, refusal) => {
    const other = aPod({ ...using(80), nodeName: "node-1" });
    expect(refusals(nodePorts(), aPod(spec), [aNode("node-1"), aNode("node-2")], [other])).toEqual([
      refusal,
      "",
    ]);
  });

  test("two addresses do not clash, and a sidecar's port counts", () => {
    const at = (hostIP: string) => using(80, { hostIP });
    const other = aPod({ ...at("10.0.0.1"), nodeName: "node-1" });
    expect(refusals(nodePorts(), aPod(at("10.0.0.2")), [aNode("node-1")], [other])).toEqual([""]);
    const [sidecar] = at("10.0.0.1").containers ?? [];
    const spec = { initContainers: sidecar ? [{ ...sidecar, restartPolicy: "Always" }] : [] };
    expect(refusals(nodePorts(), aPod(spec), [aNode("node-1")], [other])).toEqual([taken]);
  });
});

describe("NodeResourcesBalancedAllocation", () => {
  const asking = (cpu: string, memory: string): Partial<PodSpec> => ({
    containers: [{ name: "app", resources: { requests: { cpu, memory } } }],
  });
  test("prefers nodes that are used evenly", () => {
    const nodes = [aNode("free"), aNode("lopsided")];
    const other = aPod({ ...asking("1", "0"), nodeName: "lopsided" });
    // Half a processor of two is a quarter, and so are 256Mi of one gibibyte; with the other it is three quarters of the one.
    expect(scores(nodeResourcesBalancedAllocation(), aPod(asking("500m", "256Mi")), nodes, [other])).toEqual([
      100, 75,
    ]);
  });

  test("says nothing of a pod that requests nothing", () => {
    expect(scores(nodeResourcesBalancedAllocation(), aPod(), [aNode("a")])).toBeUndefined();
  });
});

describe("ImageLocality", () => {
  const having = (name: string, sizeBytes: number): Node =>
    aNode(name, {}, {}, { images: [{ names: ["registry.test/big:latest"], sizeBytes }] });
  const pod = aPod({ containers: [{ name: "app", image: "registry.test/big" }] });
  test("prefers nodes that have the image, the larger it is", () => {
    const mebibyte = 1024 * 1024;
    const nodes = [
      having("a", 1_500 * mebibyte),
      having("b", 1_500 * mebibyte),
      having("small", mebibyte),
      aNode("none"),
    ];
    // On three of four nodes: 1125 MiB of each, more than counts.
    expect(scores(imageLocality(), pod, nodes)).toEqual([100, 100, 0, 0]);
    expect(scores(imageLocality(), pod, [aNode("none")])).toBeUndefined();
  });
});
