import { expect, it } from "vitest";
import { whatToRun } from "./what-to-run.ts";

const config = {
  entrypoint: ["/entry"],
  cmd: ["serve", "-v"],
  env: {},
  workingDir: "/",
  name: "x",
  source: "docker.io/library/x",
  system: "debian" as const,
};
const module = { config: undefined, exports: ["calculator", "echo"] };
const script = { config: undefined, exports: [] };
const commonJs = { config: undefined, exports: undefined };

it.each([
  ["an image of the catalogue", { config, exports: undefined }, {}, ["/entry", "serve", "-v"]],
  ["its args", { config, exports: undefined }, { args: ["x"] }, ["/entry", "x"]],
  ["its command, without the image's arguments", { config, exports: undefined }, { command: ["sh"] }, ["sh"]],
  ["both", { config, exports: undefined }, { command: ["sh"], args: ["-c", "x"] }, ["sh", "-c", "x"]],
  ["a shell", module, { command: ["sh", "-c", "x"] }, ["sh", "-c", "x"]],
  ["a path", module, { command: ["/bin/true"] }, ["/bin/true"]],
  ["a program that is no export", module, { command: ["sleep"], args: ["9"] }, ["sleep", "9"]],
  ["anything, in a script", script, { command: ["git", "log"] }, ["git", "log"]],
  ["a program with words behind it, in CommonJS", commonJs, { command: ["echo", "hi"] }, ["echo", "hi"]],
])("runs a command: %s", (_, code, spec, command) => {
  expect(whatToRun(spec, code)).toEqual({ command });
});

it.each([
  ["the default one", module, {}, { functionName: undefined, args: [] }],
  [
    "the default one, with args",
    script,
    { args: ["echo", "hi"] },
    { functionName: undefined, args: ["echo", "hi"] },
  ],
  [
    "by its name",
    module,
    { command: ["calculator"], args: ["--a=1"] },
    { functionName: "calculator", args: ["--a=1"] },
  ],
  ["called like a program", module, { command: ["echo", "hi"] }, { functionName: "echo", args: ["hi"] }],
  [
    "that is not there, which is told later",
    module,
    { command: ["calc"] },
    { functionName: "calc", args: [] },
  ],
  [
    "whose name is mistaken, though a program is called so",
    module,
    { command: ["sleep"], args: ["--a=1"] },
    { functionName: "sleep", args: ["--a=1"] },
  ],
  [
    "whose export was forgotten",
    script,
    { command: ["calculator"] },
    { functionName: "calculator", args: [] },
  ],
  [
    "of CommonJS",
    commonJs,
    { command: ["echo"], args: ["--a=1"] },
    { functionName: "echo", args: ["--a=1"] },
  ],
])("runs a function: %s", (_, code, spec, expected) => {
  expect(whatToRun(spec, code)).toEqual(expected);
});
