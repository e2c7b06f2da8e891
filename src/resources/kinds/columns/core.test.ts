/** What `kubectl get` prints of nodes, events and the small kinds of the core group, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { expect, test } from "vitest";
import { ago, cellsOf, printed } from "./test-cells.ts";

const ready = (status: string) => ({
  conditions: [
    { type: "OutOfDisk", status: "True" },
    { type: "Ready", status },
  ],
});

const about = { kind: "Pod", name: "p", fieldPath: "spec.containers{c}" };

const healthy = (status: string) => ({
  conditions: [
    { type: "Other", status: "True" },
    { type: "Healthy", status, message: "ok", error: "e" },
  ],
});

printed(
  "Node",
  [
    "Status",
    "Roles",
    "Version",
    "Internal-IP",
    "External-IP",
    "OS-Image",
    "Kernel-Version",
    "Container-Runtime",
  ],
  [
    [
      "all is known",
      {
        metadata: {
          name: "x",
          labels: {
            "node-role.kubernetes.io/b": "",
            "node-role.kubernetes.io/a": "",
            "kubernetes.io/role": "c",
            "node-role.kubernetes.io/": "",
          },
        },
        status: {
          ...ready("True"),
          addresses: [
            { type: "Hostname", address: "h" },
            { type: "InternalIP", address: "10.0.0.1" },
            { type: "InternalIP", address: "10.0.0.2" },
            { type: "ExternalIP", address: "1.1.1.1" },
          ],
          nodeInfo: {
            kubeletVersion: "v1",
            osImage: "os",
            kernelVersion: "k",
            containerRuntimeVersion: "c://1",
          },
        },
      },
      ["Ready", "a,b,c", "v1", "10.0.0.1", "1.1.1.1", "os", "k", "c://1"],
    ],
    [
      "it says nothing, and is cordoned",
      { spec: { unschedulable: true } },
      ["Unknown,SchedulingDisabled", "<none>", "", "<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"],
    ],
  ],
);

printed(
  "Node",
  ["Status"],
  [
    ["is not ready", { status: ready("False") }, ["NotReady"]],
    ["is not heard of", { status: ready("Unknown") }, ["NotReady"]],
    [
      "ready, and cordoned",
      { spec: { unschedulable: true }, status: ready("True") },
      ["Ready,SchedulingDisabled"],
    ],
  ],
);

printed(
  "Event",
  ["Last Seen", "Type", "Reason", "Object", "Subobject", "Source", "Message", "First Seen", "Count", "Name"],
  [
    [
      "an older one, seen three times",
      {
        involvedObject: about,
        type: "Warning",
        reason: "BackOff",
        message: " it fails\n",
        source: { component: "kubelet", host: "n" },
        firstTimestamp: ago(300),
        lastTimestamp: ago(5),
        count: 3,
      },
      ["5s", "Warning", "BackOff", "pod/p", "spec.containers{c}", "kubelet, n", "it fails", "5m", 3, "x"],
    ],
    [
      "a newer one, alone",
      { involvedObject: about, reportingComponent: "me", eventTime: ago(30), source: {} },
      ["30s", "", "", "pod/p", "spec.containers{c}", "me", "", "30s", 1, "x"],
    ],
    [
      "a newer one, as a series",
      {
        involvedObject: about,
        source: {},
        reportingComponent: "me",
        reportingInstance: "me-1",
        eventTime: ago(180),
        lastTimestamp: ago(100),
        series: { count: 5, lastObservedTime: ago(10) },
      },
      ["10s", "", "", "pod/p", "spec.containers{c}", "me, me-1", "", "3m", 5, "x"],
    ],
    [
      "without any time",
      { involvedObject: { kind: "Node" }, series: { count: 2 }, source: { component: "c" } },
      ["<unknown>", "", "", "node", "", "c", "", "<unknown>", 2, "x"],
    ],
  ],
);

printed("Namespace", ["Status"], [["is going", { status: { phase: "Terminating" } }, ["Terminating"]]]);

printed(
  "Secret",
  ["Type", "Data"],
  [["two keys", { type: "Opaque", data: { a: "", b: "" } }, ["Opaque", 2]]],
);

printed("ConfigMap", ["Data"], [["text and bytes", { data: { a: "" }, binaryData: { b: "" } }, [2]]]);

printed("RuntimeClass", ["Handler"], [["any", { handler: "h" }, ["h"]]]);

printed(
  "ResourceQuota",
  ["Request", "Limit"],
  [
    [
      "sorted, and in two columns",
      {
        status: {
          hard: { pods: "5", "limits.memory": "2Gi", "limits.cpu": "2", "requests.cpu": "1", limitsfoo: "1" },
          used: { pods: "3", "limits.cpu": "500m" },
        },
      },
      ["limitsfoo: 0/1, pods: 3/5, requests.cpu: 0/1", "limits.cpu: 500m/2, limits.memory: 0/2Gi"],
    ],
    ["not counted yet", { spec: { hard: { pods: "5" } } }, ["", ""]],
  ],
);

printed(
  "ComponentStatus",
  ["Status", "Message", "Error"],
  [
    ["well", healthy("True"), ["Healthy", "ok", "e"]],
    ["not heard of", healthy("Unknown"), ["Unhealthy", "ok", "e"]],
    ["says nothing", {}, ["Unknown", "", ""]],
  ],
);

test("what was never created has no age", () => {
  expect(cellsOf("ConfigMap", ["Age"], { metadata: { name: "x" } })).toEqual(["<unknown>"]);
});
