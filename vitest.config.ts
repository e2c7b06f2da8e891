import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const at = (place: string) => fileURLToPath(new URL(place, import.meta.url));

/** Each run has a bundle of its own. */
const built = at(`.k4s/built-${process.pid}`);

/** Where "k4s" is found. */
const aliases = (index: string, testing: string) => [
  { find: /^k4s$/, replacement: index },
  { find: /^k4s\/testing$/, replacement: testing },
];

/** What takes longest. Vitest goes by size, where it knows no times from before. */
const longest = [
  "exercises",
  "docs",
  "modules-as-in-node",
  "cli",
  "hostile-programs",
  "package",
  "seeds",
  "demos",
];

/** So that at the end the other cores do not wait for one file. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.indexOf(basename(moduleId, ".test.ts"));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}

// On two cores vitest would take one; many tests of the whole wait more than they compute.
const atOnce = Math.max(3, availableParallelism() - 1);

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: atOnce,
    maxConcurrency: atOnce,
    sequence: { sequencer: LongestFirst },
    // For what hangs: on a machine with much else to do the longest tests take several times as long.
    testTimeout: 60_000,
    // What is polled for comes when it comes: its one second is short for a machine that does much else.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // Nothing in src/ is global, so that its tests need no process each: half of their time would be to load it again.
      {
        extends: true,
        resolve: { alias: aliases(at("src/index.ts"), at("src/testing.ts")) },
        test: { name: "rooms", include: ["src/**/*.test.ts"], isolate: false },
      },
      // A process each, and k4s as its users get it: bundled once for all of them, for to read the source takes each of them seconds.
      {
        extends: true,
        resolve: { alias: aliases(`${built}/index.js`, `${built}/testing.js`) },
        test: {
          name: "whole",
          include: ["test/**/*.test.ts", "exercises/**/*.test.ts"],
          globalSetup: "test/build.ts",
          provide: { built },
          server: { deps: { external: [/\/\.k4s\/built-/] } },
        },
      },
    ],
  },
});
