/**
 * Random writers, and at any operation of the disk the process is killed, or the machine crashes, or a sync fails first; again and again: what
 * was told is there, with what was acknowledged among it; what is there besides was on its way; and all goes on.
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
  /** Otherwise the process alone ends: what it wrote and did not sync is in the memory of the system. */
  isMachines: fc.boolean(),
  /** Of its syncs, which fails; most lives are too short for one of the later ones. */
  failing: fc.nat({ max: 20 }),
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
        for (const { writes, operations, isMachines, failing } of lives) {
          const next = () => (isMachines ? folder.crashed(random) : folder.left());
          let syncs = 0;
          let hasFailed = false;
          folder.fault = operation => {
            if (operation !== "sync" || syncs++ !== failing) return undefined;
            hasFailed = true;
            return Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
          };
          const store = new JournalStore({
            clock: new VirtualClock(),
            folder,
            onFault: rethrow,
            onSnapshotFault: fault => {
              if (!hasFailed) rethrow(fault);
            },
            snapshotBytes,
          });
          folder.operationsLeft = operations;
          const opening = store.open().then(
            () => true,
            error => {
              expect([hasFailed, error.code]).toEqual([true, "EIO"]);
              return false;
            },
          );
          if (!(await settles(opening)) || !(await opening)) {
            folder = next();
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
              ({ reason }) => {
                expect(reason).toMatch(/Conflict|NotFound|AlreadyExists|ServiceUnavailable/);
                if (reason === "ServiceUnavailable") expect(hasFailed).toBe(true);
              },
            );
            if (isAwaited && !(await settles(acknowledged))) break;
          }
          await settles(new Promise(() => {}));
          folder = next();
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
