import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pod, PodSpec } from "../../resources/index.ts";
import { requestsOf } from "../requests.ts";
import { aNode, aPod, asking, refusals, scores } from "../test-plugins.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { type NodeResourcesFitArgs, nodeResourcesFit } from "./node-resources-fit.ts";

const plugin = nodeResourcesFit();

describe("room", () => {
  const rows: [string, Partial<PodSpec>, string][] = [
    ["nothing in particular", {}, ""],
    ["all there is", asking("2", { memory: "1Gi" }), ""],
    ["a bit more", asking("2001m"), "Insufficient cpu"],
    ["too much of two things", asking("3", { memory: "2Gi" }), "Insufficient cpu,Insufficient memory"],
    [
      "storage that no node offers",
      asking("0", { "ephemeral-storage": "1Gi" }),
      "Insufficient ephemeral-storage",
    ],
    ["a device", asking("0", { "example.com/gpu": "1" }), ""],
    ["two devices", asking("0", { "example.com/gpu": "2" }), "Insufficient example.com/gpu"],
    ["a device that no node has", asking("0", { "example.com/tpu": "1" }), "Insufficient example.com/tpu"],
  ];
  test.each(rows)("for %s", (_, spec, refusal) => {
    expect(refusals(plugin, aPod(spec), [aNode("node-1")])).toEqual([refusal]);
  });

  test("is what others leave", () => {
    const other = aPod({ ...asking("1500m"), nodeName: "node-1" });
    expect(refusals(plugin, aPod(asking("600m")), [aNode("node-1")], [other])).toEqual(["Insufficient cpu"]);
    expect(refusals(plugin, aPod(asking("500m")), [aNode("node-1")], [other])).toEqual([""]);
  });

  test("is there again when a pod has ended, and pods are counted too", () => {
    const running = aPod({ nodeName: "node-1" });
    const ended = { ...aPod({ nodeName: "node-1" }), status: { phase: "Succeeded" } } as Pod;
    expect(refusals(plugin, aPod(), [aNode("node-1")], [running, ended])).toEqual([""]);
    const full = [running, aPod({ nodeName: "node-1" })];
    expect(refusals(plugin, aPod(), [aNode("node-1")], full)).toEqual(["Too many pods"]);
  });

  test.each([{ ignoredResources: ["example.com/tpu"] }, { ignoredResourceGroups: ["example.com"] }])(
    "is not asked for where the profile says so: %j",
    args => {
      const pod = aPod(asking("0", { "example.com/tpu": "1" }));
      expect(refusals(nodeResourcesFit(args), pod, [aNode("node-1")])).toEqual([""]);
    },
  );
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
    [
      "what it requests itself, whatever its containers do",
      { containers: [container("1")], resources: { requests: { cpu: "3" } }, overhead: { cpu: "100m" } },
      3100,
    ],
  ];
  test.each(rows)("is %s", (_, spec, cpu) => {
    expect(requestsOf(aPod(spec)).cpu).toBe(cpu);
  });

  test("is the larger of the two while a resize is under way", () => {
    const pod = aPod({ containers: [container("1")], nodeName: "node-1" });
    const containerStatuses = [{ name: "c", allocatedResources: { cpu: "2" } }];
    expect(requestsOf({ ...pod, status: { containerStatuses } } as unknown as Pod).cpu).toBe(2000);
  });
});

describe("the score", () => {
  const nodes = [aNode("free"), aNode("half")];
  const other = aPod({ ...asking("1", { memory: "512Mi" }), nodeName: "half" });
  const shape = [
    { utilization: 0, score: 0 },
    { utilization: 100, score: 10 },
  ];
  const strategy = (type: "MostAllocated" | "RequestedToCapacityRatio"): NodeResourcesFitArgs => ({
    scoringStrategy: { type, ...(type === "MostAllocated" ? {} : { requestedToCapacityRatio: { shape } }) },
  });
  test.each<[string, NodeResourcesFitArgs, number[]]>([
    ["LeastAllocated", {}, [75, 25]],
    ["MostAllocated", strategy("MostAllocated"), [25, 75]],
    ["RequestedToCapacityRatio", strategy("RequestedToCapacityRatio"), [25, 75]],
  ])("%s", (_, args, expected) => {
    const pod = aPod(asking("500m", { memory: "256Mi" }));
    expect(scores(nodeResourcesFit(args), pod, nodes, [other])).toEqual(expected);
  });

  test("counts a container that requests nothing as 100m and 200Mi", () => {
    // 5 % of two processors, 19 % of a gibibyte.
    expect(scores(plugin, aPod(), [aNode("free")])).toEqual([Math.trunc((95 + 80) / 2)]);
  });
});

test("the short way to score by cpu and memory finds what the general one does", () => {
  const amounts = fc.record({ cpu: fc.nat(2_500), memory: fc.nat(1_200) });
  // Two lists that say the same: the second is not known to.
  const same = [
    { name: "cpu", weight: 1 },
    { name: "memory", weight: 1 },
  ];
  fc.assert(
    fc.property(amounts, fc.array(amounts, { maxLength: 3 }), (wanted, others) => {
      const spec = ({ cpu, memory }: { cpu: number; memory: number }) =>
        asking(`${cpu}m`, { memory: `${memory}Mi` });
      const there = others.map(other => aPod({ ...spec(other), nodeName: "node-1" }));
      const nodes = [aNode("node-1"), aNode("node-2")];
      for (const type of ["LeastAllocated", "MostAllocated"] as const) {
        const given = (args: NodeResourcesFitArgs) =>
          scores(nodeResourcesFit(args), aPod(spec(wanted)), nodes, there);
        expect(given({ scoringStrategy: { type } })).toEqual(
          given({ scoringStrategy: { type, resources: same } }),
        );
      }
      const balanced = (args: { resources?: typeof same }) =>
        scores(nodeResourcesBalancedAllocation(args), aPod(spec(wanted)), nodes, there);
      const [short, general] = [balanced({}), balanced({ resources: same })];
      // Rounding of the square root may tip a score that lies on a whole number.
      short?.forEach((score, i) => {
        expect(Math.abs(score - (general?.[i] ?? 0))).toBeLessThanOrEqual(1);
      });
    }),
  );
});

test.each<[Record<string, string>, number[]]>([
  [{}, [40, 87]],
  [{ memory: "0" }, [50, 97]],
  [{ cpu: "0", memory: "0" }, [50, 100]],
  [{ memory: "512Mi" }, [25, 72]],
])(
  "a container that requests %j: what it says nothing of counts as a little, 0 as nothing",
  (requests, expected) => {
    const silent = aPod({ containers: [{ name: "app", resources: { requests } }] });
    const there = aPod({ nodeName: "node-1", ...asking("2", { memory: "0" }) });
    const nodes = [aNode("node-1"), aNode("node-2")];
    expect(scores(plugin, silent, nodes, [there])).toEqual(expected);
  },
);

describe("a pod that was made smaller in place", () => {
  test("lets others in when the node has granted it", () => {
    const asked = aPod({ ...asking("300m"), nodeName: "node-1" });
    const name = asked.spec.containers[0]?.name;
    const withStatus = (cpu: string): Pod => ({
      ...asked,
      status: { containerStatuses: [{ name, allocatedResources: { cpu } }] } as unknown as NonNullable<
        Pod["status"]
      >,
    });
    const [podHint] = plugin.hints ?? [];
    const helps = (before: Pod, now: Pod) =>
      podHint?.helps(
        aPod(asking("500m")),
        { type: "MODIFIED", object: now, previous: before } as never,
        undefined as never,
      );
    expect(helps(withStatus("800m"), withStatus("300m"))).toBe(true);
    expect(helps(withStatus("800m"), withStatus("800m"))).toBe(false);
  });
});
