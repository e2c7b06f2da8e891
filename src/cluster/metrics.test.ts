import { expect, test } from "vitest";
import type { UsageMeter } from "../node/index.ts";
import type { PodMetrics } from "../resources/index.ts";
import { reportedMetrics, scalingMetrics } from "./metrics.ts";

/** What autoscalers see of pods that were measured over these windows. */
async function seen(windows: readonly string[], periodMs: number): Promise<string[]> {
  const measured = windows.map(window => ({ metadata: { name: window }, window }) as PodMetrics);
  const meter = { podMetrics: async () => measured, periodMs } as unknown as UsageMeter;
  const parts = {
    meter,
    store: { list: () => [], get: () => undefined, dependents: () => [] },
    kinds: () => [],
  };
  const clock = { now: () => 0 } as never;
  const metrics = scalingMetrics(parts, reportedMetrics({ ...parts, clock }));
  return (await metrics.usage("demo", "")).map(({ metadata: { name } }) => name);
}

test.each([
  [15_000, ["10s", "29.5s"]],
  [1_000, ["1s", "9.9s", "10s", "29.5s"]],
])(
  "a pod is known to autoscalers after ten seconds, or when it was measured: every %i ms",
  async (periodMs, known) => {
    expect(await seen(["0.9s", "1s", "9.9s", "10s", "29.5s"], periodMs)).toEqual(known);
  },
);
