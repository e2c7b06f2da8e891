import { expect, it } from "vitest";
import { execCommands } from "../../resources/kinds/container/container-probe-rules.ts";
import { commands } from "./interpreter.ts";

it("knows the commands that a probe may name, and no others", () => {
  expect([...commands.keys()].sort()).toEqual([...execCommands].sort());
});
