/** Two control planes over one store, in virtual time: one leads, the other takes over, and nothing is done twice. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdmissionPlugin } from "../admission/index.ts";
import { seededRandom, VirtualClock } from "../outside/index.ts";
import type { Event, Lease, Pod } from "../resources/index.ts";
import { Cluster } from "./cluster.ts";

let clock: VirtualClock;
let first: Cluster;
let second: Cluster;
const faults: unknown[] = [];

/** Waits for what is under way, with all that follows at once. */
async function during<T>(work: Promise<T>): Promise<T> {
  await clock.settle();
  return work;
}

beforeEach(async () => {
  clock = new VirtualClock();
  faults.length = 0;
  const onFault = (fault: unknown) => void faults.push(fault);
  const options = { clock, random: seededRandom(1), runtime: "hollow", onFault } as const;
  first = new Cluster({ ...options, leaderElection: true });
  second = first.standby({ random: seededRandom(2) });
  await during(first.start());
  await during(second.start());
});

afterEach(async () => {
  await during(first.stop());
  await during(second.stop());
  expect(faults).toEqual([]);
});

const lease = async (name: string) => (await second.get("Lease", name, "kube-system")) as Lease;
const ready = async (cluster: Cluster) =>
  ((await cluster.list("Pod")) as Pod[]).filter(({ status }) => status?.phase === "Running").length;

async function deploy(cluster: Cluster): Promise<void> {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "web" }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  await during(cluster.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec }));
  await clock.advance(1_000);
}

test("the first leads, by leases that everyone can see; either can be asked", async () => {
  await deploy(second);
  expect(await ready(first)).toBe(2);
  const { spec } = await lease("kube-scheduler");
  expect(spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
  expect((await lease("kube-controller-manager")).spec?.holderIdentity).toBe(spec?.holderIdentity);
  const events = (await second.list("Event", { namespace: "kube-system" })) as Event[];
  const told = events.filter(({ reason }) => reason === "LeaderElection");
  expect(told.map(({ source, message }) => `${source?.component}: ${message}`).sort()).toEqual([
    `kube-controller-manager: ${spec?.holderIdentity} became leader`,
    `kube-scheduler: ${spec?.holderIdentity} became leader`,
  ]);
  // What stands by runs nothing at all.
  expect(second.metrics.total.runs).toBe(0);
  expect(first.metrics.total.runs).toBeGreaterThan(0);
});

test("the other takes over when the first stops, and the nodes go on", async () => {
  await deploy(first);
  await during(first.stop());
  await clock.advance(5_000);
  expect((await lease("kube-scheduler")).spec?.leaseTransitions).toBe(1);
  expect(await ready(second)).toBe(2);
  await during(second.scale("Deployment/web", 4));
  await clock.advance(2_000);
  expect(await ready(second)).toBe(4);
});

test("one that lost its lease does nothing more, until it leads again", async () => {
  await deploy(first);
  for (const name of ["kube-controller-manager", "kube-scheduler"])
    await during(
      second.patch("Lease", name, { spec: { holderIdentity: "another" } }, { namespace: "kube-system" }),
    );
  await clock.advance(2_000);
  const runs = first.metrics.total.runs;
  await during(second.scale("Deployment/web", 4));
  await clock.advance(10_000);
  expect(await ready(second)).toBe(2);
  expect(first.metrics.total.runs).toBe(runs);
  await clock.advance(10_000);
  expect(await ready(second)).toBe(4);
});

test("a person who holds the loops is not overruled by the election", async () => {
  await during(second.pause());
  await deploy(first);
  await during(first.stop());
  await clock.advance(5_000);
  await during(second.scale("Deployment/web", 4));
  await clock.advance(2_000);
  expect(await ready(second)).toBe(2);
  second.resume();
  await clock.advance(2_000);
  expect(await ready(second)).toBe(4);
});

const nodesOf = async (cluster: Cluster) =>
  (await cluster.nodes.list()).map(({ name, state }) => `${name} ${state}`);
const restarts = async () =>
  ((await second.list("Pod")) as Pod[]).map(({ metadata, status }) => [
    metadata.uid,
    status?.containerStatuses?.[0]?.containerID,
  ]);

test("both run the same nodes: what one adds has its own name, disturbs no pod, and is known to the other", async () => {
  await deploy(first);
  const before = await restarts();
  expect(await during(second.nodes.add())).toBe("node-1");
  await expect(first.nodes.add({ name: "node-1" })).rejects.toMatchObject({ reason: "AlreadyExists" });
  await clock.advance(2_000);
  expect(await restarts()).toEqual(before);
  expect(await nodesOf(first)).toEqual(["node-0 running", "node-1 running"]);
  await during(first.nodes.freeze("node-1"));
  expect(await nodesOf(second)).toEqual(["node-0 running", "node-1 frozen"]);
});

test("when the first has stopped, its nodes can still be lost, brought back and added to", async () => {
  await deploy(first);
  await during(first.stop());
  await during(second.nodes.crash("node-0"));
  expect(await nodesOf(second)).toEqual(["node-0 off"]);
  await during(second.nodes.start("node-0"));
  expect(await during(second.nodes.add())).toBe("node-1");
  await during(second.scale("Deployment/web", 6));
  await clock.advance(5_000);
  expect(await ready(second)).toBe(6);
  expect(await nodesOf(second)).toEqual(["node-0 running", "node-1 running"]);
});

test("pods of a node that a standby added are told of by each, also when that standby has stopped", async () => {
  await during(second.nodes.add({ name: "late", labels: { on: "late" } }));
  const spec = { nodeSelector: { on: "late" }, containers: [{ name: "main", image: "web" }] };
  await during(first.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "one" }, spec }));
  await clock.advance(2_000);
  expect(await during(Promise.resolve(second.logs("Pod/one")))).toBe("");
  await during(second.stop());
  expect(await during(Promise.resolve(first.logs("Pod/one")))).toBe("");
  await clock.advance(2_000);
  const events = (await first.list("Event")) as Event[];
  const ofNode = events.filter(({ involvedObject }) => involvedObject.name === "late");
  expect(ofNode.map(({ reason }) => reason)).toEqual(expect.arrayContaining(["Starting", "RegisteredNode"]));
});

describe("what they share begins with the first that starts, and ends with the last", () => {
  let one: Cluster;
  let two: Cluster;
  beforeEach(() => {
    const onFault = (fault: unknown) => void faults.push(fault);
    one = new Cluster({ clock, random: seededRandom(3), runtime: "hollow", leaderElection: true, onFault });
    two = one.standby({ random: seededRandom(4) });
  });

  test("a standby may start before it, or alone", async () => {
    await during(two.start());
    await deploy(two);
    expect(await ready(two)).toBe(2);
    await during(one.start());
    await during(two.nodes.add());
    expect(await nodesOf(one)).toEqual(["node-0 running", "node-1 running"]);
    await during(Promise.all([one.stop(), two.stop()]));
  });

  test("both may start and stop at the same time", async () => {
    await during(Promise.all([two.start(), one.start()]));
    expect((await two.list("Node")).length).toBe(1);
    await during(Promise.all([one.stop(), two.stop()]));
  });

  test("one that starts when the last has stopped is told so", async () => {
    await during(one.start());
    await during(one.stop());
    const started = expect(two.start()).rejects.toMatchObject({ reason: "ServiceUnavailable" });
    await during(started);
    await during(two.stop());
  });

  test("one that never ran ends nothing", async () => {
    await during(one.start());
    await during(two.stop());
    await deploy(one);
    expect(await ready(one)).toBe(2);
    await during(one.stop());
  });
});

test("a standby needs a first that takes part in the election", async () => {
  const alone = new Cluster({ clock });
  expect(() => alone.standby()).toThrow(/make the first with leaderElection: true/);
});

test("a lease that cannot be given back is told, and all ends nonetheless", async () => {
  let isRefusing = false;
  const refuses: AdmissionPlugin = {
    name: "Refuses",
    on: [{ operations: ["UPDATE"], kinds: ["Lease"] }],
    validate() {
      if (isRefusing) throw new Error("not now");
    },
  };
  const told: unknown[] = [];
  const onFault = (fault: unknown) => void told.push(fault);
  const admission = { plugins: [refuses] };
  const options = { clock, random: seededRandom(5), runtime: "hollow", leaderElection: true } as const;
  const only = new Cluster({ ...options, onFault, admission });
  await during(only.start());
  await clock.advance(1_000);
  isRefusing = true;
  await during(only.stop());
  expect(told).toHaveLength(2);
  const started = only.standby().start();
  await during(expect(started).rejects.toThrow("the last control plane over this store was stopped"));
});

test("the times of the election can be others than Kubernetes', as long as nobody leads when another does", async () => {
  const leaderElectionTimes = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 };
  const options = { clock, random: seededRandom(6), runtime: "hollow", leaderElection: true } as const;
  const only = new Cluster({ ...options, leaderElectionTimes });
  await during(only.start());
  const lease = () => only.get("Lease", "kube-controller-manager", "kube-system");
  await during(
    only.waitFor("Lease/kube-system/kube-controller-manager", held => Boolean(held?.spec?.holderIdentity)),
  );
  const first = await lease();
  expect(first?.spec?.leaseDurationSeconds).toBe(3);
  await clock.advance(600);
  expect((await lease())?.spec?.renewTime).not.toBe(first?.spec?.renewTime);
  await during(only.stop());
  for (const times of [{ leaseDurationMs: 5_000 }, { renewDeadlineMs: 2_000 }])
    expect(() => new Cluster({ ...options, leaderElectionTimes: times })).toThrow(/must be greater than/);
});
