/**
 * What every store promises (store.ts), as tests. One suite for the port: each driver's own test calls it with a way to
 * make a store. Random worlds are played against a model so simple that it is right at a glance.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import type { Change, Store } from "./store.ts";
import { Model, type Written } from "./test-model.ts";
import { author, key, kinds, owners, play, selection, step } from "./test-worlds.ts";
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

    test("tells what was written, by whom, why and when", async () => {
      const clock = new VirtualClock();
      const store = await open({ clock });
      const told: Change[] = [];
      store.watch({}, change => void told.push(change));
      const added = await store.add(key("Pod", "a", "x"), draft(), { actor: "user" });
      await clock.advance(1500);
      const replaced = await store.replace(key("Pod", "a", "x"), added, added, {
        actor: "scheduler",
        cause: 1,
      });
      const removed = await store.remove(key("Pod", "a", "x"), replaced, { actor: "user" });

      const start = Date.UTC(2026, 0, 1);
      expect(told).toEqual([
        { type: "ADDED", revision: 1, key: key("Pod", "a", "x"), object: added, at: start, actor: "user" },
        {
          type: "MODIFIED",
          revision: 2,
          key: key("Pod", "a", "x"),
          object: replaced,
          previous: added,
          at: start + 1500,
          actor: "scheduler",
          cause: 1,
        },
        {
          type: "DELETED",
          revision: 3,
          key: key("Pod", "a", "x"),
          object: removed,
          previous: replaced,
          at: start + 1500,
          actor: "user",
        },
      ]);
      expect(removed.metadata.resourceVersion).toBe("3");
      expect(store.history(key("Pod", "a", "x"))).toEqual(told);
    });

    test("tells a watcher only of its kind and namespace, and nothing after it has stopped", async () => {
      const store = await open();
      const told: string[] = [];
      const note = ({ key }: Change) => void told.push(`${key.kind}/${key.namespace}/${key.name}`);
      const stop = store.watch({ kind: "Pod", namespace: "a" }, note);
      await store.add(key("Pod", "a", "x"), draft(), author);
      await store.add(key("Pod", "b", "x"), draft(), author);
      await store.add(key("Widget", "a", "x"), draft(), author);
      stop();
      await store.add(key("Pod", "a", "y"), draft(), author);
      expect(told).toEqual(["Pod/a/x"]);
    });

    test("tells who watches partings of what goes, and of what changes its owners, whatever its kind", async () => {
      const store = await open();
      const told: string[] = [];
      store.watch({ partings: true }, ({ type, revision }) => void told.push(`${type} ${revision}`));
      const at = key("Pod", "a", "x");
      const one = await store.add(at, draft(), author);
      const two = await store.replace(at, one, { ...one, spec: {} }, author);
      const ownerReferences = [{ apiVersion: "v1", kind: "Widget", name: "x", uid: "widget" }];
      const taken = { ...two, metadata: { ...two.metadata, ownerReferences } };
      const three = await store.replace(at, two, taken, author);
      const going = { ...three, metadata: { ...three.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
      const four = await store.replace(at, three, going, author);
      await store.remove(at, four, author);
      await store.add(key("Widget", "", "x"), draft(), author);
      expect(told).toEqual(["MODIFIED 3", "MODIFIED 4", "DELETED 5"]);
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

    test("a watcher may stop itself, or another, while it is told", async () => {
      const store = await open();
      const told: string[] = [];
      const stopFirst = store.watch({}, () => {
        told.push("first");
        stopFirst();
        stopSecond();
      });
      const stopSecond = store.watch({}, () => void told.push("second"));
      await store.add(key("Pod", "a", "x"), draft(), author);
      await store.add(key("Pod", "a", "y"), draft(), author);
      expect(told).toEqual(["first"]);
    });

    test("a watcher that throws harms nobody, and its fault is reported", async () => {
      const faults: unknown[] = [];
      const store = await open({ onFault: (fault, change) => void faults.push([fault, change.revision]) });
      const told: number[] = [];
      const broken = new Error("a watcher's own mistake");
      store.watch({}, () => {
        throw broken;
      });
      store.watch({}, change => void told.push(change.revision));
      await expect(store.add(key("Pod", "a", "x"), draft(), author)).resolves.toMatchObject({ kind: "Pod" });
      expect(told).toEqual([1]);
      expect(faults).toEqual([[broken, 1]]);
    });

    test("all watchers see one order, even when one of them writes", async () => {
      const store = await open();
      const seen: number[][] = [[], []];
      const written: Promise<unknown>[] = [];
      store.watch({}, ({ revision }) => {
        seen[0]?.push(revision);
        if (revision <= 3) written.push(store.add(key("Widget", "a", `from-${revision}`), draft(), author));
      });
      store.watch({}, ({ revision }) => void seen[1]?.push(revision));
      await store.add(key("Pod", "a", "x"), draft(), author);
      while (written.length < 3) await Promise.all(written);
      await Promise.all(written);
      expect(seen).toEqual([
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ]);
    });

    test("a watcher that comes while changes are being told learns of each once, or not at all", async () => {
      const store = await open();
      const told: string[] = [];
      const note = (who: string) => (change: Change) => void told.push(`${who}: ${change.revision}`);
      const written: Promise<unknown>[] = [];
      const stop = store.watch({}, ({ revision }) => {
        stop();
        // Not told yet when the two others come: one knows it from history, for the other it is past.
        written.push(store.add(key("Pod", "a", "y"), draft(), author));
        store.watch({ after: revision - 1 }, note("from the past"));
        store.watch({}, note("from now on"));
      });
      await store.add(key("Pod", "a", "x"), draft(), author);
      await Promise.all(written);
      await store.add(key("Pod", "a", "z"), draft(), author);
      const past = ["from the past: 1", "from the past: 2"];
      expect(told).toEqual([...past, "from the past: 3", "from now on: 3"]);
    });

    test("a watch from a revision that is no longer kept, or not yet there, fails with Expired", async () => {
      const store = await open({ historyLimit: 3 });
      for (const name of ["a", "b", "c", "d", "e"]) await store.add(key("Pod", "a", name), draft(), author);
      const told: number[] = [];
      const note = (change: Change) => void told.push(change.revision);
      expect(() => store.watch({ after: 1 }, note)).toThrow(expect.objectContaining({ reason: "Expired" }));
      expect(() => store.watch({ after: 6 }, note)).toThrow(expect.objectContaining({ reason: "Expired" }));
      store.watch({ after: 2 }, note);
      expect(told).toEqual([3, 4, 5]);
      expect(store.history({ after: 0 }).map(change => change.revision)).toEqual([3, 4, 5]);
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

    test("tells its watchers once that it has closed, and those who come too late", async () => {
      const store = await open();
      const ended: string[] = [];
      const watch = (name: string) => store.watch({ ended: () => ended.push(name) }, () => {});
      watch("first");
      const stop = watch("stopped");
      stop();
      await store.close();
      await store.close();
      expect(ended).toEqual(["first"]);
      watch("late");
      await Promise.resolve();
      expect(ended).toEqual(["first", "late"]);
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

let drafts = 0;
function draft(): KubernetesObject {
  const metadata = {
    name: "x",
    uid: `draft-${drafts++}`,
    resourceVersion: "",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  return { apiVersion: "v1", kind: "Pod", metadata };
}

function summary({ type, revision, key, object }: Written): Written {
  return { type, revision, key, object };
}

function expectFrozen(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  for (const inner of Object.values(value)) expectFrozen(inner);
}

function rethrow(fault: unknown): never {
  throw fault;
}
