import { expect, it } from "vitest";
import { execCommands } from "../../resources/kinds/container/container-probe-rules.ts";
import { ownCommands } from "../protocol.ts";
import { programNames } from "./run-command.ts";

it("knows the commands that a probe may name, and no others", () => {
  expect([...ownCommands, ...programNames].sort()).toEqual([...execCommands].sort());
});
