/** Leader election in virtual time: one leads, never two, whatever crashes, hangs, or has another time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../errors/index.ts";
import { type Clock, seededRandom, VirtualClock } from "../outside/index.ts";
import type { Lease, LeaseSpec } from "../resources/index.ts";
import { LeaderElector, type LeaseLock } from "./leader-election.ts";

/** Where the lease is kept, with compare-and-swap; each candidate reaches it by a way of its own. */
class Shelf {
  lease: Lease | undefined;
  #version = 0;

  write(before: Lease | undefined, spec: LeaseSpec): Lease {
    if (before?.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      throw new ApiError("Conflict", "another was faster");
    const metadata = { name: "x", namespace: "kube-system", resourceVersion: String(++this.#version) };
    this.lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { uid: "1", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
      spec,
    };
    return this.lease;
  }
}

type Way = "open" | "refused" | "silent" | "answerless" | "late";

class Candidate {
  readonly elector: LeaderElector;
  way: Way = "open";
  readonly told: string[] = [];
  readonly faults: unknown[] = [];
  /** Gives the answers that are late. */
  readonly answers: (() => void)[] = [];

  constructor(shelf: Shelf, clock: VirtualClock, identity: string, seed: number, skewMs = 0) {
    const skewed: Clock = {
      now: () => clock.now() + skewMs,
      elapsed: () => clock.elapsed(),
      after: (ms, run) => clock.after(ms, run),
      soon: run => clock.soon(run),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const pass = async <T>(call: () => T): Promise<T> => {
      const { way } = this;
      if (way === "refused") throw new Error("unreachable");
      if (way === "silent") return new Promise<T>(() => {});
      const done = call();
      if (way === "late") return new Promise<T>(resolve => this.answers.push(() => resolve(done)));
      // What was written is written, and the answer is lost.
      return way === "answerless" ? new Promise<T>(() => {}) : done;
    };
    const lock: LeaseLock = {
      read: () => pass(() => shelf.lease),
      create: spec => pass(() => shelf.write(undefined, spec)),
      update: (lease, spec) => pass(() => shelf.write(lease, spec)),
    };
    this.elector = new LeaderElector({
      lock,
      identity,
      clock: skewed,
      random: seededRandom(seed),
      onStarted: () => this.told.push("leads"),
      onStopped: () => this.told.push("stops"),
      onFault: error => this.faults.push(error),
    });
    this.elector.start();
  }
}

function candidates(count = 2) {
  const clock = new VirtualClock();
  const shelf = new Shelf();
  const all = Array.from({ length: count }, (_, i) => new Candidate(shelf, clock, `c${i}`, i));
  const leaders = () => all.filter(({ elector }) => elector.isLeader);
  return { clock, shelf, all, leaders };
}

test("the first that comes leads, and renews every two seconds", async () => {
  const { clock, shelf, all, leaders } = candidates();
  await clock.settle();
  expect(leaders()).toEqual([all[0]]);
  expect(shelf.lease?.spec).toMatchObject({
    holderIdentity: "c0",
    leaseDurationSeconds: 15,
    leaseTransitions: 0,
  });
  const { acquireTime } = shelf.lease?.spec ?? {};
  await clock.advance(60_000);
  expect(leaders()).toEqual([all[0]]);
  expect(shelf.lease?.spec).toMatchObject({ acquireTime, leaseTransitions: 0 });
  expect(Number(shelf.lease?.metadata.resourceVersion)).toBe(31);
});

test("one that stops hands over at once; one that crashes, when its lease has run out", async () => {
  const { clock, shelf, all, leaders } = candidates(3);
  await clock.settle();
  await all[0]?.elector.release();
  expect(shelf.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
  await clock.advance(4_400);
  const [second, ...none] = leaders();
  expect(none).toEqual([]);
  expect(shelf.lease?.spec?.leaseTransitions).toBe(1);
  second?.elector.abandon();
  await clock.advance(10_000);
  expect(leaders()).toEqual([]);
  await clock.advance(9_400);
  expect(leaders()).toHaveLength(1);
  expect(leaders()).not.toContain(second);
  expect(shelf.lease?.spec?.leaseTransitions).toBe(2);
});

test.each(["refused", "silent", "answerless"] as const)(
  "a leader whose way to the lease is %s stops within ten seconds, before another leads, and comes back as another",
  async way => {
    const { clock, all, leaders } = candidates();
    await clock.advance(20_000);
    const [first, second] = all;
    if (!first || !second) throw new Error("there are two");
    first.way = way;
    await clock.advance(9_900);
    expect(leaders()).toEqual([first]);
    await clock.advance(200);
    expect(leaders()).toEqual([]);
    await clock.advance(15_000);
    expect(leaders()).toEqual([second]);
    first.way = "open";
    await clock.advance(60_000);
    expect(leaders()).toEqual([second]);
    expect(first.told).toEqual(["leads", "stops"]);
    expect(second.faults).toEqual([]);
    // Said once, however often it is tried.
    const faults = way === "refused" ? 1 : 0;
    expect(first.faults).toHaveLength(faults);
    first.way = way;
    await clock.advance(20_000);
    expect(first.faults).toHaveLength(2 * faults);
  },
);

test("an answer that comes when another attempt has begun says nothing any more", async () => {
  const { clock, all, leaders } = candidates();
  await clock.advance(20_000);
  const [first, second] = all;
  if (!first || !second) throw new Error("there are two");
  // The second reads that the first leads, and learns of it too late.
  second.way = "late";
  await clock.advance(5_000);
  second.way = "open";
  first.elector.abandon();
  await clock.advance(40_000);
  expect(leaders()).toEqual([second]);
  expect(second.answers).toHaveLength(1);
  for (const answer of second.answers) answer();
  await clock.advance(1_000);
  expect(leaders()).toEqual([second]);
  expect(second.told).toEqual(["leads"]);
});

test("a lease that is deleted by hand, or given to another, ends the leading of its holder when that looks next", async () => {
  const { clock, shelf, all } = candidates(1);
  await clock.settle();
  const { lease } = shelf;
  shelf.write(lease, { ...lease?.spec, holderIdentity: "a person" });
  await clock.advance(2_000);
  expect(all[0]?.told).toEqual(["leads", "stops"]);
  await clock.advance(20_000);
  expect(all[0]?.told).toEqual(["leads", "stops", "leads"]);
});

test("times that would let two lead are refused", () => {
  const times = { leaseDurationMs: 10_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
  const nothing = {
    lock: { read: async () => undefined, create: async () => never(), update: async () => never() },
    identity: "a",
    clock: new VirtualClock(),
    random: seededRandom(1),
    onStarted: () => {},
    onStopped: () => {},
    onFault: () => {},
  };
  expect(() => new LeaderElector({ ...nothing, times })).toThrow(RangeError);
  expect(() => new LeaderElector({ ...nothing, times: { ...times, renewDeadlineMs: 2_000 } })).toThrow(
    /1\.2 times/,
  );
});

function never(): never {
  throw new Error("not called");
}

const act = fc.record({
  who: fc.nat(3),
  what: fc.constantFrom("refused", "silent", "answerless", "open", "open", "crash", "release"),
  afterMs: fc.integer({ min: 0, max: 12_000 }),
});

test("never do two lead, and when all is well again one does within the lease", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 25 }),
      fc.array(fc.integer({ min: -3_600_000, max: 3_600_000 }), { minLength: 4, maxLength: 4 }),
      async (acts, skews) => {
        const clock = new VirtualClock();
        const shelf = new Shelf();
        const join = (i: number, life: number) =>
          new Candidate(shelf, clock, `c${i}-${life}`, i + life * 7, skews[i]);
        const all = [0, 1, 2, 3].map(i => join(i, 0));
        const gone: Candidate[] = [];
        let lives = 0;
        const check = async (ms: number) => {
          for (let passed = 0; passed < ms; passed += 250) {
            await clock.advance(Math.min(250, ms - passed));
            const leaders = [...all, ...gone].filter(({ elector }) => elector.isLeader);
            expect(leaders.length).toBeLessThanOrEqual(1);
          }
        };
        for (const { who, what, afterMs } of acts) {
          await check(afterMs);
          const candidate = all[who];
          if (!candidate) continue;
          if (what === "crash" || what === "release") {
            if (what === "crash") candidate.elector.abandon();
            // The answer may never come.
            else void candidate.elector.release().catch(() => {});
            gone.push(candidate);
            all[who] = join(who, ++lives);
          } else candidate.way = what;
        }
        for (const candidate of all) candidate.way = "open";
        // An attempt that hangs is given up after ten seconds; the lease runs out; the next looks.
        await check(10_000 + 15_000 + 4_400);
        expect(all.filter(({ elector }) => elector.isLeader)).toHaveLength(1);
      },
    ),
    { numRuns: 60 },
  );
});
