/**
 * What every store promises (store.ts) to its watchers, as tests for each driver, like store.suite.ts: whom it tells of
 * what, once, in one order, whatever a watcher does meanwhile.
 */
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../outside/index.ts";
import type { StoreUnderTest } from "./store.suite.ts";
import type { Change, Store } from "./store.ts";
import { author, authorNamed, draft, key, rethrow } from "./test-worlds.ts";

export function watchSuite(
  driver: string,
  makeStore: (options: StoreUnderTest) => Store | Promise<Store>,
): void {
  const open = (options: Partial<StoreUnderTest> = {}) =>
    makeStore({ clock: new VirtualClock(), onFault: rethrow, ...options });

  describe(`watching the store ${driver}`, () => {
    test("tells what was written, by whom, why and when", async () => {
      const clock = new VirtualClock();
      const store = await open({ clock });
      const base = store.revision;
      const told: Change[] = [];
      store.watch({}, change => void told.push(change));
      const added = await store.add(key("Pod", "a", "x"), draft(), authorNamed("user"));
      await clock.advance(1500);
      const replaced = await store.replace(key("Pod", "a", "x"), added, added, authorNamed("scheduler", 1));
      const removed = await store.remove(key("Pod", "a", "x"), replaced, authorNamed("user"));

      const start = Date.UTC(2026, 0, 1);
      const named = { user: "kubernetes-admin", manager: "test" };
      expect(told).toEqual([
        {
          type: "ADDED",
          revision: base + 1,
          key: key("Pod", "a", "x"),
          object: added,
          at: start,
          actor: "user",
          ...named,
        },
        {
          type: "MODIFIED",
          revision: base + 2,
          key: key("Pod", "a", "x"),
          object: replaced,
          previous: added,
          at: start + 1500,
          actor: "scheduler",
          cause: 1,
          ...named,
        },
        {
          type: "DELETED",
          revision: base + 3,
          key: key("Pod", "a", "x"),
          object: removed,
          previous: replaced,
          at: start + 1500,
          actor: "user",
          ...named,
        },
      ]);
      expect(removed.metadata.resourceVersion).toBe(String(base + 3));
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

    test("tells a watch of deletions and owners of what goes, and of what changes its owners, of any kind", async () => {
      const store = await open();
      const base = store.revision;
      const told: string[] = [];
      store.watch(
        { deletionsAndOwners: true },
        ({ type, revision }) => void told.push(`${type} ${revision - base}`),
      );
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
      const base = store.revision;
      const told: number[] = [];
      const broken = new Error("a watcher's own mistake");
      store.watch({}, () => {
        throw broken;
      });
      store.watch({}, change => void told.push(change.revision));
      await expect(store.add(key("Pod", "a", "x"), draft(), author)).resolves.toMatchObject({ kind: "Pod" });
      expect(told).toEqual([base + 1]);
      expect(faults).toEqual([[broken, base + 1]]);
    });

    test("all watchers see one order, even when one of them writes", async () => {
      const store = await open();
      const base = store.revision;
      const seen: number[][] = [[], []];
      const written: Promise<unknown>[] = [];
      store.watch({}, ({ revision }) => {
        seen[0]?.push(revision - base);
        if (revision <= base + 3)
          written.push(store.add(key("Widget", "a", `from-${revision}`), draft(), author));
      });
      store.watch({}, ({ revision }) => void seen[1]?.push(revision - base));
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
      const base = store.revision;
      const told: string[] = [];
      const note = (who: string) => (change: Change) => void told.push(`${who}: ${change.revision - base}`);
      const written: Promise<unknown>[] = [];
      const stop = store.watch({}, ({ revision }) => {
        stop();
        // Not told yet when the two others come: one is told of it from history or as it happens, to the other it may be past.
        written.push(store.add(key("Pod", "a", "y"), draft(), author));
        store.watch({ after: revision - 1 }, note("from the past"));
        store.watch({}, note("from now on"));
      });
      await store.add(key("Pod", "a", "x"), draft(), author);
      await Promise.all(written);
      await store.add(key("Pod", "a", "z"), draft(), author);
      const of = (who: string) => told.filter(each => each.startsWith(who)).map(each => Number(each.at(-1)));
      expect(of("from the past")).toEqual([1, 2, 3]);
      expect([[3], [2, 3]]).toContainEqual(of("from now on"));
    });

    test("a watch from a revision that is no longer kept, or not yet there, fails with Expired", async () => {
      const store = await open({ historyLimit: 3 });
      const base = store.revision;
      for (const name of ["a", "b", "c", "d", "e"]) await store.add(key("Pod", "a", name), draft(), author);
      const told: number[] = [];
      const note = (change: Change) => void told.push(change.revision - base);
      expect(() => store.watch({ after: base + 1 }, note)).toThrow(
        expect.objectContaining({ reason: "Expired" }),
      );
      expect(() => store.watch({ after: base + 6 }, note)).toThrow(
        expect.objectContaining({ reason: "Expired" }),
      );
      store.watch({ after: base + 2 }, note);
      expect(told).toEqual([3, 4, 5]);
      expect(store.history({ after: 0 }).map(change => change.revision - base)).toEqual([3, 4, 5]);
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
  });
}
