import { expect, test } from "vitest";
import { MetricNames } from "./metric-names.ts";

const gauge = (name: string) => ({ type: "gauge", name }) as const;

test("of ten thousand names those are forgotten that were reported longest ago", () => {
  const names = new MetricNames();
  names.add([gauge("once"), gauge("always")]);
  for (let i = 0; i < 15_000; i++) {
    names.add([gauge(`name_${i}`)]);
    if (i % 1_000 === 0) names.add([gauge("always")]);
  }
  expect(names.custom.length).toBeLessThanOrEqual(10_000);
  expect(names.custom).toContain("always");
  expect(names.custom).toContain("name_14999");
  expect(names.custom).not.toContain("once");
});

test("what is outside has names of its own, and the first of each sort is told of", () => {
  const names = new MetricNames();
  let told = 0;
  const end = names.onFirst(() => told++);
  names.add([gauge("depth")]);
  names.add([gauge("other")]);
  expect([told, names.hasCustom, names.hasExternal]).toEqual([1, true, false]);
  names.add([{ type: "external", name: "queue" }]);
  expect([told, names.external]).toEqual([2, ["queue"]]);
  end();
});
