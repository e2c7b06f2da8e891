import { expect, it } from "vitest";
import type { Pod } from "../../resources/index.ts";
import { sharedProcesses } from "./shared-processes.ts";

const pod = (spec: object) => ({ metadata: { name: "p" }, spec }) as unknown as Pod;
const containers = [
  { name: "web", command: "nginx" },
  { name: "ended", command: undefined },
  { name: "debugger", command: "sh" },
];
const web = { command: "nginx", isOwn: false };
const own = { command: "sh", isOwn: true };

it.each([
  ["its own alone", {}, {}, undefined],
  [
    "all of a pod that shares them",
    { shareProcessNamespace: true },
    {},
    [{ command: "/pause", isOwn: false }, web, own],
  ],
  ["those of its target", {}, { targetContainerName: "web" }, [web, own]],
  ["none of a target that has ended", {}, { targetContainerName: "ended" }, [own]],
])("a container sees %s", (_, spec, more, seen) => {
  expect(sharedProcesses({ name: "debugger", ...more }, pod(spec), containers)).toEqual(seen);
});
