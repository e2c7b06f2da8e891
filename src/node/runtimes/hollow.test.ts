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
