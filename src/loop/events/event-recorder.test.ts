import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Event, KubernetesObject } from "../../resources/index.ts";
import { controllerWriter } from "../../store/index.ts";
import { configMap, TestCluster } from "../test-cluster.ts";
import { EventCorrelator } from "./event-correlator.ts";
import { EventRecorder } from "./event-recorder.ts";

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
    expect(told()).toHaveLength(1 + 9 + 1);
    expect(told().at(-1)).toBe("(combined from similar events): number 11 ×3");
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

  test("of one object in one moment, told by two recorders, are two events", async () => {
    const about = await cluster.create(configMap("a"));
    const { registry, clock, recorder } = cluster;
    const other = new EventRecorder({ registry, clock }, fault => cluster.failures.push(fault));
    recorder.record(source, about, "Normal", "One", "of the first");
    for (let i = 0; i < 2; i++) other.record(source, about, "Normal", "Two", "of the second");
    await Promise.all([recorder.written(), other.written()]);
    other.record(source, about, "Normal", "Two", "of the second");
    await other.written();
    expect(told()).toEqual(["of the first ×1", "of the second ×3"]);
    await other.stop();
  });

  test("hold nobody up: a long line is written bit by bit, and to the end when the recorder stops", async () => {
    const about = await cluster.create(configMap("a"));
    const { registry, clock } = cluster;
    const recorder = new EventRecorder({ registry, clock }, fault => cluster.failures.push(fault), {
      alike: 1_000,
      burst: 1_000,
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

  test("are never more than the limit, also in a burst, and with several writers; the one seen longest ago goes first", async () => {
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

  test("of two containers of a pod, or of two types, are two events, though they say the same", async () => {
    const about = await cluster.create(configMap("a"));
    for (const part of ["spec.containers{a}", "spec.containers{b}", "spec.containers{a}"])
      cluster.recorder.record(source, about, "Normal", "Started", "Started container", part);
    cluster.recorder.record(source, about, "Warning", "Started", "Started container", "spec.containers{a}");
    await cluster.recorder.written();
    expect(
      cluster.store
        .list("Event")
        .map(({ type, involvedObject, count }) => `${type} ${involvedObject.fieldPath} ×${count}`),
    ).toEqual([
      "Normal spec.containers{a} ×2",
      "Normal spec.containers{b} ×1",
      "Warning spec.containers{a} ×1",
    ]);
  });

  test("beyond 25 that a source tells of an object, one in five minutes is written, and counts those before it; and the first of each reason", async () => {
    const [about, other] = [await cluster.create(configMap("a")), await cluster.create(configMap("b"))];
    const { recorder, store } = cluster;
    const before = store.revision;
    const tell = async () => {
      recorder.record(source, about, "Warning", "BackOff", "held back");
      await recorder.written();
    };
    for (let i = 0; i < 40; i++) await tell();
    expect(told()).toEqual(["held back ×25"]);
    expect(store.revision - before).toBe(25);
    recorder.record(source, about, "Normal", "Another", "of another reason");
    recorder.record(source, other, "Normal", "Another", "of another object");
    recorder.record(controllerWriter("other"), about, "Normal", "Another", "of another source");
    await recorder.written();
    expect(told()).toEqual([
      "held back ×25",
      "of another reason ×1",
      "of another object ×1",
      "of another source ×1",
    ]);
    recorder.record(source, about, "Normal", "Another", "of another reason");
    await recorder.written();
    expect(told()[1]).toBe("of another reason ×1");
    await cluster.advance(299_999);
    await tell();
    expect(told()[0]).toBe("held back ×25");
    await cluster.advance(1);
    await tell();
    expect(told()[0]).toBe("held back ×42");
    await tell();
    expect(told()[0]).toBe("held back ×42");
    await cluster.advance(25 * 300_000);
    for (let i = 0; i < 30; i++) await tell();
    expect(told()[0]).toBe(`held back ×${42 + 1 + 25}`);
  });
});

describe("messages that are alike", () => {
  const about = { apiVersion: "v1", kind: "ConfigMap", metadata: { uid: "a" } } as KubernetesObject;
  const limits = { burst: 1_000, refillMs: 1 };

  test("are combined from the tenth on", () => {
    const correlator = new EventCorrelator({ ...limits, alike: 10 });
    const tell = (message: string) =>
      correlator.correlate({ source: "test", about, type: "Normal", reason: "Many", message }, 0)?.message;
    for (let i = 1; i < 10; i++) expect(tell(`${i}`)).toBe(`${i}`);
    expect(["10", "9", "11"].map(tell)).toEqual([
      "(combined from similar events): 10",
      "9",
      "(combined from similar events): 11",
    ]);
  });

  test("are combined until ten minutes pass without any, and told apart after that", () => {
    const correlator = new EventCorrelator({ ...limits, alike: 3 });
    const tell = (message: string, now: number, parts: object = {}) =>
      correlator.correlate({ source: "test", about, type: "Normal", reason: "Many", message, ...parts }, now)
        ?.message;
    expect(["one", "two", "three", "one"].map(text => tell(text, 0))).toEqual([
      "one",
      "two",
      "(combined from similar events): three",
      "one",
    ]);
    expect(tell("three", 0, { type: "Warning" })).toBe("three");
    expect(tell("three", 0, { reason: "Few" })).toBe("three");
    expect(tell("three", 0, { fieldPath: "spec.containers{b}" })).toBe(
      "(combined from similar events): three",
    );
    expect(tell("four", 600_000)).toBe("(combined from similar events): four");
    expect(tell("five", 1_200_001)).toBe("five");
  });
});

test("what a source tells of each of a thousand objects is bounded, though not each reason of each is remembered as alike", () => {
  const correlator = new EventCorrelator({ alike: 10, burst: 25, refillMs: 300_000 });
  let written = 0;
  for (let round = 0; round < 30; round++)
    for (let pod = 0; pod < 1_000; pod++)
      for (let reason = 0; reason < 6; reason++) {
        const about = { apiVersion: "v1", kind: "Pod", metadata: { uid: `${pod}` } } as KubernetesObject;
        const told = { about, type: "Warning", reason: `R${reason}`, message: "again" } as const;
        if (correlator.correlate({ source: "kubelet", ...told }, 0)) written++;
      }
  expect(written).toBe(1_000 * 25);
});
