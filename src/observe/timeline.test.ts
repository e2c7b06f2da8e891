import { describe, expect, test } from "vitest";
import { controller, settled } from "../loop/index.ts";
import { node, pod, TestCluster } from "../loop/test-cluster.ts";
import { bindingOf } from "../resources/index.ts";
import { differencesBetween, sentenceOf, timeline } from "./timeline.ts";

/** Puts every pod on the first node. */
const binder = controller({
  name: "binder",
  kind: "Pod",
  wokenBy: [],
  async reconcile(pod, world) {
    const [node] = world.list("Node");
    if (node && !pod.spec.nodeName)
      await world.createAt(pod, "binding", bindingOf(pod.metadata, node.metadata.name));
    return settled;
  },
});

test("the timeline of a pod says who did what, and why", async () => {
  const cluster = await TestCluster.of(binder);
  await cluster.create(node("node-0"));
  await cluster.create(pod("web-0"));
  await cluster.settle();
  await cluster.reportPod("web-0", {
    phase: "Running",
    conditions: [
      { type: "PodScheduled", status: "True" },
      { type: "Ready", status: "True" },
    ],
  });
  await cluster.delete("Pod", "web-0", { gracePeriodSeconds: 0 });
  const moments = timeline(cluster.store, { kind: "Pod", namespace: "demo", name: "web-0" });
  expect(moments.map(sentenceOf).slice(0, 3)).toEqual([
    "user created Pod web-0",
    "binder changed Pod web-0 (spec.nodeName: node-0, PodScheduled: True), because user created Pod web-0",
    "node changed Pod web-0 (status.phase: Pending → Running, Ready: True)",
  ]);
  expect(moments.at(-1)).toMatchObject({ actor: "user", verb: "deleted", key: { name: "web-0" } });
  expect(timeline(cluster.store, { after: 0 })).toHaveLength(cluster.store.revision);
  await cluster.stop();
});

describe("differences", () => {
  const rows: [string, unknown, unknown, string[]][] = [
    ["none", { a: 1 }, { a: 1 }, []],
    [
      "a value",
      { status: { phase: "Pending" } },
      { status: { phase: "Running" } },
      ["status.phase: Pending → Running"],
    ],
    ["a new value", { spec: {} }, { spec: { nodeName: "n" } }, ["spec.nodeName: n"]],
    ["one that is gone", { spec: { nodeName: "n" } }, { spec: {} }, ["spec.nodeName removed"]],
    [
      "a condition",
      { conditions: [{ type: "Ready", status: "False" }] },
      { conditions: [{ type: "Ready", status: "True" }] },
      ["Ready: False → True"],
    ],
    [
      "a container",
      { c: [{ name: "app", image: "a" }] },
      { c: [{ name: "app", image: "b" }] },
      ["c[app].image: a → b"],
    ],
    ["a list of values", { m: { finalizers: ["a"] } }, { m: { finalizers: ["b"] } }, ["m.finalizers"]],
    ["an equal list", { m: ["a"] }, { m: ["a"] }, []],
    ["its keys in another order", { m: [{ a: 1, b: 2 }] }, { m: [{ b: 2, a: 1 }] }, []],
    [
      "what tells nobody anything",
      { metadata: { resourceVersion: "1" } },
      { metadata: { resourceVersion: "2" } },
      [],
    ],
  ];
  test.each(rows)("%s", (_, before, after, differences) => {
    expect(differencesBetween(before, after)).toEqual(differences);
  });
});
