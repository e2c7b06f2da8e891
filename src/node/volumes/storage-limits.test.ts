import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { Pod, PodSpec } from "../../resources/index.ts";
import { StorageLimits } from "./storage-limits.ts";

let folder: string;
let clock: VirtualClock;
let limits: StorageLimits | undefined;
const told: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k4s-limits-"));
  clock = new VirtualClock();
  told.length = 0;
});
afterEach(() => {
  limits?.close();
  limits = undefined;
  rmSync(folder, { recursive: true });
});

const MiB = 1024 * 1024;
/** Writes so many MiB into a volume, or into what a container has for itself. */
function write(place: string, size: number): void {
  mkdirSync(join(folder, place), { recursive: true });
  writeFileSync(join(folder, place, "much"), Buffer.alloc(size * MiB, 1));
}

/** @param failing what is looked for at first, in vain */
function keep(
  spec: Partial<PodSpec>,
  failing?: Error,
  timers: Pick<VirtualClock, "after"> = clock,
): StorageLimits {
  let fault = failing;
  return new StorageLimits({
    clock: timers,
    pod: () => ({ spec: { containers: [], ...spec } }) as unknown as Pod,
    placeOf(volume) {
      const thrown = fault;
      fault = undefined;
      if (thrown) throw thrown;
      return join(folder, volume);
    },
    ownPlaceOf: container => join(folder, `~${container}`),
    onExceeded: message => void told.push(message),
    onFault: error => void told.push(String(error)),
  });
}

/** Whatever is said by the time that a look has surely been taken. */
async function said(): Promise<string[]> {
  await expect.poll(() => clock.advance(10_000).then(() => told.length)).toBeGreaterThan(0);
  return told;
}

const container = (name: string, limit?: string) => ({
  name,
  resources: limit === undefined ? {} : { limits: { "ephemeral-storage": limit } },
});
const cache = { name: "cache", emptyDir: { sizeLimit: "1024Ki" } };
const plain = { name: "plain", emptyDir: {} };
const inMemory = { name: "memory", emptyDir: { medium: "Memory" } };

test.each<[string, Partial<PodSpec>, Readonly<Record<string, number>>, string]>([
  [
    "an empty folder that is too large",
    { volumes: [plain, cache] },
    { plain: 3, cache: 2 },
    'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
  ],
  [
    "the pod as a whole, in containers and volumes",
    { containers: [container("a", "2Mi"), container("b", "1Mi")], volumes: [plain] },
    { "~a": 1, "~b": 1, plain: 2 },
    "Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ",
  ],
  [
    "one container, while the pod as a whole keeps within its limits",
    { containers: [container("a", "4Mi"), container("b", "1Mi")] },
    { "~a": 1, "~b": 2 },
    'Container b exceeded its local ephemeral storage limit "1Mi". ',
  ],
  [
    "a container without a limit counts with the pod",
    { containers: [container("a", "1Mi"), container("b")] },
    { "~b": 2 },
    "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ",
  ],
  [
    "the folder is told of before the pod",
    { containers: [container("a", "1Mi")], volumes: [cache] },
    { "~a": 2, cache: 2 },
    'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
  ],
])("too much: %s", async (_, spec, written, message) => {
  limits = keep(spec);
  for (const [place, size] of Object.entries(written)) write(place, size);
  expect(await said()).toEqual([message]);
  await clock.advance(60_000);
  expect(told).toEqual([message]);
});

test.each<[string, Partial<PodSpec>]>([
  ["without limits", { containers: [container("a")], volumes: [plain] }],
  ["whose limit is 0", { volumes: [{ name: "plain", emptyDir: { sizeLimit: "0" } }] }],
  [
    "that is critical",
    { priority: 2_000_000_000, volumes: [{ name: "plain", emptyDir: { sizeLimit: "1" } }] },
  ],
])("a pod %s is not looked at", async (_, spec) => {
  let timers = 0;
  const after: VirtualClock["after"] = (ms, run) => {
    timers++;
    return clock.after(ms, run);
  };
  limits = keep(spec, undefined, { after });
  expect(timers).toBe(0);
});

test("what lies in memory counts for itself, not with the pod; what is closed looks at nothing", async () => {
  const containers = [container("a", "1Mi")];
  write("memory", 2);
  // Each look ends with the timer of the next.
  let looks = -1;
  const after: VirtualClock["after"] = (...args) => {
    looks++;
    return clock.after(...args);
  };
  limits = keep({ containers, volumes: [inMemory] }, undefined, { after });
  await clock.advance(10_000);
  await expect.poll(() => looks).toBe(1);
  const closed = keep({ containers });
  closed.close();
  write("~a", 2);
  expect(await said()).toEqual([
    "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ",
  ]);
});

test("after a look that failed comes another", async () => {
  write("cache", 2);
  limits = keep({ volumes: [cache] }, new Error("no"));
  await expect.poll(() => clock.advance(10_000).then(() => told)).toHaveLength(2);
  expect(told).toEqual(["Error: no", 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ']);
});
