import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { ObjectKey } from "../store/index.ts";
import { type Controller, controller, everyKind, type World } from "./controller.ts";
import { Loop } from "./loop.ts";
import { again, type Outcome, settled } from "./outcome.ts";
import { configMap, TestCluster } from "./test-cluster.ts";
import { concerning } from "./wakers.ts";
import { readerOf } from "./world.ts";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await TestCluster.of();
});

afterEach(() => cluster.stop());

/** A controller over ConfigMaps that does what the test says, and remembers whom it looked at, and when. */
function observer(look: (name: string, world: World) => Promise<Outcome> | Outcome = () => settled) {
  const looks: string[] = [];
  const startedAt = cluster.clock.now();
  const observing = controller({
    kind: "ConfigMap",
    name: "observer",
    wokenBy: [],
    async reconcile({ metadata: { name } }, world) {
      looks.push(`${name}@${cluster.clock.now() - startedAt}`);
      return look(name, world);
    },
  });
  return { looks, observing: observing as Controller };
}

async function create(...names: string[]): Promise<void> {
  for (const name of names) await cluster.create(configMap(name));
}

describe("the loop", () => {
  test("looks at what is there when it starts, then at what changes, at once", async () => {
    await create("a");
    const { looks, observing } = observer();
    cluster.run(observing);
    await cluster.settle();
    await create("b");
    await cluster.settle();
    expect(looks).toEqual(["a@0", "b@0"]);
  });

  test("looks once, however many changes there were meanwhile", async () => {
    const { looks, observing } = observer();
    cluster.run(observing);
    await create("a");
    for (let i = 0; i < 5; i++)
      await cluster.change("ConfigMap", "a", object => ({
        ...object,
        metadata: { ...object.metadata, labels: { i: `${i}` } },
      }));
    await cluster.settle();
    expect(looks).toEqual(["a@0"]);
  });

  test("looks at every key again each second: a change that nobody told of heals itself", async () => {
    const { looks, observing } = observer();
    const watch = cluster.store.watch.bind(cluster.store);
    // A store that forgets to tell.
    cluster.store.watch = (options, tell) =>
      watch(options, change => change.key.name !== "missed" && tell(change));
    cluster.run(observing);
    await create("missed");
    await cluster.settle();
    expect(looks).toEqual([]);
    await cluster.advance(2_000);
    expect(looks).toEqual(["missed@1000", "missed@2000"]);
  });

  test("spends no more than its budget on that, and goes round", async () => {
    await create("a", "b", "c");
    const { looks, observing } = observer();
    const { registry, clock, random } = cluster;
    const loop = new Loop(
      observing,
      { registry, clock, random, events: cluster.recorder },
      { resyncBudget: 2 },
    );
    loop.start();
    await cluster.settle();
    looks.length = 0;
    await cluster.advance(3_000);
    await loop.stop();
    expect(looks).toEqual(["a@1000", "b@1000", "c@2000", "a@2000", "b@3000", "c@3000"]);
  });

  test("does not queue what does not concern the controller: not at the start, nor at a change, nor at a resync", async () => {
    const { looks, observing } = observer();
    await create("dull");
    const isBright = ({ metadata }: KubernetesObject) => metadata.labels?.bright === "yes";
    cluster.run({ ...observing, concerns: isBright });
    await create("dim");
    await cluster.advance(1_000);
    expect(looks).toEqual([]);
    await cluster.change("ConfigMap", "dim", object => ({
      ...object,
      metadata: { ...object.metadata, labels: { bright: "yes" } },
    }));
    await cluster.settle();
    expect(looks).toEqual(["dim@1000"]);
  });

  test("lets a key rest after two long runs, if one run goes through many; what happens meanwhile is one run after it", async () => {
    const { looks, observing } = observer(async () => {
      await cluster.clock.sleep(10);
      return settled;
    });
    cluster.run({ ...observing, looksAtMany: true });
    const change = (i: number) =>
      cluster.change("ConfigMap", "a", object => ({
        ...object,
        metadata: { ...object.metadata, labels: { i: `${i}` } },
      }));
    await create("a");
    await cluster.advance(20);
    await change(1);
    await cluster.advance(20);
    for (const i of [2, 3, 4]) await change(i);
    await cluster.advance(200);
    expect(looks).toEqual(["a@0", "a@20", "a@70"]);
  });

  test("where one run goes through many, the resync takes no more than half a hundredth of the time", async () => {
    await create("a", "b", "c", "d", "e");
    const { looks, observing } = observer(async () => {
      await cluster.clock.sleep(300);
      return settled;
    });
    cluster.run({ ...observing, looksAtMany: true });
    await cluster.advance(4_500);
    // Five at the start, then as many each second as 5 ms suffice for, once it is known what one costs.
    expect(looks.slice(0, 5)).toHaveLength(5);
    expect(looks.length).toBeLessThan(5 + 4 * 5);
  });

  test("never has one key in flight twice, and misses no change that comes meanwhile", async () => {
    let inFlight = 0;
    const { looks, observing } = observer(async () => {
      expect(++inFlight).toBe(1);
      await cluster.clock.sleep(100);
      inFlight--;
      return settled;
    });
    cluster.run(observing);
    await create("a");
    await cluster.advance(50);
    await cluster.change("ConfigMap", "a", object => ({
      ...object,
      metadata: { ...object.metadata, labels: { b: "c" } },
    }));
    await cluster.advance(300);
    expect(looks).toEqual(["a@0", "a@100"]);
  });

  test("tries a failure again, later each time, and tells of it; other keys are not held up", async () => {
    const { looks, observing } = observer(name => {
      if (name === "broken") throw new Error("no luck");
      return settled;
    });
    cluster.run(observing);
    await create("broken", "fine");
    await cluster.advance(100);
    expect(looks).toEqual(["broken@0", "fine@0", "broken@10", "broken@30", "broken@70"]);
    expect(cluster.failures.splice(0)).toHaveLength(4);
  });

  test("takes a conflict as everyday: it tries again and tells nobody", async () => {
    let beaten = true;
    const { looks, observing } = observer(() => {
      if (!beaten) return settled;
      beaten = false;
      throw new ApiError("Conflict", "somebody was faster");
    });
    cluster.run(observing);
    await create("a");
    await cluster.advance(20);
    expect(looks).toEqual(["a@0", "a@10"]);
    expect(cluster.failures).toEqual([]);
  });

  test("takes it as a conflict when what it makes was made by another since it looked, and as a failure when it was there", async () => {
    const { looks, observing } = observer(async (name, world) => {
      const draft = configMap(`of-${name}`);
      const isFirst =
        world.get("ConfigMap", draft.metadata.namespace ?? "", draft.metadata.name ?? "") === undefined;
      if (name.startsWith("of-") || (name === "a" && !isFirst)) return settled;
      // By whom it was made since the run began makes no difference.
      if (name === "a") await world.create(draft);
      await world.create(draft);
      return settled;
    });
    await create("of-b");
    cluster.run(observing);
    await create("a", "b");
    await cluster.advance(20);
    expect(looks).toContain("a@10");
    expect(cluster.failures.splice(0).map(error => (error as ApiError).reason)).toContain("AlreadyExists");
  });

  test("takes it as a conflict when what it writes was deleted after it was read", async () => {
    const { looks, observing } = observer(async (name, world) => {
      const before = world.get("ConfigMap", "default", name);
      if (!before) return settled;
      await cluster.delete("ConfigMap", name);
      await world.update({ ...before, data: { a: "late" } });
      return settled;
    });
    cluster.run(observing);
    await create("a");
    await cluster.advance(20);
    expect(looks).toEqual(["a@0"]);
    expect(cluster.failures).toEqual([]);
  });

  test.each([
    [undefined, 5],
    [2, 2],
  ])("has several keys in flight: where the controller says %s, %i", async (concurrency, atOnce) => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const { looks, observing } = observer(async () => {
      await cluster.clock.sleep(100);
      return settled;
    });
    cluster.run({ ...observing, concurrency });
    await create(...names);
    await cluster.advance(50);
    expect(looks).toEqual(names.slice(0, atOnce).map(name => `${name}@0`));
    await cluster.advance(100);
    expect(looks.slice(atOnce)).toEqual(names.slice(atOnce, 2 * atOnce).map(name => `${name}@100`));
    await cluster.advance(800);
  });

  test("what waits while the resync comes round names its cause all the same", async () => {
    const causes: (number | undefined)[] = [];
    let letGo = () => {};
    const slow = new Promise<void>(resolve => {
      letGo = resolve;
    });
    const { observing } = observer(async (name, world) => {
      if (name === "slow") await slow;
      const target = world.get("Namespace", "", "demo") as KubernetesObject;
      const labels = { ...target.metadata.labels, [name]: "seen" };
      await world.update({ ...target, metadata: { ...target.metadata, labels } });
      return settled;
    });
    cluster.store.watch({ kind: "Namespace" }, ({ cause }) => void causes.push(cause));
    cluster.run({ ...observing, concurrency: 1 });
    const made = [];
    for (const name of ["slow", "quick"]) {
      made.push(await cluster.create(configMap(name)));
      await cluster.settle();
    }
    await cluster.advance(2_500);
    letGo();
    await cluster.settle();
    expect(causes).toEqual(made.map(({ metadata }) => Number(metadata.resourceVersion)));
  });

  test("a retry names the cause of the run that failed", async () => {
    const causes: (number | undefined)[] = [];
    let isRefused = true;
    const { observing } = observer(async (_, world) => {
      if (isRefused) throw new ApiError("Forbidden", "exceeded quota");
      const target = world.get("Namespace", "", "demo") as KubernetesObject;
      await world.update({ ...target, metadata: { ...target.metadata, labels: { seen: "yes" } } });
      return settled;
    });
    cluster.store.watch({ kind: "Namespace" }, ({ cause }) => void causes.push(cause));
    cluster.run(observing);
    const { metadata } = await cluster.create(configMap("a"));
    await cluster.advance(100);
    isRefused = false;
    await cluster.advance(1_000);
    expect(causes).toEqual([Number(metadata.resourceVersion)]);
    cluster.failures.length = 0;
  });

  test("paused, it takes on nothing; step by step, one key at a time; and resumed, what is left", async () => {
    const { looks, observing } = observer();
    const { registry, clock, random } = cluster;
    const loop = new Loop(observing, { registry, clock, random, events: cluster.recorder });
    loop.start();
    await loop.pause();
    await create("a", "b", "c");
    await cluster.advance(5_000);
    expect(looks).toEqual([]);
    expect(loop.metrics.waiting).toBe(3);
    expect(await loop.step()).toMatchObject({ kind: "ConfigMap", name: "a" });
    expect(looks).toEqual(["a@5000"]);
    loop.resume();
    await cluster.settle();
    expect(looks).toEqual(["a@5000", "b@5000", "c@5000"]);
    expect(await loop.step()).toBeUndefined();
    await loop.pause();
    expect(await loop.step()).toBeUndefined();
    await loop.stop();
  });

  test("looks at objects of several kinds, or of all, those included of which there were none at the start", async () => {
    const looks: string[] = [];
    const over = (kind: string | readonly string[], name: string) =>
      controller({
        name,
        kind,
        wokenBy: [],
        async reconcile(object) {
          looks.push(`${name} ${object.kind}`);
          return settled;
        },
      }) as Controller;
    cluster.run(over(["ConfigMap", "Pod"], "two"), over(everyKind, "all"));
    await cluster.settle();
    expect(new Set(looks)).toEqual(new Set(["all Namespace", "all ServiceAccount"]));
    looks.length = 0;
    await create("a");
    await cluster.settle();
    expect(looks).toEqual(["two ConfigMap", "all ConfigMap"]);
    looks.length = 0;
    await cluster.advance(1_000);
    expect(new Set(looks)).toEqual(
      new Set(["two ConfigMap", "all ConfigMap", "all Namespace", "all ServiceAccount"]),
    );
  });

  test("looks again when it was asked to", async () => {
    const { looks, observing } = observer(() => (cluster.clock.now() % 1_000 === 0 ? again(300) : settled));
    cluster.run(observing);
    await create("a");
    await cluster.advance(500);
    expect(looks).toEqual(["a@0", "a@300"]);
  });

  test("stops: what is in flight ends, and nothing is begun", async () => {
    const { looks, observing } = observer(async () => {
      await cluster.clock.sleep(100);
      return settled;
    });
    cluster.run({ ...observing, concurrency: 1 });
    await create("a", "b");
    await cluster.advance(50);
    const stopped = cluster.stop();
    await cluster.advance(5_000);
    await stopped;
    expect(looks).toEqual(["a@0"]);
  });

  test("stops although a run never ends", async () => {
    cluster.run(observer(() => new Promise(() => {})).observing);
    await create("a");
    await cluster.settle();
    const stopped = cluster.stop();
    await cluster.advance(1_000);
    await stopped;
  });

  test("runs a controller that is an object of a class", async () => {
    class Counting implements Controller {
      readonly name = "counting";
      readonly kind = "ConfigMap";
      readonly wokenBy = [];
      readonly seen: string[] = [];

      concerns({ metadata }: KubernetesObject): boolean {
        return !this.seen.includes(metadata.name);
      }

      async reconcile({ metadata }: KubernetesObject): Promise<Outcome> {
        this.seen.push(metadata.name);
        return settled;
      }

      async gone({ name }: ObjectKey): Promise<Outcome> {
        this.seen.push(`${name} is gone`);
        return settled;
      }
    }
    const counting = new Counting();
    cluster.run(counting);
    await cluster.create(configMap("a"));
    await cluster.settle();
    await cluster.delete("ConfigMap", "a");
    await cluster.settle();
    expect(counting.seen).toEqual(["a", "a is gone"]);
  });

  test("signs every write with the controller and the revision that made it write", async () => {
    const waking = controller({
      kind: "Namespace",
      name: "waking",
      wokenBy: [{ kind: "ConfigMap", keys: () => [{ kind: "Namespace", namespace: "", name: "demo" }] }],
      async reconcile(namespace, world) {
        if (namespace.metadata.name !== "demo" || namespace.metadata.labels?.seen) return settled;
        if (!world.get("ConfigMap", "demo", "cause")) return settled;
        await world.update({ ...namespace, metadata: { ...namespace.metadata, labels: { seen: "yes" } } });
        return settled;
      },
    });
    cluster.run(waking);
    await cluster.settle();
    const { metadata } = await cluster.create(configMap("cause"));
    await cluster.settle();
    const last = cluster.store.history({ kind: "Namespace", namespace: "", name: "demo" }).at(-1);
    expect(last).toMatchObject({
      actor: "waking",
      user: "system:serviceaccount:kube-system:waking",
      manager: "kube-controller-manager",
      cause: Number(metadata.resourceVersion),
    });
  });

  test("is woken by a change of another kind that concerns it, before or after", async () => {
    const woken: string[] = [];
    const holds = (
      mine: { metadata: { name: string } },
      other: { metadata: { labels?: Readonly<Record<string, string>> } },
    ) => other.metadata.labels?.of === mine.metadata.name;
    const waking = controller({
      kind: "Namespace",
      name: "waking",
      wokenBy: [concerning("ConfigMap", "ConfigMap", holds)],
      reconcile: async () => settled,
    });
    const waker = waking.wokenBy[0];
    cluster.store.watch({ kind: "ConfigMap" }, change => {
      for (const key of waker?.keys(change, readerOf(cluster.registry, cluster.clock)) ?? [])
        woken.push(`${change.type} ${key.name}`);
    });
    await create("mine");
    await cluster.create(configMap("other", { labels: { of: "mine" } }));
    await cluster.change("ConfigMap", "other", object => ({
      ...object,
      metadata: { ...object.metadata, labels: {} },
    }));
    await cluster.change("ConfigMap", "other", object => ({
      ...object,
      metadata: { ...object.metadata, labels: { of: "nobody" } },
    }));
    expect(woken).toEqual(["ADDED mine", "MODIFIED mine"]);
  });
});
