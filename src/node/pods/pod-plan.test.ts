import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContainerStatus, Pod } from "../../resources/index.ts";
import { ended, firstStatus, running, waiting } from "../containers/container-status.ts";
import type { ContainerView } from "../containers/index.ts";
import { hasRun } from "./init-containers.ts";
import { planFor } from "./pod-plan.ts";
import { podStatusOf } from "./pod-status.ts";

/** A pod of one init container, one sidecar and two others, each in any state it can be in. */
const policies = fc.constantFrom("Always", "OnFailure", "Never");
const roles = ["init", "sidecar", "main", "main"] as const;
const facts = { restartCount: 0, imageID: "", containerID: "thread://1" };

const states = fc.oneof(
  fc.constant({ busy: false, name: "new" }),
  fc.constant({ busy: true, name: "starting" }),
  fc.record({ busy: fc.constant(true), name: fc.constant("running"), ready: fc.boolean() }),
  fc.record({ busy: fc.boolean(), name: fc.constant("ended"), exitCode: fc.constantFrom(0, 1, 137) }),
  fc.record({ busy: fc.constant(false), name: fc.constant("backing off"), exitCode: fc.constantFrom(0, 1) }),
);
type State = { busy: boolean; name: string; ready?: boolean; exitCode?: number };

function statusOf(name: string, { name: state, ready = true, exitCode = 0 }: State): ContainerStatus {
  const first = firstStatus({ name, image: "x" }, "PodInitializing");
  const now = "2026-01-01T00:00:00Z";
  const up = { ...running(first, facts, { name }, now), ready };
  const down = ended(
    up,
    facts,
    { name },
    { exitCode, reason: exitCode === 0 ? "Completed" : "Error" },
    now,
    now,
  );
  if (state === "running") return up;
  if (state === "ended") return down;
  return state === "backing off" ? waiting(down, "CrashLoopBackOff") : first;
}

const through = fc.constant<State>({ busy: false, name: "ended", exitCode: 0 });
const up = fc.constant<State>({ busy: true, name: "running", ready: true });
const worlds = fc.record({
  policy: policies,
  stopping: fc.boolean(),
  // Half of the pods have come through their init containers: there most is to be decided.
  states: fc.tuple(fc.oneof(states, through), fc.oneof(states, up), states, states),
});

function worldOf({ policy, states }: { policy: string; states: readonly State[] }) {
  const names = ["first", "side", "app", "other"];
  const containers = roles.map((role, index): ContainerView => {
    const name = names[index] ?? "";
    const state = states[index] ?? { busy: false, name: "new" };
    return { name, role, spec: {}, busy: state.busy, status: statusOf(name, state) };
  });
  const pod = {
    metadata: { name: "p", uid: "u", generation: 1 },
    spec: {
      restartPolicy: policy,
      initContainers: [{ name: "first" }, { name: "side", restartPolicy: "Always" }],
      containers: [{ name: "app" }, { name: "other" }],
    },
  } as unknown as Pod;
  return { pod, containers };
}

describe("what is to be done next in a pod", () => {
  /** The property says whether it had something to say of a world: it must have, of some. */
  const always = (property: (world: ReturnType<typeof worldOf>, stopping: boolean) => boolean) => {
    let count = 0;
    const run = (world: Parameters<typeof worldOf>[0] & { stopping: boolean }) => {
      if (property(worldOf(world), world.stopping)) count++;
    };
    fc.assert(fc.property(worlds, run), { numRuns: 1_000 });
    expect(count).toBeGreaterThan(20);
  };

  it("never starts what is busy, nor stops what is not, nor both", () =>
    always(({ pod, containers }, stopping) => {
      const { start, stop } = planFor(pod, containers, stopping);
      const busy = containers.filter(container => container.busy).map(({ name }) => name);
      expect(start.filter(name => busy.includes(name))).toEqual([]);
      expect(stop.filter(name => !busy.includes(name))).toEqual([]);
      expect(start.length > 0 && stop.length > 0).toBe(false);
      return start.length + stop.length > 0;
    }));

  it("starts nothing in a pod that is to end, and is over only when nothing is busy", () =>
    always(({ pod, containers }, stopping) => {
      const plan = planFor(pod, containers, stopping);
      if (stopping) expect(plan.start).toEqual([]);
      if (plan.ended) expect(containers.some(({ busy }) => busy)).toBe(false);
      if (stopping && !plan.ended) expect(plan.stop.length).toBeGreaterThan(0);
      return stopping && !plan.ended;
    }));

  it("stops a sidecar only when nothing else is left", () =>
    always(({ pod, containers }, stopping) => {
      const { stop } = planFor(pod, containers, stopping);
      const others = containers.filter(({ busy, role }) => busy && role !== "sidecar");
      if (!stop.includes("side")) return false;
      expect(others).toEqual([]);
      return true;
    }));

  it("starts the pod's own containers only after its init containers", () =>
    always(({ pod, containers }, stopping) => {
      const { start } = planFor(pod, containers, stopping);
      const [first, side, ...own] = containers.map(({ status }) => status);
      if (!start.includes("app") && !start.includes("other")) return false;
      // Once the pod is initialized it stays so: a sidecar that is being restarted keeps nothing else from it.
      if (own.some(status => status && hasRun(status))) return true;
      expect(first?.state?.terminated?.exitCode).toBe(0);
      expect(side?.started).toBe(true);
      return true;
    }));

  const appOf = ({ pod, containers }: ReturnType<typeof worldOf>) => {
    const [first, side, app] = containers;
    const exitCode = app?.status.state?.terminated?.exitCode;
    const policy = pod.spec.restartPolicy;
    const mayNot =
      exitCode !== undefined && (policy === "Never" || (policy === "OnFailure" && exitCode === 0));
    const hasBegun = containers.some(({ role, status }) => role === "main" && hasRun(status));
    const isInitDone =
      first?.status.state?.terminated?.exitCode === 0 && (hasBegun || side?.status.started === true);
    return { isBusy: app?.busy ?? false, mayNot, isInitDone };
  };

  it("never starts again what may not be", () =>
    always(world => {
      if (!appOf(world).mayNot) return false;
      expect(planFor(world.pod, world.containers, false).start).not.toContain("app");
      return true;
    }));

  it("starts what must be", () =>
    always(world => {
      const { isBusy, mayNot, isInitDone } = appOf(world);
      if (isBusy || mayNot || !isInitDone) return false;
      expect(planFor(world.pod, world.containers, false).start).toContain("app");
      return true;
    }));

  it("has a phase and conditions that agree", () =>
    always(({ pod, containers }, stopping) => {
      const statuses = containers.map(({ status }) => status);
      const status = podStatusOf(pod, {
        init: statuses.slice(0, 2),
        main: statuses.slice(2),
        ephemeral: [],
        ready: true,
        ended: planFor(pod, containers, stopping).ended,
        cause: undefined,
        resize: [],
        hostIP: "127.0.0.1",
        podIP: "127.1.0.1",
        startTime: "2026-01-01T00:00:00Z",
        now: "2026-01-01T00:00:00Z",
      });
      const isTrue = (type: string) => status.conditions?.find(one => one.type === type)?.status === "True";
      const { phase } = status;
      if (isTrue("Ready")) expect(phase).not.toMatch(/Succeeded|Failed/);
      expect(isTrue("Ready")).toBe(isTrue("ContainersReady"));
      // What backs off has been up, and is not now: only then are the sidecars asked again.
      const isUp = (status.containerStatuses ?? []).some(({ state }) => state?.waiting === undefined);
      if (phase === "Running" && isUp) expect(isTrue("Initialized")).toBe(true);
      // The sidecar apart: one that never ran waits on, and how it ends is not the pod's success.
      const regular = [
        ...(status.initContainerStatuses ?? []).slice(0, 1),
        ...(status.containerStatuses ?? []),
      ];
      if (phase === "Succeeded") expect(regular.every(({ state }) => state?.terminated)).toBe(true);
      return phase === "Succeeded" || phase === "Running";
    }));
});
