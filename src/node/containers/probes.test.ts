import { expect, it } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import type { Probe } from "../../resources/index.ts";
import type { HandlerResult } from "./handler-target.ts";
import { Probes } from "./probes.ts";

/**
 * Asks a container whose server listens after so long. Resolves to when it was asked, and what was told.
 * @param refused what is answered before
 */
async function asked(
  readinessProbe: Probe,
  listensAfterMs: number,
  refused: HandlerResult = { ok: false, problem: "refused" },
) {
  const clock = new VirtualClock(0);
  const times: number[] = [];
  const told: string[] = [];
  const probes = new Probes(
    { readinessProbe },
    {
      clock,
      ask: async () => {
        times.push(clock.now());
        return clock.now() >= listensAfterMs ? { ok: true } : refused;
      },
      failed: kind => told.push(`${kind} failed`),
      unasked: kind => told.push(`${kind} unasked`),
      warned: (kind, warning) => told.push(`${kind} ${warning}`),
      concluded: (kind, verdict) => told.push(`${kind} ${verdict} at ${clock.now()}`),
    },
  );
  probes.start();
  await clock.advance(12_000);
  probes.stop();
  return { times, told };
}

const httpGet = { port: 80 };

it("what does not listen yet is asked again soon, and nothing is told of it", async () => {
  expect(await asked({ httpGet }, 250)).toEqual({
    times: [0, 100, 200, 300, 10_300],
    told: ["Readiness true at 300"],
  });
});

it("after a second it has failed, and is asked by its period", async () => {
  const { times, told } = await asked({ httpGet, periodSeconds: 5, failureThreshold: 1 }, 6_000);
  expect(times.slice(-3)).toEqual([1_000, 6_000, 11_000]);
  expect(told).toEqual(["Readiness failed", "Readiness false at 1000", "Readiness true at 6000"]);
});

it("a command says at once how it is", async () => {
  const { times, told } = await asked({ exec: { command: ["true"] } }, 500);
  expect(times).toEqual([0, 10_000]);
  expect(told).toEqual(["Readiness failed", "Readiness true at 10000"]);
});

it("what cannot be asked says nothing, however often", async () => {
  const unknown = { ok: false, problem: "no such port", isUnknown: true } as const;
  const { times, told } = await asked({ httpGet, failureThreshold: 1, periodSeconds: 5 }, 99_000, unknown);
  expect(times).toEqual([0, 5_000, 10_000]);
  expect(told).toEqual(["Readiness unasked", "Readiness unasked", "Readiness unasked"]);
});

it("a success may come with a warning", async () => {
  const { told } = await asked({ httpGet }, 99_000, { ok: true, warning: "moved" });
  expect(told).toEqual(["Readiness moved", "Readiness true at 0", "Readiness moved"]);
});
