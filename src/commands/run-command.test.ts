import { expect, it } from "vitest";
import { execCommands } from "../resources/kinds/container/container-probe-rules.ts";
import type { ExecWorld } from "../worker/index.ts";
import { ownCommands } from "../worker/index.ts";
import { problemWith, programNames } from "./run-command.ts";

it("knows the commands that a probe may name, and no others", () => {
  expect([...ownCommands, ...programNames].sort()).toEqual([...execCommands].sort());
});

it("says why a command cannot be run, before it is", () => {
  const world = { isOnMachine: (_file: string) => false } as ExecWorld;
  expect(problemWith(["sleep", "1"], world)).toBeUndefined();
  expect(problemWith(["nginx"], world)).toBeUndefined();
  expect(problemWith(["sleeep"], world)).toBe(
    'exec: "sleeep": executable file not found in $PATH; did you mean "sleep"?',
  );
});
