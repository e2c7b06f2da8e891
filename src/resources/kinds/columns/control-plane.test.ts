/** What `kubectl get` prints of the kinds with which the control plane is run, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../object.ts";
import { condition, kinds, printed } from "./test-cells.ts";

const queuing = { queues: 8, handSize: 4, queueLengthLimit: 50 };

printed(
  "Lease",
  ["Holder"],
  [
    ["held", { spec: { holderIdentity: "me" } }, ["me"]],
    ["free", { spec: {} }, [""]],
  ],
);

printed(
  "PriorityClass",
  ["Value", "Global-Default", "PreemptionPolicy"],
  [
    ["plain", { value: 7 }, [7, false, ""]],
    [
      "the default, polite",
      { value: -7, globalDefault: true, preemptionPolicy: "Never" },
      [-7, true, "Never"],
    ],
  ],
);

printed(
  "FlowSchema",
  ["PriorityLevel", "MatchingPrecedence", "DistinguisherMethod", "MissingPL"],
  [
    [
      "checked",
      {
        spec: {
          priorityLevelConfiguration: { name: "l" },
          matchingPrecedence: 5,
          distinguisherMethod: { type: "ByUser" },
        },
        status: condition("Dangling", "False"),
      },
      ["l", 5, "ByUser", "False"],
    ],
    [
      "not checked",
      { spec: { priorityLevelConfiguration: { name: "l" }, matchingPrecedence: 5 } },
      ["l", 5, "<none>", "?"],
    ],
  ],
);

printed(
  "PriorityLevelConfiguration",
  ["Type", "NominalConcurrencyShares", "Queues", "HandSize", "QueueLengthLimit"],
  [
    [
      "queues",
      {
        spec: {
          type: "Limited",
          limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Queue", queuing } },
        },
      },
      ["Limited", 5, 8, 4, 50],
    ],
    [
      "refuses",
      {
        spec: {
          type: "Limited",
          limited: { nominalConcurrencyShares: 0, limitResponse: { type: "Reject" } },
        },
      },
      ["Limited", 0, "<none>", "<none>", "<none>"],
    ],
  ],
);

printed(
  "APIService",
  ["Service", "Available"],
  [
    ["its own", { spec: {}, status: condition("Available") }, ["Local", "True"]],
    ["not asked yet", { spec: { service: { namespace: "ns", name: "s" } } }, ["ns/s", "Unknown"]],
    [
      "not there",
      {
        spec: { service: { namespace: "ns", name: "s" } },
        status: { conditions: [{ type: "Available", status: "False", reason: "ServiceNotFound" }] },
      },
      ["ns/s", "False (ServiceNotFound)"],
    ],
  ],
);

test("flow schemas are told in the order in which they are asked", () => {
  const schema = (name: string, matchingPrecedence: number) =>
    ({ metadata: { name }, spec: { matchingPrecedence } }) as unknown as KubernetesObject;
  const all = [schema("c", 1), schema("b", 100), schema("a", 100), schema("d", 2)];
  expect(all.toSorted(kinds.find("FlowSchema").rows?.compare).map(({ metadata }) => metadata.name)).toEqual([
    "c",
    "d",
    "a",
    "b",
  ]);
});
