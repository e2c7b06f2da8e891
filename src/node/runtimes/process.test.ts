import { realClock, realRandom } from "../../outside/index.ts";
import { testRuntime } from "../runtime.suite.ts";
import { ProcessRuntime } from "./process.ts";

testRuntime("process", {
  make: () => new ProcessRuntime({ clock: realClock, random: realRandom }),
  pass: async () => {},
  runsCode: true,
});
