import { afterAll } from "vitest";
import { VirtualClock } from "../../outside/index.ts";
import { HollowRuntime } from "./hollow.ts";
import { testRuntime } from "./runtime.suite.ts";
import { removeCode } from "./test-containers.ts";

afterAll(removeCode);

const clock = new VirtualClock();
// It runs no code, so that nothing is printed, thrown or allocated.
testRuntime("hollow", {
  make: () => new HollowRuntime({ clock }),
  pass: ms => clock.advance(ms),
  runsCode: false,
});
