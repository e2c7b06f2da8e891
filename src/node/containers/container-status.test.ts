import { expect, it } from "vitest";
import type { PodContainer } from "../../resources/index.ts";
import { ended, firstStatus, running } from "./container-status.ts";

const spec: PodContainer = {
  name: "app",
  image: "x:1",
  volumeMounts: [
    { name: "data", mountPath: "/data" },
    { name: "token", mountPath: "/token", readOnly: true },
  ],
};
const facts = { restartCount: 0, imageID: "sha256:0", containerID: "thread://1" };
const now = "2026-01-01T00:00:00Z";

it("shows from the beginning what is mounted, and how", () => {
  expect(firstStatus(spec, "ContainerCreating").volumeMounts).toEqual([
    { name: "data", mountPath: "/data" },
    { name: "token", mountPath: "/token", readOnly: true, recursiveReadOnly: "Disabled" },
  ]);
  expect(firstStatus({ name: "app" }, "ContainerCreating")).not.toHaveProperty("volumeMounts");
});

it("shows as whom an instance runs, and what it has, even where it never came up", () => {
  const user = { linux: { uid: 0, gid: 0, supplementalGroups: [0] } };
  const before = firstStatus(spec, "ContainerCreating");
  expect(running(before, { ...facts, user }, spec, now)).toMatchObject({ user, resources: {} });
  const cause = { exitCode: 128, reason: "StartError" };
  expect(ended(before, { ...facts, user }, spec, cause, now, now)).toMatchObject({ user, resources: {} });
});
