/** What a controller with a mistake in it does to the rest: nothing. Each mistake is told once and slowed down. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiError, hasReason, messageOf } from "../errors/index.ts";
import { Deferred } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { Controller, World } from "./controller.ts";
import { again, settled } from "./outcome.ts";
import { configMap, pod, TestCluster } from "./test-cluster.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of();
});

afterEach(async () => {
  await cluster.stop();
});

/** How often the controller ran, and what was told, after a minute in which nothing changes. */
async function minuteOf(parts: object): Promise<{ runs: number; told: string[] }> {
  let runs = 0;
  const { reconcile = () => settled, ...others } = parts as { reconcile?: (...given: unknown[]) => unknown };
  cluster.run({
    name: "odd",
    kind: "ConfigMap",
    wokenBy: [],
    ...others,
    reconcile: (...given: unknown[]) => {
      runs++;
      return reconcile(...given);
    },
  } as unknown as Controller);
  await cluster.create(configMap("a"));
  await cluster.advance(60_000);
  return { runs, told: cluster.failures.map(messageOf) };
}

describe("an outcome that is none is told once, and slowed down like a failure", () => {
  test.each<[unknown, string]>([
    [undefined, "returned undefined, which is no outcome"],
    [null, "returned null, which is no outcome"],
    ["later", "returned 'later', which is no outcome"],
    [5, "returned 5, which is no outcome"],
    [true, "returned true, which is no outcome"],
    [Symbol("x"), "returned Symbol(x), which is no outcome"],
    [() => settled, "returned [Function (anonymous)], which is no outcome"],
    [[settled], "returned [ {} ], which is no outcome"],
    [{ agian: 5 }, 'returned an outcome with "agian", which none has'],
    [{ isRefused: "yes" }, "returned isRefused: 'yes'"],
    [{ again: 5, isRefused: true }, "returned both again and isRefused"],
    [again(Number.NaN), "returned again(NaN), which is no time in milliseconds"],
    [again(-1), "returned again(-1), which is no time in milliseconds"],
    [again(Number.POSITIVE_INFINITY), "returned again(Infinity), which is no time in milliseconds"],
    [again("5" as never), "returned again('5'), which is no time in milliseconds"],
    [again(null as never), "returned again(null), which is no time in milliseconds"],
  ])("%s", async (outcome, told) => {
    for (const answer of [() => outcome, async () => outcome]) {
      await cluster.stop();
      cluster = await TestCluster.of();
      const minute = await minuteOf({ reconcile: answer });
      expect(minute.told).toEqual([`reconcile ${told}: it must return settled, again(ms) or refused`]);
      expect(minute.runs).toBeLessThan(20);
    }
  });

  test("of gone, too", async () => {
    cluster.run({ name: "odd", kind: "ConfigMap", wokenBy: [], gone: () => 1 } as never);
    await cluster.create(configMap("a"));
    await cluster.delete("ConfigMap", "a");
    await cluster.advance(60_000);
    expect(cluster.failures.map(String)).toContainEqual(expect.stringContaining("gone returned 1"));
  });
});

describe("again, run after run, with nothing done, is slowed down and told once", () => {
  test.each([0, 0.001, 1, 9.9])("again(%d)", async ms => {
    const { runs, told } = await minuteOf({ reconcile: async () => again(ms) });
    expect(runs).toBeLessThan(90);
    expect(told).toEqual([expect.stringContaining(`it returns again(${ms}) run after run and does nothing`)]);
  });

  test("but not where it polls, nor where it wrote, nor ten times", async () => {
    let left = 20;
    const makes = async (_: unknown, world: World) => {
      if (left-- > 0)
        await world.create({ apiVersion: "v1", kind: "Secret", metadata: { name: `s${left}` } });
      return left > -10 ? again(0) : again(10);
    };
    const { runs, told } = await minuteOf({ reconcile: makes });
    expect(told).toEqual([]);
    expect(runs).toBeGreaterThan(5_900);
  });

  test("twice a month is no spin either", async () => {
    expect(await minuteOf({ reconcile: async () => again(2 ** 32) })).toMatchObject({ told: [] });
  });
});

test.each([
  null,
  undefined,
  Symbol("x"),
  "text",
  Object.create(null),
  new Proxy({}, { getPrototypeOf: thrower }),
])("whatever is thrown is tried again, later each time: case %#", async thrown => {
  const throwing = () => {
    throw thrown;
  };
  expect((await minuteOf({ reconcile: throwing })).runs).toBeLessThan(20);
  expect(cluster.failures.length).toBeGreaterThan(3);
});

test("an ApiError without details, too", async () => {
  const throwing = () => Promise.reject(new ApiError("Forbidden", "no", null as never));
  expect((await minuteOf({ reconcile: throwing })).runs).toBeLessThan(20);
});

function thrower(): never {
  throw new Error("a trap");
}

describe("a function that fails harms nothing but itself", () => {
  const wokenBy = (keys: unknown) => ({ wokenBy: [{ kind: "ConfigMap", keys }] });
  const queue = (parts: object) => ({ queue: () => ({ length: 0, add() {}, take() {}, ...parts }) });
  test.each<[string, object, string]>([
    ["concerns throws", { concerns: thrower }, "concerns threw: a trap"],
    [
      "concerns is async",
      { concerns: async () => thrower() },
      "concerns must return true or false at once, not a promise",
    ],
    ["keys throws", wokenBy(thrower), "wokenBy[0].keys must return keys: a trap"],
    ["keys is async", wokenBy(async () => thrower()), "wokenBy[0].keys must return keys: "],
    [
      "keys returns a key",
      wokenBy(() => ({ kind: "ConfigMap", name: "a" })),
      "wokenBy[0].keys must return keys: ",
    ],
    ["keys returns names", wokenBy(() => ["a"]), "a key is { kind, namespace, name }"],
    [
      "a key of no kind",
      wokenBy(() => [{ kind: "Confgmap", name: "a" }]),
      'no kind "Confgmap"; did you mean',
    ],
    [
      "a key of another kind",
      wokenBy(() => [{ kind: "Pod", namespace: "demo", name: "a" }]),
      "odd is not in charge of a Pod, but of ConfigMap",
    ],
    [
      "a queue that throws",
      queue({ add: thrower }),
      "its own queue is not used any more, and the first that came is the first that goes: its add threw a trap",
    ],
    ["a queue that gives nothing", queue({ length: 1 }), "a key waits in it, and its take returns none"],
    ["a queue without a length", queue({ length: undefined }), "its length is undefined"],
    ["a queue whose take throws", queue({ length: 1, take: thrower }), "its take threw a trap"],
  ])("%s", async (_, parts, message) => {
    const { runs, told } = await minuteOf(parts);
    expect(told).toEqual([expect.stringContaining(message)]);
    expect(runs).toBeGreaterThan(55);
    expect(runs).toBeLessThan(70);
  });
});

describe("a write that is not awaited", () => {
  const relabel = (object: KubernetesObject, value: string) => ({
    ...object,
    metadata: { ...object.metadata, labels: { is: value } },
  });

  test.each<[string, (object: KubernetesObject, world: World) => Promise<unknown>, string]>([
    ["create", ({ metadata }, world) => world.create(configMap(metadata.name)), '"a" already exists'],
    ["update", (object, world) => world.update({ ...object, kind: "Pood" }), 'no kind "Pood"'],
    [
      "report",
      (object, world) => world.report(object, {}),
      "the server could not find the requested resource",
    ],
  ])("that fails is a failure of the run: %s", async (_, write, message) => {
    const minute = await minuteOf({
      reconcile: async (object: KubernetesObject, world: World) => {
        void write(object, world);
        return settled;
      },
    });
    expect(minute.told[0]).toContain(message);
    expect(minute.runs).toBeLessThan(20);
  });

  test.each([
    ["in the run", (write: () => Promise<unknown>) => void write()],
    ["after it", (write: () => Promise<unknown>) => void cluster.clock.after(5, () => void write())],
  ])("is seen where it goes in a circle: %s", async (_, when) => {
    await minuteOf({
      reconcile: async (object: KubernetesObject, world: World) => {
        const value = object.metadata.labels?.is === "on" ? "off" : "on";
        when(() => world.update(relabel(object, value)));
        return settled;
      },
    });
    const writes = await cluster.writesDuring(() => cluster.advance(60_000));
    expect(writes).toBeLessThan(40);
    expect(cluster.events.join()).toContain("WritesInCircle");
  });
});

test.each([
  ["kind", { kind: "Pood" }],
  ["kind of a waker", { wokenBy: [{ kind: "Pood", keys: () => [] }] }],
])("a %s that there is not is refused before anything runs", (_, parts) => {
  const odd = { name: "odd", kind: "ConfigMap", wokenBy: [], reconcile: () => settled, ...parts };
  expect(() => cluster.run(odd as never)).toThrow('no kind "Pood"; did you mean Pod?');
});

test("pause and step end with the cluster, though a run never does", async () => {
  const never = { name: "odd", kind: "ConfigMap", wokenBy: [], reconcile: () => new Promise(() => {}) };
  const loop = cluster.run(never as never);
  await cluster.create(configMap("a"));
  await cluster.settle();
  const paused = Promise.all(loop.map(each => each.pause()));
  const stopped = cluster.stop();
  await cluster.advance(1_000);
  await Promise.all([paused, stopped]);
});

describe("a run that goes on after the cluster has stopped", () => {
  test.each([true, false])("is refused what it writes, and harms nothing: awaited %s", async isAwaited => {
    const gate = new Deferred<void>();
    const ends: unknown[] = [];
    const late = async (object: KubernetesObject, world: World) => {
      await gate.promise;
      world.event(object, "Normal", "Late", "too late");
      const writes = [
        () => world.create(configMap("b")),
        () => world.update({ ...object, metadata: { ...object.metadata, labels: { late: "x" } } }),
        () => world.report(object, { phase: "Late" }),
        () => world.delete(object),
      ];
      if (!isAwaited) for (const write of writes) void write();
      else for (const write of writes) ends.push(await write().catch((error: unknown) => error));
      return settled;
    };
    cluster.run({ name: "late", kind: "Pod", wokenBy: [], reconcile: late } as never);
    await cluster.create(pod("a"));
    await cluster.settle();
    const stopped = cluster.stop();
    await cluster.advance(1_000);
    await stopped;
    await cluster.store.close();
    const { revision } = cluster.store;
    gate.resolve();
    await cluster.advance(120_000);
    expect(cluster.store.revision).toBe(revision);
    if (isAwaited)
      expect(ends.map(end => hasReason(end, "ServiceUnavailable"))).toEqual([true, true, true, true]);
    else expect(cluster.failures.map(messageOf)).toEqual([expect.stringContaining("the store is closed")]);
  });
});
