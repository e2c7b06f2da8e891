import { expect, test } from "vitest";
import type { Node, Pod, PodSpec } from "../resources/index.ts";
import { whyNotResized, whyRefused } from "./room-on-node.ts";

const node = {
  metadata: { name: "n", labels: { zone: "a" } },
  spec: {
    taints: [
      { key: "gone", effect: "NoExecute" },
      { key: "busy", effect: "NoSchedule" },
    ],
  },
  status: { allocatable: { cpu: "2", memory: "1Gi", pods: "0.003k", "example.com/gpu": "1" } },
} as unknown as Node;
const tolerations = [{ key: "gone", operator: "Exists" }];
const asking = (requests: object, more: object = {}) =>
  ({
    tolerations,
    containers: [{ name: "c", image: "x", resources: { requests } }],
    ...more,
  }) as unknown as PodSpec;
const ported = (...ports: object[]) => asking({}, { containers: [{ name: "c", image: "x", ports }] });
const predicate = (reason: string, problem: string) => [
  reason,
  `Predicate ${reason} failed: node(s) ${problem}`,
];
const lack = (resource: string, numbers: string) => [
  `OutOf${resource}`,
  `Node didn't have enough resource: ${resource}, ${numbers}`,
];
const noPorts = predicate("NodePorts", "didn't have free ports for the requested pod ports");

test.each<[what: string, spec: PodSpec, others: PodSpec[], refusal: string[] | undefined]>([
  ["what fits", asking({ cpu: "1500m", memory: "1Gi" }), [asking({ cpu: "500m" })], undefined],
  [
    "too much",
    asking({ cpu: "1" }),
    [asking({ cpu: "1500m" })],
    lack("cpu", "requested: 1000, used: 1500, capacity: 2000"),
  ],
  [
    "too much memory",
    asking({ memory: "2Gi" }),
    [],
    lack("memory", "requested: 2147483648, used: 0, capacity: 1073741824"),
  ],
  [
    "one too many",
    asking({}),
    [asking({}), asking({}), asking({})],
    lack("pods", "requested: 1, used: 3, capacity: 3"),
  ],
  [
    "a device that is taken",
    asking({ "example.com/gpu": "1" }),
    [asking({ "example.com/gpu": "1" })],
    lack("example.com/gpu", "requested: 1, used: 1, capacity: 1"),
  ],
  ["a device that the node has not heard of", asking({ "example.com/other": "1" }), [], undefined],
  [
    "another zone",
    asking({}, { nodeSelector: { zone: "b" } }),
    [],
    predicate("NodeAffinity", "didn't match Pod's node affinity/selector"),
  ],
  ["its zone", asking({}, { nodeSelector: { zone: "a" } }), [], undefined],
  [
    "a free port",
    ported({ hostPort: 80 }),
    [ported({ hostPort: 81 }, { hostPort: 80, protocol: "UDP" })],
    undefined,
  ],
  ["a port that is taken", ported({ hostPort: 80 }), [ported({ hostPort: 80, hostIP: "10.0.0.1" })], noPorts],
  [
    "a port that a sidecar has",
    ported({ hostPort: 80 }),
    [
      asking(
        {},
        {
          containers: [{ name: "c", image: "x" }],
          initContainers: [{ name: "s", image: "x", restartPolicy: "Always", ports: [{ hostPort: 80 }] }],
        },
      ),
    ],
    noPorts,
  ],
  [
    "the port of another address",
    ported({ hostPort: 80, hostIP: "10.0.0.2" }),
    [ported({ hostPort: 80, hostIP: "10.0.0.1" })],
    undefined,
  ],
  [
    "a taint that drives it away",
    asking({}, { tolerations: [] }),
    [],
    predicate("TaintToleration", "had taints that the pod didn't tolerate"),
  ],
])("%s", (_, spec, others, refusal) => {
  const found = whyRefused({ metadata: { name: "p" }, spec } as Pod, node, others);
  expect(found && [found.reason, found.message]).toEqual(refusal);
});

test("a resize is never possible, not yet, or possible", () => {
  const others = [asking({ cpu: "1" })];
  expect(whyNotResized(asking({ cpu: "3" }), node, others)).toEqual({
    reason: "Infeasible",
    message: "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
  });
  expect(whyNotResized(asking({ cpu: "1500m" }), node, others)).toMatchObject({ reason: "Deferred" });
  expect(whyNotResized(asking({ cpu: "1" }), node, others)).toBeUndefined();
});
