/**
 * What every store promises (store.ts) to those who read and write, as tests. One suite for the port: each driver's own test
 * calls it with a way to make a store, and that of watchers.suite.ts. Random worlds are played against a model so simple that
 * it is right at a glance.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { Change, Store } from "./store.ts";
import { Model, type Written } from "./test-model.ts";
import { author, draft, key, kinds, owners, play, rethrow, selection, step } from "./test-worlds.ts";
import type { OnFault } from "./watchers.ts";

export interface StoreUnderTest {
  readonly clock: VirtualClock;
  readonly onFault: OnFault;
  readonly historyLimit?: number;
}

export function storeSuite(
  driver: string,
  makeStore: (options: StoreUnderTest) => Store | Promise<Store>,
): void {
  const open = (options: Partial<StoreUnderTest> = {}) =>
    makeStore({ clock: new VirtualClock(), onFault: rethrow, ...options });

  describe(`the store ${driver}`, () => {
    test("counts revisions over all kinds, without a gap", async () => {
      const store = await open();
      const pod = await store.add(key("Pod", "a", "x"), draft(), author);
      const widget = await store.add(key("Widget", "", "x"), draft(), author);
      const pod2 = await store.replace(key("Pod", "a", "x"), pod, pod, author);
      await store.remove(key("Widget", "", "x"), widget, author);
      expect([pod, widget, pod2].map(object => object.metadata.resourceVersion)).toEqual(["1", "2", "3"]);
      expect(store.revision).toBe(4);
      expect(store.history({ after: 0 }).map(change => change.revision)).toEqual([1, 2, 3, 4]);
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
      expect(store.revision).toBe(2);
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
        { numRuns: 50 },
      );
    });

    test("behaves like its model in random worlds", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 60 }),
          fc.array(selection),
          async (steps, selections) => {
            const store = await open();
            const model = new Model();
            const early: Change[] = [];
            store.watch({}, change => void early.push(change));

            for (const next of steps) {
              const outcome = await play(next, store, model);
              expect(outcome.store).toEqual(outcome.model);
              // Read your writes: at once, and just that.
              expect(store.get(next.kind, next.namespace, next.name)).toEqual(model.get(next)?.object);
            }

            expect(store.revision).toBe(model.changes.length);
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
            for (const after of [0, Math.floor(store.revision / 2), store.revision]) {
              for (const filter of [{}, { kind: "Pod" }, { kind: "Widget", namespace: "b" }]) {
                const told: Change[] = [];
                store.watch({ ...filter, after }, change => void told.push(change));
                expect(told.map(summary)).toEqual(model.changesFor(filter, after).map(summary));
              }
            }
          },
        ),
        { numRuns: 200 },
      );
    });
  });
}

function summary({ type, revision, key, object }: Written): Written {
  return { type, revision, key, object };
}

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const inner of Object.values(value)) expectFrozen(inner);
}
