/**
 * Random writers, and a crash at any operation of the disk, again and again: what was told is there, with what was
 * acknowledged among it; what is there besides was on its way; and all goes on.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, VirtualClock } from "../../../outside/index.ts";
import type { KubernetesObject } from "../../../resources/index.ts";
import { CrashingFolder } from "../../../simulate/crashing-folder.ts";
import type { Change } from "../../store.ts";
import { author, draft, key, rethrow } from "../../test-worlds.ts";
import { JournalStore } from "./journal-store.ts";

const write = fc.record({
  name: fc.constantFrom("w", "x", "y", "z"),
  verb: fc.constantFrom("put", "put", "put", "remove"),
  size: fc.nat({ max: 3_000 }),
  /** Whether the next waits for it. */
  isAwaited: fc.boolean(),
});

const life = fc.record({
  writes: fc.array(write, { maxLength: 25 }),
  operations: fc.integer({ min: 1, max: 60 }),
});

test("whatever a crash leaves, no write is lost that was told, and none comes back that was not made", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 5 }),
      fc.integer(),
      fc.constantFrom(1, 2_000, 1 << 20),
      async (lives, seed, snapshotBytes) => {
        const random = seededRandom(seed);
        let folder = new CrashingFolder();
        /** By name, as of the last change that is known to have happened. */
        let known = new Map<string, KubernetesObject>();
        let revision = 0;
        for (const { writes, operations } of lives) {
          const store = new JournalStore({
            clock: new VirtualClock(),
            folder,
            onFault: rethrow,
            onSnapshotFault: rethrow,
            snapshotBytes,
          });
          folder.operationsLeft = operations;
          const opening = store.open();
          if (!(await settles(opening))) {
            folder = folder.crashed(random);
            continue;
          }
          // What was told before the crash is there, and at most what was on its way besides.
          expect(store.revision).toBeGreaterThanOrEqual(revision);
          for (const change of laterThan(revision, store)) fold(known, change);
          expect(new Map(store.list("Pod").map(pod => [pod.metadata.name, pod]))).toEqual(known);

          revision = store.revision;
          known = new Map(known);
          store.watch({}, change => {
            expect(change.revision).toBeGreaterThan(revision);
            revision = change.revision;
            fold(known, change);
          });
          for (const { name, verb, size, isAwaited } of writes) {
            const acknowledged = put(store, name, verb, size).then(
              given => expect(Number(given.metadata.resourceVersion)).toBeLessThanOrEqual(revision),
              error => expect(error.reason).toMatch(/Conflict|NotFound|AlreadyExists/),
            );
            if (isAwaited && !(await settles(acknowledged))) break;
          }
          await settles(new Promise(() => {}));
          folder = folder.crashed(random);
        }
        const store = new JournalStore({
          clock: new VirtualClock(),
          folder,
          onFault: rethrow,
          onSnapshotFault: rethrow,
        });
        await store.open();
        for (const change of laterThan(revision, store)) fold(known, change);
        expect(new Map(store.list("Pod").map(pod => [pod.metadata.name, pod]))).toEqual(known);
        await store.close();
      },
    ),
    { numRuns: 300 },
  );
});

/** Those that were on their way: none of them is older than the last snapshot, for that is written of what has happened. */
function laterThan(revision: number, store: JournalStore): Change[] {
  return store.revision > revision ? store.history({ after: revision }) : [];
}

function fold(known: Map<string, KubernetesObject>, { type, key, object }: Change): void {
  if (type === "DELETED") known.delete(key.name);
  else known.set(key.name, object);
}

function put(store: JournalStore, name: string, verb: string, size: number): Promise<KubernetesObject> {
  const at = key("Pod", "a", name);
  const last = store.get<string>("Pod", "a", name);
  const next = { ...draft(), metadata: { ...draft().metadata, name }, spec: { text: "x".repeat(size) } };
  if (verb === "remove") return store.remove(at, last ?? next, author);
  if (!last) return store.add(at, next, author);
  return store.replace(at, last, { ...next, metadata: { ...next.metadata, uid: last.metadata.uid } }, author);
}

/** Whether it comes to an end before the crash: everything that happens, happens in promises, and then nothing does. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<false>(done => setImmediate(() => setImmediate(done, false))),
  ]);
}
