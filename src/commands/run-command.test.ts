import { posix } from "node:path";
import { expect, it } from "vitest";
import { execCommands } from "../resources/kinds/container/container-probe-rules.ts";
import type { ExecWorld, ImageConfig } from "../worker/index.ts";
import { ownCommands } from "../worker/index.ts";
import { problemWith, programNames } from "./run-command.ts";

it("knows the commands that a probe may name, and no others", () => {
  expect([...ownCommands, ...programNames].sort()).toEqual([...execCommands].sort());
});

const busybox: ImageConfig = {
  ...{ entrypoint: [], cmd: ["sh"], env: {}, workingDir: "/" },
  ...{ name: "busybox", source: "docker.io/library/busybox", system: "busybox" },
};

it("says why a command cannot be run, before it is", () => {
  const world = { isOnMachine: (_file: string) => false } as ExecWorld;
  expect(problemWith(["sleep", "1"], world)).toBeUndefined();
  expect(problemWith(["nginx"], world)).toBeUndefined();
  const file = import.meta.filename.replaceAll("\\", "/");
  const here = posix.dirname(file);
  const begin =
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";
  expect(problemWith(["sleeep"], world)).toBe(
    `${begin}exec: "sleeep": executable file not found in $PATH; did you mean "sleep"?`,
  );
  expect(problemWith(["/not/there"], world)).toBe(
    `${begin}exec: "/not/there": stat /not/there: no such file or directory`,
  );
  expect(problemWith([here], { ...world, image: busybox })).toBe(`${begin}exec: "${here}": is a directory`);
  expect(problemWith([file], { ...world, image: busybox })).toBe(
    `${begin}exec: "${file}": permission denied`,
  );
});
