import { realClock } from "../../outside/index.ts";
import { testRuntime } from "../runtime.suite.ts";
import { ProcessRuntime } from "./process.ts";

testRuntime("process", {
  make: () => new ProcessRuntime({ clock: realClock }),
  pass: async () => {},
  runsCode: true,
});
