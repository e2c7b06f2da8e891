import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Event, KubernetesObject } from "../resources/index.ts";
import { controllerWriter } from "../store/index.ts";
import { EventCorrelator } from "./event-correlator.ts";
import { EventRecorder } from "./event-recorder.ts";
import { configMap, TestCluster } from "./test-cluster.ts";

const source = controllerWriter("test");

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of();
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.failures).toEqual([]);
});

describe("events", () => {
  const told = () => cluster.store.list("Event").map(({ message, count }) => `${message} ×${count}`);

  test("are counted up when they repeat, and combined when they differ only in a name", async () => {
    const about = await cluster.create(configMap("a"));
    const { recorder } = cluster;
    for (let i = 0; i < 3; i++)
      recorder.record(controllerWriter("test"), about, "Normal", "Same", "the same");
    for (let i = 0; i < 12; i++)
      recorder.record(controllerWriter("test"), about, "Warning", "Alike", `number ${i}`);
    await recorder.written();
    expect(told().slice(0, 2)).toEqual(["the same ×3", "number 0 ×1"]);
    expect(told()).toHaveLength(1 + 10 + 1);
    expect(told().at(-1)).toBe("(combined from similar events): number 11 ×2");
  });

  test("are counted while they wait to be written, and dropped while too many do", async () => {
    const about = await cluster.create(configMap("a"));
    const others = await Promise.all(["b", "c", "d"].map(name => cluster.create(configMap(name))));
    const { registry, clock } = cluster;
    const recorder = new EventRecorder({ registry, clock }, fault => cluster.failures.push(fault), {
      waiting: 3,
    });
    const written = cluster.store.revision;
    for (let i = 0; i < 2; i++)
      recorder.record(controllerWriter("test"), about, "Normal", "Same", "the same");
    for (const other of others)
      recorder.record(controllerWriter("test"), other, "Normal", "One", other.metadata.name);
    await cluster.settle();
    expect(told()).toEqual([]);
    await recorder.written();
    expect(told()).toEqual(["the same ×2", "b ×1", "c ×1"]);
    expect(cluster.store.revision - written).toBe(3);
  });

  test("hold nobody up: a long line is written bit by bit, and to the end when the recorder stops", async () => {
    const about = await cluster.create(configMap("a"));
    const { registry, clock } = cluster;
    const recorder = new EventRecorder({ registry, clock }, fault => cluster.failures.push(fault), {
      alike: 1_000,
    });
    for (let i = 0; i < 100; i++)
      recorder.record(controllerWriter("test"), about, "Normal", "Many", `number ${i}`);
    const stopped = recorder.stop();
    await cluster.settle();
    await stopped;
    expect(told()).toHaveLength(100);
  });

  test("go after an hour", async () => {
    const about = await cluster.create(configMap("a"));
    cluster.recorder.start();
    cluster.recorder.record(controllerWriter("test"), about, "Normal", "Old", "long ago");
    await cluster.advance(1_800_000);
    cluster.recorder.record(controllerWriter("test"), about, "Normal", "New", "lately");
    await cluster.advance(1_900_000);
    expect(told()).toEqual(["lately ×1"]);
  });

  test("are never more than the limit, also in a burst, and whoever writes them; the one seen longest ago goes first", async () => {
    const { registry, clock, store } = cluster;
    const onFault = (fault: unknown) => void cluster.failures.push(fault);
    const recorder = new EventRecorder({ registry, clock }, onFault, { most: 10, alike: 1_000 });
    recorder.start();
    let most = 0;
    store.watch({ kind: "Event" }, () => {
      most = Math.max(most, store.count("Event"));
    });
    const about = await cluster.create(configMap("a"));
    recorder.record(source, about, "Normal", "First", "still so");
    await recorder.written();
    for (let i = 0; i < 5; i++) recorder.record(source, about, "Normal", "Early", `number ${i}`);
    await recorder.written();
    recorder.record(source, about, "Normal", "First", "still so");
    for (let i = 0; i < 8; i++) recorder.record(source, about, "Normal", "Late", `late ${i}`);
    await recorder.written();
    expect(most).toBe(10);
    expect(told()[0]).toBe("still so ×2");
    expect(told()).toHaveLength(10);
    expect(told().at(-1)).toBe("late 7 ×1");
    const event = store.list("Event").at(-1) as Event;
    const { uid: _, resourceVersion: __, ...metadata } = event.metadata;
    for (let i = 0; i < 5; i++)
      await cluster.create({ ...event, metadata: { ...metadata, name: `by-hand-${i}` } });
    await cluster.settle();
    expect(store.count("Event")).toBe(10);
    expect(cluster.names("Event").at(-1)).toBe("by-hand-4");
    await recorder.stop();
  });

  test("that are alike are combined within ten minutes, and told apart after that", () => {
    const correlator = new EventCorrelator(2);
    const about = { apiVersion: "v1", kind: "ConfigMap", metadata: { uid: "a" } } as KubernetesObject;
    const tell = (message: string, now: number) =>
      correlator.correlate({ source: "test", about, reason: "Many", message }, now).message;
    expect(["one", "two", "three", "one"].map(text => tell(text, 0))).toEqual([
      "one",
      "two",
      "(combined from similar events): three",
      "one",
    ]);
    expect(tell("four", 599_000)).toBe("(combined from similar events): four");
    expect(tell("five", 1_200_000)).toBe("five");
  });
});
