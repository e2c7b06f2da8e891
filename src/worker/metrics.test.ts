import { describe, expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { ReportedMetrics } from "./metrics.ts";
import { bucketBounds } from "./series.ts";

function reporting() {
  const warnings: string[] = [];
  return {
    warnings,
    metrics: new ReportedMetrics(
      text => warnings.push(text),
      () => {},
    ),
  };
}

test("a gauge is what was set last, a counter the sum, an external one as a gauge", () => {
  const { metrics } = reporting();
  const { gauge, counter, external } = metrics;
  gauge("queue_depth", 7);
  gauge("queue_depth", -2.5);
  counter("jobs_total");
  counter("jobs_total", 2);
  external("queue-length", 30, { queue: "mail" });
  expect(metrics.series()).toEqual([
    { type: "gauge", name: "queue_depth", labels: {}, value: -2.5 },
    { type: "counter", name: "jobs_total", labels: {}, value: 3 },
    { type: "external", name: "queue-length", labels: { queue: "mail" }, value: 30 },
  ]);
});

test("the order of labels says nothing, nor whether a number is written as text", () => {
  const { metrics } = reporting();
  metrics.counter("jobs", 1, { queue: "mail", shard: 1 });
  metrics.counter("jobs", 1, { shard: "1", queue: "mail" });
  metrics.counter("jobs", 5);
  expect(metrics.series()).toEqual([
    { type: "counter", name: "jobs", labels: { queue: "mail", shard: "1" }, value: 2 },
    { type: "counter", name: "jobs", labels: {}, value: 5 },
  ]);
});

test("a histogram counts in buckets", () => {
  const { metrics } = reporting();
  for (const value of [0.3, 0.5, 40, 1e9]) metrics.histogram("seconds", value);
  const [series] = metrics.series();
  if (series?.type !== "histogram") throw new Error("no histogram");
  const filled = bucketBounds.flatMap((bound, i) => (series.buckets[i] ? [[bound, series.buckets[i]]] : []));
  expect(filled).toEqual([
    [0.5, 2],
    [50, 1],
  ]);
  expect([series.count, series.sum]).toEqual([4, 0.3 + 0.5 + 40 + 1e9]);
});

describe("what cannot be is refused, with what would be right, and changes nothing", () => {
  test.each<[string, (metrics: ReportedMetrics) => void, RegExp]>([
    ["no name", m => m.gauge(undefined as never, 1), /metrics\.gauge: name must be letters.*and is missing/],
    ["a dash", m => m.gauge("queue-depth", 1), /must be letters, digits and "_", such as queue_depth/],
    ["a long name", m => m.gauge("a".repeat(129), 1), /at most 128/],
    ["no number", m => m.gauge("depth", "7" as never), /value must be a number .*not "7"/],
    ["NaN", m => m.gauge("depth", Number.NaN), /not NaN/],
    ["infinite", m => m.histogram("depth", Number.POSITIVE_INFINITY), /not Infinity/],
    ["a counter that falls", m => m.counter("jobs", -1), /value must be a number, 0 or more, not -1/],
    ["a label that is set by k4s", m => m.gauge("depth", 1, { pod: "a" }), /"pod" is set by k4s/],
    ["a label with a dash", m => m.gauge("depth", 1, { "my-queue": "a" }), /the label "my-queue" must be/],
    ["a value of a label", m => m.gauge("known", 1, { queue: {} as never }), /labels\.queue must be text or/],
    [
      "no value of a label",
      m => m.gauge("depth", 1, { queue: undefined as never }),
      /labels\.queue .*missing/,
    ],
    ["labels as a list", m => m.gauge("known", 1, ["a"] as never), /labels/],
    ["another type", m => m.counter("known"), /known is a gauge already/],
    ["another type with labels", m => m.counter("known", 1, { a: "b" }), /known is a gauge already/],
    [
      "a bucket of a histogram",
      m => m.gauge("took_bucket", 1),
      /took_bucket is a part of the histogram took,/,
    ],
    ["a sum of one", m => m.counter("took_sum"), /took_sum is a part of the histogram took, .*took_count/],
    ["a count of one", m => m.histogram("took_count", 1), /took_count is a part of the histogram took,/],
    [
      "a histogram with a part that is another",
      m => m.histogram("jobs", 1),
      /jobs_count is a part of the histogram jobs,/,
    ],
    ["an external name with a slash", m => m.external("a/b", 1), /without "\/"/],
  ])("%s", (_, call, told) => {
    const { metrics } = reporting();
    metrics.gauge("known", 1);
    metrics.gauge("jobs_count", 1);
    metrics.histogram("took", 1);
    const before = metrics.series();
    expect(() => call(metrics)).toThrow(ApiError);
    expect(() => call(metrics)).toThrow(told);
    expect(metrics.series()).toEqual(before);
  });
});

test("no more than a thousand series are kept, which is told once and ends nothing", () => {
  const { metrics, warnings } = reporting();
  for (let user = 0; user < 1_500; user++) metrics.counter("requests", 1, { user });
  metrics.counter("requests", 1, { user: 3 });
  expect(metrics.series()).toHaveLength(1_000);
  expect(metrics.series()[3]).toMatchObject({ value: 2 });
  expect(warnings).toEqual([expect.stringMatching(/one more than the 1000 series/)]);
});
