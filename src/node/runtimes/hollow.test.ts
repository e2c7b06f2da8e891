import { afterAll, expect, test } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { HollowRuntime } from "./hollow.ts";
import { testRuntime } from "./runtime.suite.ts";
import { containerOf, removeCode } from "./test-containers.ts";

afterAll(removeCode);

const clock = new VirtualClock();
// It runs no code, so that nothing is printed, thrown or allocated.
testRuntime("hollow", {
  make: () => new HollowRuntime({ clock }),
  pass: ms => clock.advance(ms),
  runsCode: false,
});

test("what stands for a foreign program has none that could be run, and says so", async () => {
  const running = new HollowRuntime({ clock, isLenient: true }).start(containerOf());
  expect(running.hasPrograms).toBe(false);
  expect(await running.exec(["sh", "-c", "exit 4"]).exited).toEqual({
    exitCode: 126,
    message: 'a hollow container runs no code, and so no "sh"',
  });
});

test("what it uses is what its pod says, and nothing where that is no quantity", async () => {
  const runtime = new HollowRuntime({ clock });
  const usageOf = async (annotations: Record<string, string>) => {
    const running = runtime.start({ ...containerOf(), annotations });
    await clock.advance(2_000);
    return running.usage();
  };
  expect(await usageOf({ "k4s.dev/hollow-cpu": "250m", "k4s.dev/hollow-memory": "64Mi" })).toEqual({
    ageMs: 2_000,
    cpuMs: 500,
    reported: undefined,
    memoryBytes: 64 * 2 ** 20,
  });
  expect(await usageOf({ "k4s.dev/hollow-cpu": "much" })).toEqual({
    ageMs: 2_000,
    cpuMs: 0,
    memoryBytes: 0,
    reported: undefined,
  });
});
