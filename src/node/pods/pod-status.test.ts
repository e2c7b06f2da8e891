import { expect, it } from "vitest";
import type { ContainerState, ContainerStatus, Pod } from "../../resources/index.ts";
import { podStatusOf } from "./pod-status.ts";

const now = "2026-01-01T00:00:00Z";
const spec = {
  initContainers: [{ name: "side", restartPolicy: "Always" }],
  containers: [{ name: "app" }],
  readinessGates: [{ conditionType: "example.com/a" }, { conditionType: "example.com/b" }],
};

const up: ContainerState = { running: { startedAt: now } };
const failed: ContainerState = { terminated: { exitCode: 3, reason: "Error" } };
const backingOff: ContainerState = { waiting: { reason: "CrashLoopBackOff" } };
const creating: ContainerState = { waiting: { reason: "PodInitializing" } };

function conditionsWhen(side: Partial<ContainerStatus>, app: Partial<ContainerStatus>): string[] {
  const first = { restartCount: 0, image: "x", imageID: "", lastState: {} };
  const status = podStatusOf(
    {
      metadata: { name: "p", uid: "u", generation: 1 },
      spec,
      status: { conditions: [{ type: "example.com/b", status: "False" }] },
    } as unknown as Pod,
    {
      init: [{ name: "side", ready: false, started: false, ...first, ...side }],
      main: [{ name: "app", ready: false, started: false, ...first, ...app }],
      ephemeral: [],
      ...{ ready: true, ended: false, cause: undefined, resize: [], startTime: now, now },
      ...{ hostIP: "127.0.0.1", podIP: "127.1.0.1" },
    },
  );
  const told = status.conditions?.filter(({ type }) => /^(Initialized|Ready)$/.test(type)) ?? [];
  return [
    status.phase ?? "",
    ...told.map(({ status, reason, message }) => [status, reason, message].filter(Boolean).join(": ")),
  ];
}

const incomplete = "False: ContainersNotInitialized: containers with incomplete status: [side]";
const unready = (names: string) => `False: ContainersNotReady: containers with unready status: [${names}]`;

it.each([
  ["has ended before the pod's own came up", { state: failed }, { state: creating }, "Pending", incomplete],
  [
    "backs off before the pod's own came up",
    { state: backingOff, lastState: failed },
    { state: creating },
    "Pending",
    incomplete,
  ],
  ["backs off beside them", { state: backingOff, lastState: failed }, { state: up }, "Running", "True"],
])("a pod whose sidecar %s", (_, side, app, phase, initialized) => {
  expect(conditionsWhen(side, app)).toEqual([phase, initialized, unready("side app")]);
});

it("tells of all readiness gates, in the kubelet's words", () => {
  const ready = { state: up, ready: true, started: true };
  const [a, b] = [
    'corresponding condition of pod readiness gate "example.com/a" does not exist.',
    'the status of pod readiness gate "example.com/b" is not "True", but False',
  ];
  expect(conditionsWhen(ready, ready)).toEqual([
    "Running",
    "True",
    `False: ReadinessGatesNotReady: ${a}, ${b}`,
  ]);
});
