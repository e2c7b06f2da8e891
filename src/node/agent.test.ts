import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { realClock } from "../outside/index.ts";
import { type Draft, type Pod, type PodSpec, quantityToMilli } from "../resources/index.ts";
import type { Code } from "../worker/index.ts";
import { codeOfFile, Images } from "./images/index.ts";
import { HollowRuntime } from "./runtimes/hollow.ts";
import { TestNode, user } from "./test-node.ts";

describe("NodeAgent", () => {
  let node: TestNode;
  beforeEach(async () => {
    node = new TestNode();
    await node.start();
  });
  afterEach(async () => {
    await node.agent.stop();
    expect(node.faults).toEqual([]);
  });

  it("holds what lies on disk for all nodes from its start to its stop, and lets go once", async () => {
    const other = new TestNode();
    const held = vi.spyOn(other.ports, "hold");
    const released = vi.spyOn(other.ports, "release");
    await other.agent.stop();
    expect(released).not.toHaveBeenCalled();

    const another = new TestNode();
    const heldNow = vi.spyOn(another.ports, "hold");
    const releasedNow = vi.spyOn(another.ports, "release");
    await another.start();
    await Promise.all([another.agent.stop(), another.agent.stop()]);
    expect([held, heldNow, releasedNow].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1]);
  });

  it("registers its node as Ready", () => {
    expect(node.agent.name).toBe("node-1");
  });

  it("renews its lease every ten seconds, and says how it is where that changes, or every five minutes", async () => {
    const renewed = () => node.store.get("Lease", "kube-node-lease", "node-1")?.spec?.renewTime;
    const revision = () => node.store.get("Node", "", "node-1")?.metadata.resourceVersion;
    await node.createNamespace("kube-node-lease");
    await node.clock.advance(10_000);
    const [first, said] = [renewed(), revision()];
    await node.clock.advance(200_000);
    expect(Date.parse(renewed() ?? "") - Date.parse(first ?? "")).toBe(200_000);
    expect(revision()).toBe(said);
    await node.clock.advance(100_000);
    const later = revision();
    expect(later).not.toBe(said);
    await node.forgetConditions();
    await node.clock.advance(10_000);
    expect(node.store.get("Node", "", "node-1")?.status?.conditions).toHaveLength(4);
  });

  it("shows other resources at once, and starts a container anew only where its resizePolicy says so", async () => {
    const resources = { requests: { cpu: "100m" }, limits: { memory: "64Mi" } };
    const resizePolicy = [
      { resourceName: "cpu", restartPolicy: "NotRequired" },
      { resourceName: "memory", restartPolicy: "RestartContainer" },
    ] as const;
    await node.run({ containers: [{ name: "app", image: "x:1", resources, resizePolicy }] });
    const resize = (resources: object) =>
      node.change(
        pod => ({
          ...pod,
          spec: { ...pod.spec, containers: pod.spec.containers.map(each => ({ ...each, resources })) },
        }),
        "resize",
      );
    const status = () => node.pod()?.status?.containerStatuses?.[0];
    expect(status()).toMatchObject({ resources, allocatedResources: resources.requests });

    node.events.length = 0;
    const more = { ...resources, requests: { ...status()?.resources?.requests, cpu: "150m" } };
    await resize(more);
    expect(status()).toMatchObject({ resources: more, allocatedResources: { cpu: "150m" }, restartCount: 0 });
    expect(node.pod()?.status?.observedGeneration).toBe(2);
    const given =
      '"containers":[{"name":"app","resources":{"limits":{"memory":"64Mi"},"requests":{"cpu":"150m","memory":"64Mi"}}}],"generation":2';
    expect(node.events).toEqual([
      `Normal ResizeStarted: Pod resize started: {${given}}`,
      `Normal ResizeCompleted: Pod resize completed: {${given}}`,
    ]);
    expect(node.pod()?.status?.conditions?.map(({ type }) => type)).not.toContain("PodResizeInProgress");

    await resize({ ...more, limits: { memory: "128Mi" } });
    expect(status()).toMatchObject({ resources: { limits: { memory: "128Mi" } }, restartCount: 1 });
    expect(node.pod()?.status?.phase).toBe("Running");
    expect(node.events).toContain("Normal Killing: Container app resize requires restart");
  });

  it("lets a pod wait for resources that others have, and says so; those that it never has it cannot give", async () => {
    const { cpu = "0" } = node.store.get("Node", "", "node-1")?.status?.allocatable ?? {};
    const whole = quantityToMilli(cpu);
    const asking = (cpu: number) => ({ requests: { cpu: `${cpu}m` } });
    await node.run({ containers: [{ name: "app", image: "x:1", resources: asking(100) }] });
    const draft = node.pod();
    const rest = {
      ...draft,
      metadata: { name: "rest", namespace: "default" },
      status: undefined,
    } as Draft<Pod>;
    const containers = [{ name: "app", image: "x:1", resources: asking(whole - 200) }];
    await node.registry.create({ ...rest, spec: { ...rest.spec, containers } }, { author: user });
    await node.clock.settle();
    const resize = (cpu: number) =>
      node.change(
        pod => ({
          ...pod,
          spec: {
            ...pod.spec,
            containers: pod.spec.containers.map(each => ({ ...each, resources: asking(cpu) })),
          },
        }),
        "resize",
      );
    const shown = () => {
      const { conditions = [], containerStatuses = [] } = node.pod()?.status ?? {};
      const pending = conditions.find(({ type }) => type === "PodResizePending");
      return [containerStatuses[0]?.allocatedResources?.cpu, pending?.reason, pending?.message];
    };

    await resize(300);
    const message = `Node didn't have enough resource: cpu, requested: 300, used: ${whole - 200}, capacity: ${whole}`;
    expect(shown()).toEqual(["100m", "Deferred", message]);
    await resize(whole + 1);
    const never = `Node didn't have enough capacity: cpu, requested: ${whole + 1}, capacity: ${whole}`;
    expect(shown()).toEqual(["100m", "Infeasible", never]);
    expect(
      node.events.filter(event => event.includes("Pod resize")).map(event => event.split("{")[0]),
    ).toEqual([
      "Warning ResizeDeferred: Pod resize Deferred: ",
      "Warning ResizeInfeasible: Pod resize Infeasible: ",
    ]);

    await resize(300);
    await node.registry.delete("Pod", "default", "rest", { author: user });
    await node.clock.settle();
    expect(shown()).toEqual(["300m", undefined, undefined]);
    expect(node.events.at(-1)).toContain("Normal ResizeCompleted: Pod resize completed: ");
  });

  it("refuses a pod that it has no room for, or that is not meant for it", async () => {
    const refused = async (spec: Partial<PodSpec>) => {
      await node.run(spec);
      const { reason, message, phase, containerStatuses } = node.pod()?.status ?? {};
      expect({ phase, containerStatuses }).toEqual({ phase: "Failed", containerStatuses: undefined });
      await node.delete();
      expect(node.lines.at(-1)).toBe("gone");
      return [reason, message, node.events.at(-1)];
    };
    const { cpu = "0" } = node.store.get("Node", "", "node-1")?.status?.allocatable ?? {};
    const capacity = quantityToMilli(cpu);
    const resources = { requests: { cpu: "500" } };
    const lack = `Node didn't have enough resource: cpu, requested: 500000, used: 0, capacity: ${capacity}`;
    expect(await refused({ containers: [{ name: "app", image: "x:1", resources }] })).toEqual([
      "OutOfcpu",
      `Pod was rejected: ${lack}`,
      `Warning OutOfcpu: ${lack}`,
    ]);
    const mismatch = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    expect(await refused({ nodeSelector: { disk: "fast" } })).toEqual([
      "NodeAffinity",
      `Pod was rejected: ${mismatch}`,
      `Warning NodeAffinity: ${mismatch}`,
    ]);
  });

  it("brings a pod up in one write: that it was about to start is not told", async () => {
    await node.run({});
    expect(node.lines).toEqual(["Pending -", "Running True app=running"]);
    expect(node.pod()?.status).toMatchObject({
      podIP: "127.1.0.1",
      hostIP: "127.0.0.1",
      observedGeneration: 1,
    });
    expect(node.events).toEqual(["Normal Created: Container created", "Normal Started: Container started"]);
  });

  it("reaches on the machine's own address only what its pod declares, and no address that others wrote", async () => {
    const answers = async (address: string): Promise<{ port: number; close(): void }> => {
      const server = createServer(socket => socket.on("error", () => {}).resume());
      await new Promise<void>(resolve => server.listen(0, address, resolve));
      return { port: (server.address() as AddressInfo).port, close: () => server.close() };
    };
    const [own, other] = [await answers("127.0.0.1"), await answers("127.0.0.77")];
    await node.run({});
    const pod = node.pod() as Pod;
    const dial = async (port: number, more: Partial<Pod["spec"]>, podIP = pod.status?.podIP) => {
      const changed = { ...pod, spec: { ...pod.spec, ...more }, status: { ...pod.status, podIP } } as Pod;
      const socket = await node.agent.dial(changed, port);
      socket.destroy();
    };
    const declaring = (protocol?: "UDP") => ({
      containers: [{ name: "app", ports: [{ containerPort: own.port, ...(protocol && { protocol }) }] }],
    });
    const refused = { code: "ECONNREFUSED" };
    try {
      await dial(own.port, declaring());
      await dial(own.port, { hostNetwork: true });
      await expect(dial(own.port, {})).rejects.toMatchObject(refused);
      await expect(dial(own.port, declaring("UDP"))).rejects.toMatchObject(refused);
      await expect(dial(other.port, {}, "127.0.0.77")).rejects.toMatchObject(refused);
    } finally {
      own.close();
      other.close();
    }
  });

  it("is asked by session, as long as the container runs", async () => {
    await node.run({}, { "k4s.dev/hollow-exit-after": "5s:3" });
    const pod = node.pod() as Pod;
    expect(await node.agent.exec(pod, undefined, ["event-loop"]).exited).toEqual({ exitCode: 0 });
    expect(() => node.agent.exec(pod, "other", ["event-loop"])).toThrow("container other is not valid");
    const attached = node.agent.attach(pod, "app");
    const left = node.agent.attach(pod, "app");
    left.close();
    expect(await left.exited).toMatchObject({ exitCode: 137 });
    await node.clock.advance(5_000);
    expect(await attached.exited).toEqual({ exitCode: 3 });
    for await (const output of attached.output) expect(output).toBeUndefined();
    await expect(node.agent.dial(pod, 9)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(() => node.agent.exec({ ...pod, metadata: { ...pod.metadata, uid: "gone" } }, "app", [])).toThrow(
      "container app is not valid for pod",
    );
  });

  it("has its runtime expect a container as soon as a new pod is there, and not what goes on", async () => {
    const told: string[] = [];
    class Told extends HollowRuntime {
      override warmUp(): void {
        told.push("expect");
      }
      override start(...start: Parameters<HollowRuntime["start"]>) {
        told.push("start");
        return super.start(...start);
      }
    }
    await node.agent.stop();
    node = new TestNode({ runtime: clock => new Told({ clock, quiet: false }) });
    await node.start();
    await node.run({}, { "k4s.dev/hollow-exit-after": "1s:1" });
    await node.clock.advance(20_000);
    expect(told.slice(0, 3)).toEqual(["expect", "start", "start"]);
  });

  it.each([
    [false, ["a", "b"]],
    [true, ["a", "end"]],
  ])(
    "hands what attached sessions write to the stdin; it ends with them for stdinOnce: %s",
    async (once, took) => {
      const taken: string[] = [];
      class Taking extends HollowRuntime {
        override start(...[container]: Parameters<HollowRuntime["start"]>) {
          const running = super.start(container);
          expect(container.stdin).toBe(true);
          running.input = bytes => {
            taken.push(bytes === undefined ? "end" : Buffer.from(bytes).toString());
          };
          return running;
        }
      }
      await node.agent.stop();
      node = new TestNode({ runtime: clock => new Taking({ clock }) });
      await node.start();
      await node.run({ containers: [{ name: "app", image: "x:1", stdin: true, stdinOnce: once }] });
      const first = node.agent.attach(node.pod() as Pod, "app");
      first.write(Buffer.from("a"));
      first.close();
      first.write(Buffer.from("too late"));
      if (!once) node.agent.attach(node.pod() as Pod, "app").write(Buffer.from("b"));
      expect(taken).toEqual(took);
    },
  );

  it("takes a deleted pod through acknowledgement and its terminal phase before it goes", async () => {
    await node.run({ terminationGracePeriodSeconds: 5 });
    node.lines.length = 0;
    await node.delete();
    expect(node.lines).toEqual([
      "Running True app=running leaving(5) seen=1",
      "Running True app=running leaving(5) seen=2",
      "Succeeded False app=Completed(0) leaving(5) seen=2",
      "Succeeded False app=Completed(0) leaving(0) seen=2",
      "gone",
    ]);
    expect(node.events.at(-1)).toBe("Normal Killing: Stopping container app");
  });

  it("kills what ignores its stop at the end of the grace period", async () => {
    await node.run({ terminationGracePeriodSeconds: 3 }, { "k4s.dev/hollow-stop-after": "never" });
    await node.delete();
    await node.clock.advance(2_900);
    expect(node.pod()).toBeDefined();
    await node.clock.advance(200);
    expect(node.lines.slice(-3)).toEqual([
      "Failed False app=Error(137) leaving(3) seen=2",
      "Failed False app=Error(137) leaving(0) seen=2",
      "gone",
    ]);
  });

  it("kills at once what is deleted with no grace, also while it starts", async () => {
    await node.run({}, { "k4s.dev/hollow-start-after": "1h" });
    await node.delete(0);
    expect(node.lines.at(-1)).toBe("gone");
    await node.clock.advance(7_200_000);
    expect(node.lines.at(-1)).toBe("gone");
  });

  it("takes a pod out that was to go at once, and was left behind by who asked for that", async () => {
    await node.run({ restartPolicy: "Never" }, { "k4s.dev/hollow-exit-after": "100ms" });
    await node.clock.advance(1_000);
    const pod = node.pod();
    if (!pod) return expect.unreachable();
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: "2026-01-01T00:00:00Z",
      deletionGracePeriodSeconds: 0,
    };
    const key = { kind: "Pod", namespace: "default", name: pod.metadata.name };
    await node.store.replace(key, pod, { ...pod, metadata }, user);
    await node.clock.advance(500);
    expect(node.pod()).toBeDefined();
    await node.clock.advance(1_000);
    expect(node.lines.at(-1)).toBe("gone");
  });

  it("ends a pod that is deleted while it starts", async () => {
    await node.run({ terminationGracePeriodSeconds: 2 }, { "k4s.dev/hollow-start-after": "1h" });
    await node.delete();
    await node.clock.advance(3_000);
    expect(node.lines.at(-1)).toBe("gone");
  });

  it("shortens the grace of a pod that is deleted again", async () => {
    await node.run({}, { "k4s.dev/hollow-stop-after": "never" });
    await node.delete();
    await node.delete(1);
    await node.clock.advance(1_100);
    expect(node.lines.at(-1)).toBe("gone");
  });

  it("restarts what crashes: at once, then after 1 s, 2 s, 4 s", async () => {
    await node.run({}, { "k4s.dev/hollow-exit-after": "100ms:1" });
    await node.clock.advance(8_000);
    expect(node.lines.slice(1, 9)).toEqual([
      "Running True app=running",
      "Running False app=Error(1)",
      "Running True app=running/1",
      "Running False app=Error(1)/1",
      "Running False app=CrashLoopBackOff/1",
      "Running True app=running/2",
      "Running False app=Error(1)/2",
      "Running False app=CrashLoopBackOff/2",
    ]);
    expect(node.pod()?.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 4,
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    });
    expect(node.events.filter(event => event.startsWith("Warning BackOff"))).toHaveLength(4);
  });

  it.each([
    ["Never", "0", "Succeeded False app=Completed(0)"],
    ["Never", "2", "Failed False app=Error(2)"],
    ["OnFailure", "0", "Succeeded False app=Completed(0)"],
  ] as const)("with restartPolicy %s ends after exit code %s", async (restartPolicy, code, line) => {
    await node.run({ restartPolicy }, { "k4s.dev/hollow-exit-after": `1s:${code}` });
    await node.clock.advance(60_000);
    expect(node.lines.at(-1)).toBe(line);
  });

  it("runs init containers one after the other, and then the others", async () => {
    await node.run(
      {
        restartPolicy: "Never",
        initContainers: [
          { name: "one", image: "x" },
          { name: "two", image: "x" },
        ],
      },
      { "k4s.dev/hollow-exit-after": "1s:0" },
    );
    await node.clock.advance(10_000);
    expect(node.lines.slice(1)).toEqual([
      "Pending False one=running two=PodInitializing app=PodInitializing",
      "Pending False one=Completed(0) two=PodInitializing app=PodInitializing",
      "Pending False one=Completed(0) two=running app=PodInitializing",
      "Pending False one=Completed(0) two=Completed(0) app=PodInitializing",
      "Running True one=Completed(0) two=Completed(0) app=running",
      "Succeeded False one=Completed(0) two=Completed(0) app=Completed(0)",
    ]);
  });

  it("starts a sidecar first and stops it last", async () => {
    await node.run({ initContainers: [{ name: "side", image: "x", restartPolicy: "Always" }] });
    expect(node.lines.slice(1)).toEqual([
      "Pending False side=running app=PodInitializing",
      "Running True side=running app=running",
    ]);
    await node.delete();
    expect(node.events.slice(-2)).toEqual([
      "Normal Killing: Stopping container app",
      "Normal Killing: Stopping container side",
    ]);
  });

  it("ends a pod whose time is up", async () => {
    await node.run({ activeDeadlineSeconds: 4 });
    await node.clock.advance(5_000);
    expect(node.pod()?.status).toMatchObject({
      phase: "Failed",
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    });
  });

  it("ends it at the deadline that it has by now", async () => {
    await node.run({ activeDeadlineSeconds: 600 });
    await node.clock.advance(3_000);
    await node.change(pod => ({ ...pod, spec: { ...pod.spec, activeDeadlineSeconds: 5 } }));
    expect(node.pod()?.status?.phase).toBe("Running");
    await node.clock.advance(2_500);
    expect(node.pod()?.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });

  it("starts a container again that its own rules want back, though the pod's policy is Never", async () => {
    const values = [42];
    const restartPolicyRules = [{ action: "Restart", exitCodes: { operator: "In", values } }];
    const again = { name: "app", image: "x:1", restartPolicy: "Never", restartPolicyRules };
    await node.run(
      { restartPolicy: "Never", containers: [again, { name: "once", image: "x:1" }] },
      { "k4s.dev/hollow-exit-after": "1s:42" },
    );
    await node.clock.advance(1_500);
    expect(node.lines.at(-1)).toBe("Running False app=running/1 once=Error(42)");
    await node.clock.advance(1_000);
    expect(node.lines.at(-1)).toBe("Running False app=CrashLoopBackOff/1 once=Error(42)");
  });

  it("goes a second after its deletion where its grace is negative", async () => {
    await node.run({ terminationGracePeriodSeconds: -1 }, { "k4s.dev/hollow-stop-after": "never" });
    await node.delete();
    expect(node.pod()?.metadata.deletionGracePeriodSeconds).toBe(1);
    await node.clock.advance(1_100);
    expect(node.lines.at(-1)).toBe("gone");
  });

  it("restarts a container whose event loop stands still", async () => {
    const livenessProbe = { exec: { command: ["event-loop"] }, periodSeconds: 2, failureThreshold: 2 };
    await node.run(
      { terminationGracePeriodSeconds: 1, containers: [{ name: "app", image: "x:1", livenessProbe }] },
      { "k4s.dev/hollow-unresponsive-after": "5s" },
    );
    await node.clock.advance(10_000);
    expect(node.events).toContain(
      "Warning Unhealthy: Liveness probe failed: the event loop did not turn within 1 s",
    );
    expect(node.events).toContain("Normal Killing: Container app failed liveness probe, will be restarted");
    expect(node.pod()?.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  });

  it("is not ready before its readiness probe says so, nor started before its startup probe", async () => {
    const probe = { exec: { command: ["event-loop"] }, initialDelaySeconds: 5 };
    await node.run({
      containers: [{ name: "app", image: "x:1", startupProbe: probe, readinessProbe: probe }],
    });
    await node.clock.advance(4_900);
    expect(node.pod()?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    await node.clock.advance(200);
    expect(node.pod()?.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: false });
    await node.clock.advance(5_000);
    expect(node.lines.at(-1)).toBe("Running True app=running");
  });

  it("says what is wrong with a function that is not there, and tries again", async () => {
    await node.run({}, { "k4s.dev/hollow-start-failure": "no such function" });
    expect(node.lines).toContain("Running False app=RunContainerError");
    expect(node.events).toContain("Warning Failed: Error: no such function");
    expect(node.pod()?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      exitCode: 128,
      reason: "StartError",
    });
  });

  it("picks up what it has missed, each within a second", async () => {
    await node.store.leakDuring(() => node.run({}));
    expect(node.pod()?.status?.phase).toBe("Pending");
    await node.clock.advance(1_000);
    expect(node.lines.at(-1)).toBe("Running True app=running");
    await node.store.leakDuring(() => node.delete());
    await node.clock.advance(1_000);
    expect(node.pod()).toBeUndefined();
  });

  it.each(["told late", "told never, nor what the node wrote itself"])(
    "says again what another has written over in the same moment, also where that is %s",
    async how => {
      const modify = node.registry.modify.bind(node.registry);
      const others = { author: user, subresource: "status" } as const;
      const unready = (pod: Pod): Pod => ({
        ...pod,
        status: { ...pod.status, conditions: [{ type: "Ready", status: "False" }] },
      });
      let isWrittenOver = false;
      node.registry.modify = async (kind, ...given) => {
        const done = await modify(kind, ...given);
        if (kind !== "Pod" || isWrittenOver || node.pod()?.status?.phase !== "Running") return done;
        isWrittenOver = true;
        // The answer of the node's own write comes after another's.
        await modify("Pod", "default", "p", unready, others);
        return done;
      };
      if (how === "told late") await node.run({});
      else await node.store.leakDuring(() => node.run({}));
      await node.clock.advance(5_000);
      expect(isWrittenOver).toBe(true);
      expect(node.lines.at(-1)).toMatch(/^Running True/);
    },
  );

  it("ends what runs for a pod that is gone without its knowledge", async () => {
    await node.run({});
    await node.store.leakDuring(() => node.delete(0));
    expect(node.events).not.toContain("Normal Killing: Stopping container app");
    await node.clock.advance(2_000);
    expect(node.events).toContain("Normal Killing: Stopping container app");
  });

  it("writes nothing while nothing happens", async () => {
    await node.run({});
    const { revision } = node.store;
    await node.clock.advance(9_500);
    expect(node.store.revision).toBe(revision);
  });

  it("says of a container that never ran that it could not be found, when its pod is over", async () => {
    await node.run({ terminationGracePeriodSeconds: 1 }, { "k4s.dev/hollow-start-failure": "no" });
    await node.delete();
    expect(node.lines.slice(-3)).toEqual([
      "Failed False app=StartError(128)/1 leaving(1) seen=2",
      "Failed False app=StartError(128)/1 leaving(0) seen=2",
      "gone",
    ]);
  });

  it("fails a pod that may not restart and cannot start", async () => {
    await node.run({ restartPolicy: "Never" }, { "k4s.dev/hollow-start-failure": "no" });
    await node.clock.advance(10_000);
    expect(node.lines.at(-1)).toBe("Failed False app=StartError(128)");
  });

  it("starts anew at once, without a back-off, when the image is changed", async () => {
    await node.run({}, { "k4s.dev/hollow-exit-after": "1h:1" });
    node.lines.length = 0;
    await node.change(pod => ({
      ...pod,
      spec: { ...pod.spec, containers: pod.spec.containers.map(each => ({ ...each, image: "x:2" })) },
    }));
    expect(node.events).toContain("Normal Killing: Container app definition changed, will be restarted");
    expect(node.pod()?.status?.containerStatuses?.[0]).toMatchObject({
      image: "x:2",
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { exitCode: 0 } },
    });
  });

  it("is not probed any more once it stops", async () => {
    const livenessProbe = { exec: { command: ["sh"] }, periodSeconds: 1, failureThreshold: 100 };
    const failures = () => node.events.filter(event => event.includes("Liveness probe errored"));
    await node.run(
      { containers: [{ name: "app", image: "x:1", livenessProbe }] },
      { "k4s.dev/hollow-stop-after": "3s" },
    );
    await node.clock.advance(3_000);
    const { length } = failures();
    expect(failures().at(-1)).toContain('a hollow container runs no code, and so no "sh"');
    await node.delete();
    await node.clock.advance(2_500);
    expect(failures()).toHaveLength(length);
  });

  describe("whose images take their time", () => {
    /** Every image is there, in the end. */
    class SlowImages extends Images {
      pulls: (() => void)[] = [];
      faults: ((error: Error) => void)[] = [];

      override pull(): Promise<Code> {
        return new Promise((resolve, reject) => {
          this.faults.push(reject);
          this.pulls.push(() => resolve(codeOfFile(import.meta.filename)));
        });
      }
    }

    class Pulling extends HollowRuntime {
      override readonly runsImages: boolean = true;
    }

    let images: SlowImages;
    beforeEach(async () => {
      await node.agent.stop();
      images = new SlowImages({ folders: [], cache: undefined, clock: realClock });
      node = new TestNode({ images, runtime: clock => new Pulling({ clock, quiet: false }) });
      await node.start();
    });
    const arrive = async () => {
      for (const pull of images.pulls.splice(0)) pull();
      await node.clock.settle();
    };

    it("lets a pod go at once that is deleted meanwhile, and starts nothing when the image arrives", async () => {
      await node.run({});
      expect(node.events).toEqual(['Normal Pulling: Pulling image "x:1"']);
      await node.delete();
      // The pod's folder is removed from a real disk.
      await vi.waitFor(() => expect(node.lines.at(-1)).toBe("gone"), 10_000);
      expect(node.lines.slice(-3, -1)).toEqual([
        "Failed False app=ContainerStatusUnknown(137) leaving(30) seen=2",
        "Failed False app=ContainerStatusUnknown(137) leaving(0) seen=2",
      ]);
      await arrive();
      expect(node.events.filter(event => event.includes("Container created"))).toEqual([]);
    });

    it.each([
      ["NODE_OPTIONS", "--no-warnings", 1],
      ["COLOUR", "red", 0],
    ])("tells of a variable that has no effect in a thread: %s", async (name, value, count) => {
      await node.run({ containers: [{ name: "app", image: "x:1", env: [{ name, value }] }] });
      await arrive();
      const told = node.events.filter(event => event.startsWith("Warning"));
      expect(told).toEqual(
        Array(count).fill(
          "Warning IneffectiveEnvironmentVariables: Environment variables [NODE_OPTIONS] have no effect in a thread: Node reads them once per process. With runtimeClassName: process, container app has a process of its own",
        ),
      );
    });

    it("tells once of all that a thread cannot have", async () => {
      const securityContext = { privileged: true, capabilities: { add: ["NET_ADMIN"] }, runAsUser: 0 };
      await node.run({
        hostPID: true,
        securityContext: { fsGroup: 5, seccompProfile: { type: "RuntimeDefault" } },
        containers: [{ name: "app", image: "x:1", securityContext }],
      });
      await arrive();
      expect(node.events.filter(event => event.startsWith("Warning"))).toEqual([
        "Warning IneffectiveFields: Fields without effect: spec.hostPID, spec.securityContext.seccompProfile, spec.securityContext.fsGroup, spec.containers[0].securityContext.runAsUser, spec.containers[0].securityContext.capabilities, spec.containers[0].securityContext.privileged. They are kept, but a container is a thread with the user, rights, devices and network of the program that runs the cluster",
      ]);
    });

    it("tries again after a fault of a pull, and not twice where the image was changed meanwhile", async () => {
      await node.run({});
      const [first] = images.faults;
      await node.change(pod => ({
        ...pod,
        spec: { ...pod.spec, containers: pod.spec.containers.map(each => ({ ...each, image: "x:2" })) },
      }));
      first?.(new Error("the disk is gone"));
      await arrive();
      expect(node.lines.at(-1)).toBe("Running True app=running");
      await node.clock.advance(10_000);
      expect(node.events.filter(event => event.includes("Container created"))).toHaveLength(1);
      expect(node.faults.splice(0)).toEqual([new Error("the disk is gone")]);
    });

    it("starts nothing after its own stop", async () => {
      await node.run({});
      await node.agent.stop();
      const { length } = node.lines;
      await arrive();
      expect(node.lines).toHaveLength(length);
    });

    it("takes the new image where it was changed meanwhile", async () => {
      await node.run({});
      await node.change(pod => ({
        ...pod,
        spec: { ...pod.spec, containers: pod.spec.containers.map(each => ({ ...each, image: "x:2" })) },
      }));
      await arrive();
      expect(node.pod()?.status?.containerStatuses?.[0]).toMatchObject({ image: "x:2", restartCount: 0 });
      expect(node.events.filter(event => event.includes("Container created"))).toHaveLength(1);
    });
  });

  it.each([
    ["starts", { "k4s.dev/hollow-start-after": "1h" }],
    ["backs off", { "k4s.dev/hollow-exit-after": "10ms:1" }],
    ["is being stopped", { "k4s.dev/hollow-stop-after": "never" }],
  ])("stops also while a container %s", async (stage, annotations) => {
    await node.run({}, annotations);
    await node.clock.advance(500);
    if (stage === "is being stopped") await node.delete();
    await node.agent.stop();
    const { length } = node.lines;
    await node.clock.advance(7_200_000);
    expect(node.lines).toHaveLength(length);
  });

  it("lets a pod go at once that is deleted while it backs off, and says how it ended", async () => {
    await node.run({}, { "k4s.dev/hollow-exit-after": "10ms:3" });
    await node.clock.advance(500);
    expect(node.lines.at(-1)).toBe("Running False app=CrashLoopBackOff/1");
    await node.delete();
    expect(node.lines.slice(-3)).toEqual([
      "Failed False app=Error(3)/1 leaving(30) seen=2",
      "Failed False app=Error(3)/1 leaving(0) seen=2",
      "gone",
    ]);
  });

  describe("hooks", () => {
    const running = (lifecycle: object, annotations: Record<string, string> = {}, graceSeconds = 5) =>
      node.run(
        {
          terminationGracePeriodSeconds: graceSeconds,
          containers: [{ name: "app", image: "x:1", lifecycle }],
        },
        annotations,
      );

    it("runs after its postStart hook", async () => {
      await running({ postStart: { sleep: { seconds: 2 } } });
      await node.clock.advance(1_900);
      expect(node.lines.at(-1)).toBe("Pending False app=ContainerCreating");
      await node.clock.advance(200);
      expect(node.lines.at(-1)).toBe("Running True app=running");
    });

    it("is restarted if that fails", async () => {
      await running({ postStart: { exec: { command: ["sh"] } } });
      expect(node.events).toContain("Warning FailedPostStartHook: PostStartHook failed");
      expect(node.events).toContain("Normal Killing: FailedPostStartHook");
      await node.clock.advance(2_000);
      expect(node.lines).toContain("Running False app=PostStartHookError");
      expect(node.pod()?.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
    });

    it("stops after its preStop hook, within its grace period", async () => {
      await running({ preStop: { sleep: { seconds: 2 } } });
      await node.delete();
      await node.clock.advance(1_900);
      expect(node.pod()).toBeDefined();
      await node.clock.advance(200);
      expect(node.lines.at(-1)).toBe("gone");
    });

    it("has two seconds to stop in after a preStop hook that takes too long", async () => {
      await running({ preStop: { sleep: { seconds: 60 } } }, {}, 60);
      await node.delete(5);
      await node.clock.advance(4_900);
      expect(node.pod()).toBeDefined();
      await node.clock.advance(200);
      expect(node.events).toContain("Warning FailedPreStopHook: PreStopHook failed");
      expect(node.lines.slice(-3)[0]).toBe("Succeeded False app=Completed(0) leaving(5) seen=2");
    });

    it("is killed after that, and stops in spite of a hook that fails", async () => {
      await running({ preStop: { sleep: { seconds: 60 } } }, { "k4s.dev/hollow-stop-after": "never" }, 60);
      await node.delete(5);
      await node.clock.advance(6_900);
      expect(node.pod()).toBeDefined();
      await node.clock.advance(200);
      expect(node.lines.slice(-3)[0]).toBe("Failed False app=Error(137) leaving(5) seen=2");
      await running({ preStop: { exec: { command: ["sh"] } } });
      await node.delete();
      expect(node.events).toContain("Warning FailedPreStopHook: PreStopHook failed");
      expect(node.lines.at(-1)).toBe("gone");
    });
  });

  it("leaves nothing behind when it stops", async () => {
    await node.run({}, { "k4s.dev/hollow-exit-after": "1s:1" });
    await node.agent.stop();
    const { length } = node.lines;
    await node.clock.advance(60_000);
    expect(node.lines).toHaveLength(length);
  });
});

describe("NodeAgent with a runtime that starts nothing and tells nothing", () => {
  let node: TestNode;
  beforeEach(async () => {
    node = new TestNode({ runtime: clock => new HollowRuntime({ clock }) });
    await node.start();
  });
  afterEach(async () => {
    await node.agent.stop();
    expect(node.faults).toEqual([]);
  });

  it("tells no events", async () => {
    await node.run({});
    expect(node.lines).toEqual(["Pending -", "Running True app=running"]);
    expect(node.events).toEqual([]);
  });

  it("tells that a pod is about to start where that takes longer than a moment", async () => {
    await node.run({}, { "k4s.dev/hollow-start-after": "2s" });
    expect(node.lines).toEqual(["Pending -"]);
    await node.clock.advance(10);
    expect(node.lines).toEqual(["Pending -", "Pending False app=ContainerCreating"]);
    await node.clock.advance(2_000);
    expect(node.lines.slice(2)).toEqual(["Running True app=running"]);
  });
});
