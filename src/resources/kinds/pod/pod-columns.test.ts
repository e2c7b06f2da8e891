/** What `kubectl get` prints of pods, in states that no recording shows; facts of Kubernetes 1.35's printers.go. */
import { expect, test } from "vitest";
import type { KubernetesObject } from "../../object.ts";
import { ago, deleted, kinds, printed } from "../columns/test-cells.ts";

const running = { state: { running: { startedAt: ago(50) } }, ready: true, started: true, restartCount: 0 };

const waiting = (reason: string, restartCount = 0) => ({ state: { waiting: { reason } }, restartCount });

const terminated = (how: object, restartCount = 0) => ({
  state: { terminated: { exitCode: 0, ...how } },
  ready: false,
  restartCount,
});

const endedBefore = (seconds: number) => ({
  lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } },
});

const initialized = (status: string) => ({ type: "Initialized", status });

const two = [{ name: "a" }, { name: "b" }];

const sidecar = { name: "s", restartPolicy: "Always" };

function pod({ containers = two, init = [] as object[], metadata = {}, ...status }) {
  return {
    metadata: { name: "x", creationTimestamp: ago(60), ...metadata },
    spec: { containers, initContainers: init },
    status: { phase: "Running", ...status },
  };
}

const three = [{ name: "i" }, { name: "j" }, { name: "k" }];

printed(
  "Pod",
  ["Ready", "Status", "Restarts"],
  [
    ["no status yet", pod({ phase: "Pending" }), ["0/2", "Pending", "0"]],
    ["both run", pod({ containerStatuses: [running, running] }), ["2/2", "Running", "0"]],
    [
      "one is not ready",
      pod({ containerStatuses: [running, { ...running, ready: false }] }),
      ["1/2", "Running", "0"],
    ],
    [
      "said to be ready, but it waits",
      pod({ containerStatuses: [{ ready: true, restartCount: 0 }] }),
      ["0/2", "Running", "0"],
    ],
    ["evicted", pod({ phase: "Failed", reason: "Evicted" }), ["0/2", "Evicted", "0"]],
    [
      "the first container says most",
      pod({ containerStatuses: [waiting("ErrImagePull"), waiting("CrashLoopBackOff", 4)] }),
      ["0/2", "ErrImagePull", "4"],
    ],
    [
      "one that waits without a reason says nothing",
      pod({ phase: "Pending", containerStatuses: [waiting(""), waiting("ContainerCreating")] }),
      ["0/2", "ContainerCreating", "0"],
    ],
    [
      "killed by a signal",
      pod({ containerStatuses: [terminated({ signal: 15, exitCode: 143 })] }),
      ["0/2", "Signal:15", "0"],
    ],
    [
      "ended without a reason",
      pod({ containerStatuses: [terminated({ exitCode: 1 })] }),
      ["0/2", "ExitCode:1", "0"],
    ],
    [
      "out of memory",
      pod({ containerStatuses: [terminated({ reason: "OOMKilled", exitCode: 137 }, 2)] }),
      ["0/2", "OOMKilled", "2"],
    ],
    [
      "one has completed, the other is ready",
      pod({
        containerStatuses: [terminated({ reason: "Completed" }), running],
        conditions: [{ type: "Ready", status: "True" }],
      }),
      ["1/2", "Running", "0"],
    ],
    [
      "one has completed, the pod is not ready",
      pod({
        containerStatuses: [terminated({ reason: "Completed" }), running],
        conditions: [{ type: "Ready", status: "False" }],
      }),
      ["1/2", "NotReady", "0"],
    ],
    [
      "has completed",
      pod({ phase: "Succeeded", containerStatuses: [terminated({ reason: "Completed" })] }),
      ["0/2", "Completed", "0"],
    ],
    ["is deleted", pod({ ...deleted, containerStatuses: [running] }), ["1/2", "Terminating", "0"]],
    [
      "was over before it was deleted",
      pod({ ...deleted, phase: "Failed", containerStatuses: [terminated({ reason: "Error", exitCode: 1 })] }),
      ["0/2", "Error", "0"],
    ],
    [
      "is deleted, its node is lost",
      pod({ ...deleted, reason: "NodeLost", containerStatuses: [running] }),
      ["1/2", "Unknown", "0"],
    ],
    ["its node is lost", pod({ reason: "NodeLost" }), ["0/2", "NodeLost", "0"]],
    [
      "gated",
      pod({
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      }),
      ["0/2", "SchedulingGated", "0"],
    ],
    [
      "restarted: when last",
      pod({
        containerStatuses: [
          { ...running, restartCount: 2, ...endedBefore(300) },
          { ...running, restartCount: 1, ...endedBefore(9000) },
        ],
      }),
      ["2/2", "Running", "3 (5m ago)"],
    ],
    [
      "ended once, and was never restarted",
      pod({ containerStatuses: [{ ...running, ...endedBefore(9) }] }),
      ["1/2", "Running", "0"],
    ],
    [
      "the first of three init containers runs",
      pod({
        phase: "Pending",
        init: three,
        initContainerStatuses: [{ ...running, name: "i", restartCount: 0 }],
        containerStatuses: [waiting("PodInitializing"), waiting("PodInitializing")],
        conditions: [initialized("False")],
      }),
      ["0/2", "Init:0/3", "0"],
    ],
    [
      "one is through, the next waits for its turn",
      pod({
        init: three,
        initContainerStatuses: [terminated({ reason: "Completed" }), waiting("PodInitializing")],
      }),
      ["0/2", "Init:1/3", "0"],
    ],
    [
      "an init container failed",
      pod({ init: three, initContainerStatuses: [terminated({ reason: "Error", exitCode: 1 })] }),
      ["0/2", "Init:Error", "0"],
    ],
    [
      "an init container was killed",
      pod({ init: three, initContainerStatuses: [terminated({ signal: 9, exitCode: 137 })] }),
      ["0/2", "Init:Signal:9", "0"],
    ],
    [
      "an init container ended without a reason",
      pod({ init: three, initContainerStatuses: [terminated({ exitCode: 7 })] }),
      ["0/2", "Init:ExitCode:7", "0"],
    ],
    [
      "an init container fails again and again",
      pod({
        init: three,
        initContainerStatuses: [{ ...waiting("CrashLoopBackOff", 3), ...endedBefore(10) }],
        containerStatuses: [{ ...waiting("PodInitializing"), restartCount: 9 }],
      }),
      ["0/2", "Init:CrashLoopBackOff", "3 (10s ago)"],
    ],
    [
      "a gated pod whose init containers are told of",
      pod({
        phase: "Pending",
        init: three,
        initContainerStatuses: [waiting("PodInitializing")],
        conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }],
      }),
      ["0/2", "Init:0/3", "0"],
    ],
    [
      "what init containers did is forgotten once all are through",
      pod({
        init: three,
        initContainerStatuses: [terminated({ reason: "Completed" }, 3)],
        containerStatuses: [running, running],
      }),
      ["2/2", "Running", "0"],
    ],
    [
      "waits for its containers",
      pod({ containerStatuses: [waiting("PodInitializing")] }),
      ["0/2", "PodInitializing", "0"],
    ],
    [
      "a sidecar counts as ready, and its restarts count",
      pod({
        init: [sidecar],
        initContainerStatuses: [{ ...running, name: "s", restartCount: 4, ...endedBefore(200) }],
        containerStatuses: [running, running],
      }),
      ["3/3", "Running", "4 (3m20s ago)"],
    ],
    [
      "a sidecar that has not started holds the others up",
      pod({
        init: [sidecar],
        initContainerStatuses: [{ ...running, name: "s", started: false, ready: false }],
        containerStatuses: [waiting("PodInitializing"), waiting("PodInitializing")],
      }),
      ["0/3", "Init:0/1", "0"],
    ],
  ],
);

printed(
  "Pod",
  ["IP", "Node", "Nominated Node", "Readiness Gates"],
  [
    ["nothing is known", pod({}), ["<none>", "<none>", "<none>", "<none>"]],
    [
      "all is known",
      {
        spec: {
          nodeName: "n",
          readinessGates: [{ conditionType: "a" }, { conditionType: "b" }],
          containers: two,
        },
        status: {
          podIP: "10.0.0.1",
          nominatedNodeName: "m",
          conditions: [
            { type: "a", status: "True" },
            { type: "b", status: "False" },
          ],
        },
      },
      ["10.0.0.1", "n", "m", "1/2"],
    ],
  ],
);

test("a pod's row says that it is over, and how", () => {
  const said = (phase: string) => kinds.find("Pod").rows?.conditions?.(pod({ phase }) as KubernetesObject);
  expect(said("Running")).toEqual([]);
  expect(said("Succeeded")).toEqual([
    {
      type: "Completed",
      status: "True",
      reason: "Succeeded",
      message: "The pod has completed successfully.",
    },
  ]);
  expect(said("Failed")).toEqual([
    { type: "Completed", status: "True", reason: "Failed", message: "The pod failed." },
  ]);
});
