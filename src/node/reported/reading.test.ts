import { describe, expect, test } from "vitest";
import { type Pod, parseLabelSelector } from "../../resources/index.ts";
import type { Series } from "../../worker/index.ts";
import type { ContainerReport, PodReport } from "./pod-report.ts";
import { amountOf, readingOf, together } from "./reading.ts";

const pod = { metadata: { name: "a" } } as Pod;
const gauge = (name: string, value: number, labels = {}): Series => ({ type: "gauge", name, labels, value });
const counter = (name: string, value: number, labels = {}): Series => ({
  type: "counter",
  name,
  labels,
  value,
});
const histogram = (name: string, count: number, sum: number): Series => ({
  type: "histogram",
  name,
  labels: {},
  count,
  sum,
  buckets: [],
});

/** Of a container that told these things twenty seconds apart. */
function container(before: readonly Series[], now: readonly Series[], name = "main"): ContainerReport {
  return { name, before: { at: 10_000, series: before }, now: { at: 30_000, series: now } };
}

const of = (...containers: ContainerReport[]): PodReport => ({ pod, containers });

function read(report: PodReport, metric: string, labels = ""): number | undefined {
  const reading = readingOf(report, metric, parseLabelSelector(labels));
  return reading && amountOf(reading);
}

describe("what autoscalers see", () => {
  test.each<[string, PodReport, string, string, number | undefined]>([
    ["a gauge is what it is", of(container([], [gauge("depth", 7)])), "depth", "", 7],
    [
      "several of one name are one sum",
      of(container([], [gauge("depth", 7, { q: "a" }), gauge("depth", 2, { q: "b" })])),
      "depth",
      "",
      9,
    ],
    [
      "labels choose",
      of(container([], [gauge("depth", 7, { q: "a" }), gauge("depth", 2, { q: "b" })])),
      "depth",
      "q in (b)",
      2,
    ],
    ["no such labels", of(container([], [gauge("depth", 7, { q: "a" })])), "depth", "q=c", undefined],
    [
      "the container is a label",
      of(container([], [gauge("depth", 7)]), container([], [gauge("depth", 2)], "side")),
      "depth",
      "container=side",
      2,
    ],
    [
      "containers are one sum",
      of(container([], [gauge("depth", 7)]), container([], [gauge("depth", 2)], "side")),
      "depth",
      "",
      9,
    ],
    ["a counter is a rate", of(container([counter("jobs", 10)], [counter("jobs", 50)])), "jobs", "", 2],
    ["a counter that is new counts from 0", of(container([], [counter("jobs", 50)])), "jobs", "", 2.5],
    ["without its ending", of(container([], [counter("jobs_total", 20)])), "jobs", "", 1],
    ["with its ending", of(container([], [counter("jobs_total", 20)])), "jobs_total", "", 1],
    [
      "a histogram is a mean of what came since",
      of(container([histogram("ms", 10, 1_000)], [histogram("ms", 30, 1_400)])),
      "ms",
      "",
      20,
    ],
    [
      "a histogram's count is a rate",
      of(container([histogram("ms", 10, 1_000)], [histogram("ms", 30, 1_400)])),
      "ms_count",
      "",
      1,
    ],
    [
      "nothing came: the mean is 0",
      of(container([histogram("ms", 10, 1_000)], [histogram("ms", 10, 1_000)])),
      "ms",
      "",
      0,
    ],
    [
      "what is outside is none of it",
      of(container([], [{ type: "external", name: "depth", labels: {}, value: 7 }])),
      "depth",
      "",
      undefined,
    ],
    ["nothing of that name", of(container([], [gauge("depth", 7)])), "width", "", undefined],
    [
      "another metric's name is none of its own",
      of(container([], [gauge("jobs_total", 7)])),
      "jobs",
      "",
      undefined,
    ],
  ])("%s", (_, report, metric, labels, expected) => expect(read(report, metric, labels)).toBe(expected));

  test("a container that has told nothing since says nothing of how often", () => {
    const busy = { at: 10_000, series: [counter("jobs", 5), gauge("depth", 7)] };
    const report = of({ name: "main", now: busy, before: busy });
    expect(read(report, "jobs")).toBeUndefined();
    expect(read(report, "depth")).toBe(7);
  });

  test("the mean of several pods is that of all their values", () => {
    const [one, other] = [
      readingOf(of(container([], [histogram("ms", 1, 100)])), "ms", []),
      readingOf(of(container([], [histogram("ms", 3, 0)])), "ms", []),
    ];
    const all = together([one, undefined, other]);
    expect(all && amountOf(all)).toBe(25);
    expect(all).toMatchObject({ at: 30_000, windowMs: 20_000 });
  });
});
