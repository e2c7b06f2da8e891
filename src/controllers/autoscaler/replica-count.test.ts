import { expect, test } from "vitest";
import type { Pod } from "../../resources/index.ts";
import { type Load, replicaCount, type Sample } from "./replica-count.ts";
import { amountEach, shareOfRequests } from "./resource-usage.ts";
import { autoscalingDefaults } from "./settings.ts";

const now = Date.parse("2026-01-01T01:00:00Z");

interface Played {
  /** What it uses, in millicores; left out where that is not known. */
  readonly uses?: number;
  readonly phase?: string;
  readonly isReady?: boolean;
  /** How long ago it started, and became ready or unready. */
  readonly startedAgo?: number;
  readonly changedAgo?: number;
  readonly isGoing?: boolean;
}

function played(all: readonly Played[]) {
  const samples = new Map<string, Sample>();
  const pods = all.map(
    (
      { uses, phase = "Running", isReady = true, startedAgo = 3_600, changedAgo = startedAgo, isGoing },
      i,
    ) => {
      const ago = (seconds: number) => new Date(now - seconds * 1_000).toISOString();
      if (uses !== undefined) samples.set(`p${i}`, { amount: uses, at: now, windowMs: 15_000 });
      const status = isReady ? "True" : "False";
      return {
        apiVersion: "v1",
        kind: "Pod",
        spec: { containers: [] },
        metadata: { name: `p${i}`, ...(isGoing && { deletionTimestamp: ago(1) }) },
        status: {
          phase,
          startTime: ago(startedAgo),
          conditions: [{ type: "Ready", status, lastTransitionTime: ago(changedAgo) }],
        },
      } as unknown as Pod;
    },
  );
  return { pods, samples };
}

function counted(all: readonly Played[], load: Load, resource = "cpu", tolerance = 0.1): number | string {
  const tolerances = { up: tolerance, down: tolerance };
  const replicas = all.filter(({ isGoing }) => !isGoing).length;
  const found = replicaCount(
    { ...played(all), resource, replicas, tolerances, settings: autoscalingDefaults, now },
    load,
  );
  return "problem" in found ? found.problem : found.replicas;
}

const half = shareOfRequests(new Map(Array.from({ length: 9 }, (_, i) => [`p${i}`, 100])), 50);
const each50 = amountEach("50m");

test.each<[string, readonly Played[], number | string]>([
  ["just right", [{ uses: 50 }, { uses: 50 }], 2],
  ["a tenth more", [{ uses: 55 }, { uses: 55 }], 2],
  ["more than that", [{ uses: 56 }, { uses: 56 }], 3],
  ["twice as much", [{ uses: 100 }, { uses: 100 }], 4],
  ["less", [{ uses: 20 }, { uses: 20 }, { uses: 20 }], 2],
  ["nothing", [{ uses: 0 }, { uses: 0 }], 0],
  ["going up, one unknown counts as idle", [{ uses: 100 }, { uses: 100 }, {}], 4],
  ["it does not turn the direction", [{ uses: 60 }, {}, {}], 3],
  ["going down, one unknown counts as busy", [{ uses: 10 }, { uses: 10 }, {}], 3],
  ["going up, a pending one counts as idle", [{ uses: 100 }, { phase: "Pending" }], 2],
  ["going down, a pending one does not count", [{ uses: 10 }, { phase: "Pending" }], 1],
  ["one on its way out does not count", [{ uses: 100 }, { uses: 0, isGoing: true }], 2],
  ["one that ended does not count", [{ uses: 100 }, { uses: 0, phase: "Failed" }], 2],
  [
    "none that counts",
    [{ phase: "Pending" }],
    "did not receive metrics for targeted pods (pods might be unready)",
  ],
  ["no pods", [], "no pods returned by selector while calculating replica count"],
  ["one that has just become ready", [{ uses: 100 }, { uses: 900, startedAgo: 20, changedAgo: 10 }], 2],
  ["one that was ready for a window", [{ uses: 100 }, { uses: 100, startedAgo: 40, changedAgo: 20 }], 4],
  ["one that was never ready", [{ uses: 100 }, { uses: 900, isReady: false }], 2],
  ["one that is no longer ready", [{ uses: 100 }, { uses: 100, isReady: false, changedAgo: 60 }], 4],
])("by share of requests: %s", (_, all, expected) => {
  expect(counted(all, half)).toBe(expected);
});

test.each<[string, readonly Played[], number]>([
  ["just right", [{ uses: 50 }], 1],
  ["more", [{ uses: 120 }], 3],
  ["going down, one unknown counts as right", [{ uses: 10 }, { uses: 10 }, {}], 2],
])("by amount: %s", (_, all, expected) => {
  expect(counted(all, each50)).toBe(expected);
});

test("only processors are not counted while a program starts", () => {
  const all = [{ uses: 100, startedAgo: 20, changedAgo: 10 }];
  expect(counted(all, each50)).toBe("did not receive metrics for targeted pods (pods might be unready)");
  expect(counted(all, each50, "memory")).toBe(2);
});

test("a tolerance of one's own", () => {
  expect(counted([{ uses: 55 }], each50, "cpu", 0.01)).toBe(2);
  expect(counted([{ uses: 90 }], each50, "cpu", 1)).toBe(1);
});

test("nothing is requested", () => {
  const load = shareOfRequests(new Map([["p0", 0]]), 50);
  expect(counted([{ uses: 50 }], load)).toBe("no metrics returned matched known pods");
});
