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
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "exercises/**/*.test.ts"],
    pool: "forks",
    testTimeout: 20_000,
  },
});
