import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestCluster } from "../../loop/test-cluster.ts";
import { type Draft, matchesSelector } from "../../resources/index.ts";
import { type Selecting, SelectorIndex } from "./selector-index.ts";
import { selectorOverlap } from "./selector-overlap.ts";

describe("two workloads that choose each other's pods", () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await TestCluster.of(selectorOverlap());
  });
  afterEach(async () => {
    expect(cluster.failures).toEqual([]);
    await cluster.stop();
  });

  async function make(kind: string, name: string, labels: object, more: object = {}, namespace = "demo") {
    const isCore = kind === "ReplicationController";
    const group = { Job: "batch/v1", ReplicationController: "v1" }[kind] ?? "apps/v1";
    const restartPolicy = kind === "Job" ? "Never" : "Always";
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "a", image: "x" }], restartPolicy },
    };
    const own = kind === "Job" ? { manualSelector: true } : {};
    const spec = { selector: isCore ? labels : { matchLabels: labels }, template, ...own };
    const metadata = { name, namespace, ...more };
    await cluster.create({ apiVersion: group, kind, metadata, spec } as Draft);
    await cluster.advance(3_000);
  }

  test.each([
    ["Deployment", "ReplicaSet"],
    ["ReplicaSet", "StatefulSet"],
    ["StatefulSet", "DaemonSet"],
    ["DaemonSet", "ReplicationController"],
    ["ReplicationController", "Job"],
    ["Job", "Deployment"],
  ])("a %s and a %s: the later one is told once, and which", async (first, second) => {
    await make(first, "one", { app: "web" });
    expect(cluster.events).toEqual([]);
    await make(second, "two", { app: "web" });
    await cluster.advance(60_000);
    expect(cluster.events).toEqual([
      expect.stringContaining(
        `Warning SelectorOverlap ${second}/two: Its selector and that of ${first} one, which was there before`,
      ),
    ]);
  });

  test("one selector that is wider is enough", async () => {
    await make("Deployment", "narrow", { app: "web", tier: "front" });
    await make("Deployment", "wide", { app: "web" });
    expect(cluster.events).toHaveLength(1);
    expect(cluster.events[0]).toContain("Deployment/wide");
  });

  test("what differs in a label, or is elsewhere, or was made by a workload, is not told", async () => {
    await make("Deployment", "one", { app: "web", tier: "front" });
    await make("Deployment", "two", { app: "web", tier: "back" });
    await make("Deployment", "one", { app: "web", tier: "front" }, {}, "default");
    const owner = cluster.the("Deployment", "one");
    const { name, uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true }];
    await make("ReplicaSet", "of-one", { app: "web", tier: "front" }, { ownerReferences });
    expect(cluster.events).toEqual([]);
  });

  test("what selects nothing, or was made by a workload, is not looked at each second", () => {
    const { concerns } = selectorOverlap();
    const objectOf = (spec: object, more: object = {}) =>
      ({ kind: "ReplicaSet", metadata: { name: "a", uid: "a", ...more }, spec }) as never;
    const selector = { matchLabels: { app: "web" } };
    const ownerReferences = [{ kind: "Deployment", name: "o", uid: "o", controller: true }];
    const asked = [
      objectOf({ selector }),
      objectOf({}),
      objectOf({ selector }, { ownerReferences }),
      objectOf({ selector }, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    ].map(object => concerns?.(object, undefined, {} as never));
    expect(asked).toEqual([true, false, false, false]);
  });

  test("one that is gone hinders none", async () => {
    await make("Deployment", "one", { app: "web" });
    await cluster.delete("Deployment", "one");
    await cluster.advance(1_000);
    await make("Deployment", "two", { app: "web" });
    expect(cluster.events).toEqual([]);
  });
});

const label = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("1", "2"));
const labels = fc.array(label, { minLength: 1, maxLength: 3 }).map(pairs => Object.fromEntries(pairs));
const workload = fc.record({
  labels,
  selector: fc.oneof(
    labels.map(matchLabels => ({ matchLabels })),
    fc.constantFrom("a", "b").map(key => ({ matchExpressions: [{ key, operator: "Exists" }] })),
    labels.map(all => ({
      matchExpressions: Object.entries(all).map(([key, value]) => ({
        key,
        operator: "In",
        values: [value, "3"],
      })),
    })),
  ),
});

test("of many, one is found exactly where there is one", () => {
  fc.assert(
    fc.property(fc.array(workload, { maxLength: 12 }), fc.nat(), (given, gone) => {
      const index = new SelectorIndex();
      const all: Selecting[] = given.map((each, i) => ({
        ...{ kind: "Deployment", namespace: "demo", name: `${i}`, uid: `${i}`, createdAt: i },
        ...each,
      }));
      for (const each of all) index.put(each);
      const left = all.filter((_, i) => i !== gone % (all.length + 1));
      for (const each of all) if (!left.includes(each)) index.remove(each);
      for (const each of left) {
        const fits = left.filter(
          other =>
            other !== each &&
            (matchesSelector(other.selector, each.labels) || matchesSelector(each.selector, other.labels)),
        );
        const found = index.overlapping(each);
        expect(found === undefined ? fits.length === 0 : fits.includes(found)).toBe(true);
      }
    }),
  );
});
