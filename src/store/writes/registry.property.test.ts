/** What must never happen, whatever writers do to one object at the same time, on a store that takes its time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../errors/index.ts";
import { bindingOf, type KubernetesObject, type ObjectMeta } from "../../resources/index.ts";
import type { Change } from "../store.ts";
import { binding, pod, slowed, testWorld, user } from "../test-kinds.ts";
import { isReleased } from "./deletion.ts";
import { Registry } from "./registry.ts";

const by = { author: user };

const policies = [undefined, "Background", "Foreground", "Orphan"] as const;

/** Something that a writer may do to the pod `web`. */
type Deed = (registry: Registry) => Promise<unknown>;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.constant<Deed>(registry => registry.create(pod("web", { finalizers: ["a.com/x"] }), by)),
  fc.constant<Deed>(registry =>
    registry.create<KubernetesObject>(bindingOf({ namespace: "demo", name: "web" }, "node-0"), {
      ...by,
      ...binding,
    }),
  ),
  fc
    .constantFrom("Running", "Succeeded")
    .map<Deed>(
      phase => registry =>
        registry.update({ ...pod("web"), status: { phase } }, { ...by, subresource: "status" }),
    ),
  fc
    .constantFrom("echo", "other")
    .map<Deed>(
      image => registry => change(registry, web => ({ ...web, spec: { ...(web.spec as object), image } })),
    ),
  fc
    .constantFrom("a.com/x", "orphan", "foregroundDeletion")
    .map<Deed>(gone => registry => change(registry, web => withMetadata(web, without(web.metadata, gone)))),
  fc
    .record({
      gracePeriodSeconds: fc.constantFrom(undefined, 0, 5, 60),
      propagationPolicy: fc.constantFrom(...policies),
    })
    .map<Deed>(options => registry => registry.delete("Pod", "demo", "web", { ...by, ...options })),
);

test("an object keeps its identity, its generation and deletion only go forward, and nothing stays that nothing holds", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(deed, { maxLength: 6 }), { maxLength: 4 }),
      async (scheduler, writers) => {
        const { registry, store, parts } = await testWorld();
        await registry.create(pod("web"), by);
        const slow = new Registry({
          ...parts,
          store: slowed(store, () => scheduler.schedule(Promise.resolve())),
        });
        const write = async (deeds: readonly Deed[]) => {
          for (const deed of deeds) await deed(slow).catch(expected);
        };
        await scheduler.waitFor(Promise.all(writers.map(write)));

        const life = store.history({ kind: "Pod", namespace: "demo", name: "web" });
        for (const change of life) expectForward(change);
        const web = store.get("Pod", "demo", "web");
        expect(web !== undefined && isReleased({}, web)).toBe(false);
        expect(web === undefined).toBe(life.at(-1)?.type === "DELETED");
      },
    ),
    { numRuns: 300 },
  );
});

function expectForward({ type, object, previous, revision }: Change): void {
  expect(object.metadata.resourceVersion).toBe(String(revision));
  if (type === "ADDED" || !previous) {
    expect([type, previous]).toEqual(["ADDED", undefined]);
    return;
  }
  const [before, after] = [previous.metadata, object.metadata];
  expect(after).toMatchObject({
    name: before.name,
    uid: before.uid,
    creationTimestamp: before.creationTimestamp,
  });
  expect(after.generation).toBeGreaterThanOrEqual(before.generation ?? 0);
  if (before.deletionTimestamp === undefined) return;
  expect(Date.parse(after.deletionTimestamp ?? "")).toBeLessThanOrEqual(Date.parse(before.deletionTimestamp));
  expect(after.deletionGracePeriodSeconds).toBeLessThanOrEqual(before.deletionGracePeriodSeconds ?? 0);
}

function change(registry: Registry, change: (web: KubernetesObject) => KubernetesObject): Promise<unknown> {
  return registry.modify<string>("Pod", "demo", "web", change, by);
}

function withMetadata(object: KubernetesObject, metadata: ObjectMeta): KubernetesObject {
  return { ...object, metadata };
}

function without({ finalizers = [], ...metadata }: ObjectMeta, gone: string): ObjectMeta {
  return { ...metadata, finalizers: finalizers.filter(finalizer => finalizer !== gone) };
}

/** What may well happen when everybody writes at once. Everything else is a mistake. */
function expected(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  expect(["NotFound", "AlreadyExists", "Conflict"]).toContain(error.reason);
}
