import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^k4s$/, replacement: fileURLToPath(new URL("./src/index.ts", import.meta.url)) },
      { find: /^k4s\/testing$/, replacement: fileURLToPath(new URL("./src/testing.ts", import.meta.url)) },
    ],
  },
  test: {
    pool: "forks",
    // On two cores vitest would take one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For what hangs: on a machine with much else to do the longest tests take several times as long.
    testTimeout: 60_000,
    projects: [
      // Nothing in src/ is global, so that its tests need no process each: half of their time would be to load it again.
      { extends: true, test: { name: "rooms", include: ["src/**/*.test.ts"], isolate: false } },
      { extends: true, test: { name: "whole", include: ["test/**/*.test.ts", "exercises/**/*.test.ts"] } },
    ],
  },
});
