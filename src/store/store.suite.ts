/**
 * What every store promises (store.ts) to its readers and writers, as tests. One suite for the port: each driver's own test
 * calls it with a way to make a store, and that of watchers.suite.ts. Random worlds are played against a model so simple that
 * it is right at a glance.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { OnFault } from "./drivers/watchers.ts";
import type { Change, Store, Stored } from "./store.ts";
import { Model, type Written } from "./test-model.ts";
import { author, draft, key, kinds, owners, play, rethrow, selection, step } from "./test-worlds.ts";

export interface StoreUnderTest {
  readonly clock: VirtualClock;
  readonly onFault: OnFault;
  readonly historyLimit?: number;
  readonly content?: readonly Stored[];
}

export function storeSuite(
  driver: string,
  makeStore: (options: StoreUnderTest) => Store | Promise<Store>,
  {
    stride = 1,
    runs = 200,
    takesContent = true,
  }: {
    /** How much higher each revision is than the last. */
    readonly stride?: number;
    /** How many random worlds there are. */
    readonly runs?: number;
    /** Whether what is there from the start keeps its revisions. */
    readonly takesContent?: boolean;
  } = {},
): void {
  const open = async (options: Partial<StoreUnderTest> = {}) => {
    const store = await makeStore({ clock: new VirtualClock(), onFault: rethrow, ...options });
    await store.open();
    return store;
  };

  describe(`the store ${driver}`, () => {
    test("gives each write a higher revision, over all kinds", async () => {
      const store = await open();
      const pod = await store.add(key("Pod", "a", "x"), draft(), author);
      const widget = await store.add(key("Widget", "", "x"), draft(), author);
      const pod2 = await store.replace(key("Pod", "a", "x"), pod, pod, author);
      await store.remove(key("Widget", "", "x"), widget, author);
      const revisions = [pod, widget, pod2].map(object => Number(object.metadata.resourceVersion));
      expect(store.history({ after: 0 }).map(change => change.revision)).toEqual([
        ...revisions,
        store.revision,
      ]);
      for (const revision of revisions) expect(store.change(revision)).toMatchObject({ revision });
      expect(revisions.toSorted((a, b) => a - b)).toEqual(revisions);
      expect(store.change(store.revision + 1)).toBeUndefined();
      expect(store.kinds()).toEqual(["Pod"]);
      expect(store.keyOf(pod.metadata.uid)).toEqual(key("Pod", "a", "x"));
    });

    test("refuses what is there, what is not, and what builds on an old version; nothing happens then", async () => {
      const store = await open();
      const first = await store.add(key("Pod", "a", "x"), draft(), author);
      const second = await store.replace(key("Pod", "a", "x"), first, first, author);
      const told: Change[] = [];
      store.watch({}, change => void told.push(change));

      const refusal = (write: Promise<unknown>) => write.then(() => "done").catch(error => error.reason);
      expect(await refusal(store.add(key("Pod", "a", "x"), draft(), author))).toBe("AlreadyExists");
      expect(await refusal(store.replace(key("Pod", "a", "x"), first, first, author))).toBe("Conflict");
      expect(await refusal(store.remove(key("Pod", "a", "x"), first, author))).toBe("Conflict");
      expect(await refusal(store.replace(key("Pod", "a", "y"), first, first, author))).toBe("NotFound");
      expect(await refusal(store.remove(key("Widget", "a", "x"), first, author))).toBe("NotFound");

      expect(store.get("Pod", "a", "x")).toBe(second);
      expect(store.revision).toBe(Number(second.metadata.resourceVersion));
      expect(told).toEqual([]);
    });

    test("can be walked bit by bit while objects come, go and change", async () => {
      const store = await open();
      const added = [];
      for (const name of ["a", "b", "c"]) added.push(await store.add(key("Pod", "a", name), draft(), author));
      const [a, b, c] = added as [KubernetesObject, KubernetesObject, KubernetesObject];
      const walk = store.walk("Pod");
      expect(walk.next().value).toBe(a);
      await store.remove(key("Pod", "a", "b"), b, author);
      const changed = await store.replace(key("Pod", "a", "c"), c, { ...c, spec: {} }, author);
      const late = await store.add(key("Pod", "a", "d"), draft(), author);
      expect([...walk]).toEqual([changed, late]);
    });

    test("once closed it refuses writes and can still be read", async () => {
      const store = await open();
      await store.add(key("Pod", "a", "x"), draft(), author);
      await store.close();
      await expect(store.add(key("Pod", "a", "y"), draft(), author)).rejects.toMatchObject({
        reason: "ServiceUnavailable",
      });
      expect(store.count("Pod")).toBe(1);
    });

    test.runIf(takesContent)(
      "goes on from what is there when it is opened, and tells nobody of it",
      async () => {
        const before = await open();
        for (const name of ["a", "b", "c"])
          await before.add(
            key("Pod", "a", name),
            { ...draft(), metadata: { ...draft().metadata, name, uid: name } },
            author,
          );
        const b = before.get("Pod", "a", "b") as KubernetesObject;
        await before.replace(key("Pod", "a", "b"), b, { ...b, spec: {} }, author);
        const content = before
          .list("Pod")
          .map(object => ({ key: key("Pod", "a", object.metadata.name), object }));
        const store = await open({ content });
        expect(new Set(store.list("Pod"))).toEqual(new Set(before.list("Pod")));
        expect(store.byUid("b")).toEqual(before.byUid("b"));
        expect(store.revision).toBe(before.revision);
        expect(store.history({ after: 0 })).toEqual([]);
        const told: Change[] = [];
        expect(() => store.watch({ after: 1 }, () => {})).toThrow(
          expect.objectContaining({ reason: "Expired" }),
        );
        store.watch({ after: store.revision }, change => void told.push(change));
        const d = await store.add(key("Pod", "a", "d"), draft(), author);
        expect(Number(d.metadata.resourceVersion)).toBeGreaterThan(before.revision);
        expect(told.map(({ object }) => object)).toEqual([d]);
        expect(store.list("Pod").at(-1)).toBe(d);
        expect(store.at(before.revision).list("Pod")).toHaveLength(3);
      },
    );

    test("keeps the history of each kind by itself, and no writer pushes out what others wrote", async () => {
      const store = await open({ historyLimit: 20 });
      const base = store.revision;
      const writes = async (kind: string, count: number, actor: string) => {
        for (let i = 0; i < count; i++)
          await store.add(key(kind, "a", `${actor}-${i}`), draft(), { ...author, actor });
      };
      await writes("Widget", 3, "quiet");
      await writes("Pod", 4, "quiet");
      await writes("Pod", 100, "chatty");
      await writes("Pod", 2, "late");
      const kept = (kind: string) =>
        store
          .history({ after: 0 })
          .filter(change => change.key.kind === kind)
          .map(({ actor }) => actor);
      expect(kept("Widget")).toEqual(["quiet", "quiet", "quiet"]);
      expect(kept("Pod")).toHaveLength(20);
      expect(kept("Pod").filter(actor => actor === "late")).toHaveLength(2);
      expect(kept("Pod").filter(actor => actor === "quiet")).toHaveLength(4);
      // One kind that is told from the start, one that is not.
      store.watch({ kind: "Widget", after: base }, () => {});
      expect(() => store.watch({ kind: "Pod", after: base }, () => {})).toThrow(
        expect.objectContaining({ reason: "Expired" }),
      );
      expect(store.at(base + stride).list("Widget")).toHaveLength(1);
      expect(() => store.at(base + stride).list("Pod")).toThrow(
        expect.objectContaining({ reason: "Expired" }),
      );
    });

    test("the world as it was ends where history does", async () => {
      const store = await open({ historyLimit: 3 });
      const base = store.revision;
      for (const name of ["a", "b", "c", "d", "e"]) await store.add(key("Pod", "a", name), draft(), author);
      expect(() => store.at(base + 1 * stride)).toThrow(expect.objectContaining({ reason: "Expired" }));
      expect(() => store.at(base + 6 * stride)).toThrow(expect.objectContaining({ reason: "Expired" }));
      expect(store.at(base + 3 * stride).list("Pod")).toHaveLength(3);
      expect(store.at(base + 3 * stride).revision).toBe(base + 3 * stride);
    });

    test("writers that interleave lose no update", async () => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 5 }), async (scheduler, writers) => {
          const store = await open();
          const counter = key("Widget", "a", "counter");
          await store.add(counter, { ...draft(), spec: { count: 0 } }, author);
          const countOn = async (): Promise<void> => {
            const read = store.get("Widget", "a", "counter");
            if (!read) throw new Error("the counter is gone");
            // Others may come here, between reading and writing.
            await scheduler.schedule(Promise.resolve());
            const spec = { count: (read.spec as { count: number }).count + 1 };
            await store.replace(counter, read, { ...read, spec }, author).catch(error => {
              if (error.reason !== "Conflict") throw error;
              return countOn();
            });
          };
          const all = Promise.all(Array.from({ length: writers }, () => countOn().then(countOn)));
          await scheduler.waitFor(all);
          expect(store.get("Widget", "a", "counter")?.spec).toEqual({ count: 2 * writers });
        }),
        { numRuns: Math.min(50, runs) },
      );
    });

    test("what is decided by other objects still holds when it is written, of one place and of several", async () => {
      const store = await open();
      const most = 3;
      const take = (name: string, ...places: string[]) =>
        store.alone(
          () => places,
          async () => {
            if (store.count("Pod") >= most) return undefined;
            return store.add(key("Pod", "a", name), draft(), author);
          },
        );
      const places = (i: number) => (i % 2 === 0 ? ["quota", "other"] : ["other", "quota"]);
      const taken = await Promise.all(Array.from({ length: 12 }, (_, i) => take(`p${i}`, ...places(i))));
      expect(taken.filter(each => each !== undefined)).toHaveLength(most);
      expect(store.count("Pod")).toBe(most);
      // One that fails leaves the place to the next.
      const refused = store.alone(
        () => ["quota"],
        () => store.add(key("Pod", "a", "p0"), draft(), author),
      );
      await expect(refused).rejects.toMatchObject({ reason: "AlreadyExists" });
      expect(await take("late", "quota")).toBeUndefined();
    });

    test("behaves like its model in random worlds", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 60 }),
          fc.array(selection),
          async (steps, selections) => {
            const worlds: { revision: number; objects: Map<string, KubernetesObject[]> }[] = [];
            const store = await open();
            const base = store.revision;
            const model = new Model(stride, base);
            const early: Change[] = [];
            store.watch({}, change => void early.push(change));

            for (const next of steps) {
              const outcome = await play(next, store, model);
              expect(outcome.store).toEqual(outcome.model);
              // Read your writes: at once, and just that.
              expect(store.get(next.kind, next.namespace, next.name)).toEqual(model.get(next)?.object);
              const objects = new Map(kinds.map(kind => [kind, byNamespaceAndName(model.list({ kind }))]));
              worlds.push({ revision: store.revision, objects });
            }

            expect(store.revision).toBe(base + model.changes.length * stride);
            expect(early.map(summary)).toEqual(model.changes.map(summary));
            for (const change of early) expectFrozen(change.object);
            for (const options of selections) {
              expect(store.list(options.kind, options)).toEqual(model.list(options));
            }
            for (const kind of kinds) {
              expect(store.count(kind)).toBe(model.list({ kind }).length);
              expect(new Set(store.walk(kind))).toEqual(new Set(model.list({ kind })));
            }
            for (const uid of owners) {
              expect(store.dependents(uid)).toEqual(model.dependents(uid));
              expect(store.dependents(uid, "Pod")).toEqual(model.dependents(uid, "Pod"));
            }
            for (const { uid, object } of model.everyUid()) expect(store.byUid(uid)).toEqual(object);
            // The world as it was after each step.
            for (const { revision, objects } of worlds) {
              const past = store.at(revision);
              for (const kind of kinds) {
                const were = objects.get(kind) ?? [];
                expect(past.list(kind)).toEqual(were);
                for (const object of were)
                  expect(past.get(kind, object.metadata.namespace ?? "", object.metadata.name)).toEqual(
                    object,
                  );
              }
            }
            for (const after of [base, Math.floor((base + store.revision) / 2), store.revision]) {
              for (const filter of [{}, { kind: "Pod" }, { kind: "Widget", namespace: "b" }]) {
                const told: Change[] = [];
                store.watch({ ...filter, after }, change => void told.push(change));
                expect(told.map(summary)).toEqual(model.changesFor(filter, after).map(summary));
              }
            }
          },
        ),
        { numRuns: runs },
      );
    });
  });
}

function byNamespaceAndName(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const textOf = ({ metadata }: KubernetesObject) => `${metadata.namespace ?? ""} ${metadata.name}`;
  return objects.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

function summary({ type, revision, key, object }: Written): Written {
  return { type, revision, key, object };
}

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const inner of Object.values(value)) expectFrozen(inner);
}
