import { expect, test } from "vitest";
import { settled } from "../loop/index.ts";
import { metricsOf, workQueueFamilies } from "./metrics.ts";

test("metrics tell loops of one name apart, and add all up", () => {
  const loop = (name: string, kind: string, runs: number) => ({
    controller: { name, kind, wokenBy: [], reconcile: async () => settled },
    metrics: { runs, failures: 0, conflicts: 1, circles: 0, waiting: 0, busyMs: 0.5 },
  });
  const loops = [loop("binder", "Pod", 1), loop("collector", "Pod", 2), loop("collector", "Node", 3)];
  const metrics = metricsOf(loops, { revision: 7, count: () => 2 }, ["Pod"]);
  expect(Object.keys(metrics.loops)).toEqual(["binder", "collector (Pod)", "collector (Node)"]);
  expect(metrics.total).toEqual({ runs: 6, failures: 0, conflicts: 3, circles: 0, waiting: 0, busyMs: 1.5 });
  expect(metrics).toMatchObject({ revision: 7, objects: { Pod: 2 } });
});

test("what loops have measured stands in one family, by the name of the controller", () => {
  const loop = (name: string, value: number) => ({
    controller: { name, kind: "Pod", wokenBy: [], reconcile: async () => settled },
    families: () => [{ name: "adds", help: "", type: "counter" as const, values: [{ labels: {}, value }] }],
  });
  const [family, ...others] = workQueueFamilies([loop("binder", 1), loop("collector", 2)]);
  expect(others).toEqual([]);
  expect(family?.values).toEqual([
    { labels: { name: "binder" }, value: 1 },
    { labels: { name: "collector" }, value: 2 },
  ]);
});
