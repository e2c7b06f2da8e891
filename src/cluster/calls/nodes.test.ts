import { afterEach, beforeEach, expect, test } from "vitest";
import type { AdmissionPlugin } from "../../admission/index.ts";
import { seededRandom, VirtualClock } from "../../outside/index.ts";
import type { Node, Pod } from "../../resources/index.ts";
import { Cluster } from "../cluster.ts";

let clock: VirtualClock;
let cluster: Cluster;
/** Whether no Node may be created now. */
let refusing = false;
const faults: unknown[] = [];

beforeEach(async () => {
  clock = new VirtualClock();
  faults.length = 0;
  const onFault = (fault: unknown) => void faults.push(fault);
  refusing = false;
  const refuses: AdmissionPlugin = {
    name: "Refuses",
    on: [{ operations: ["CREATE"], kinds: ["Node"] }],
    validate() {
      if (refusing) throw new Error("not now");
    },
  };
  const admission = { plugins: [refuses] };
  cluster = new Cluster({ clock, random: seededRandom(1), runtime: "hollow", nodes: 2, onFault, admission });
  await during(cluster.start());
});

afterEach(async () => {
  await cluster.stop();
  expect(faults).toEqual([]);
});

/** Waits for what is under way, with all that follows at once. */
async function during<T>(work: Promise<T>): Promise<T> {
  await clock.settle();
  return work;
}

async function deploy(replicas = 2): Promise<void> {
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "web" }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  const metadata = { name: "web" };
  await during(cluster.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec }));
  await clock.advance(1_000);
}

const pods = async () => (await cluster.list("Pod")) as Pod[];
const on = async (node: string) => (await pods()).filter(({ spec }) => spec.nodeName === node);
const ready = async (name: string) => {
  const node = (await cluster.get("Node", name)) as Node;
  return node.status?.conditions?.find(({ type }) => type === "Ready");
};
const conditionOf = ({ status }: Pod, wanted: string) =>
  status?.conditions?.find(({ type }) => type === wanted);

test("a node has extended resources: those that it was added with, and those that another tells of it", async () => {
  await during(cluster.nodes.add({ name: "big", capacity: { "example.com/gpu": "2" } }));
  const node = (await cluster.get("Node", "big")) as Node;
  const capacity = { ...node.status?.capacity, "example.com/dongle": "4" };
  await during(cluster.updateStatus({ ...node, status: { ...node.status, capacity } }));
  await clock.advance(20_000);
  const { allocatable } = ((await cluster.get("Node", "big")) as Node).status ?? {};
  expect(allocatable).toMatchObject({ "example.com/gpu": "2", "example.com/dongle": "4" });
  await expect(cluster.nodes.add({ capacity: { cpus: "2" } as never })).rejects.toThrow(
    'there is no option "cpus" in capacity',
  );
});

test("a node that is added gets pods, by its labels, its taints and its capacity", async () => {
  const taints = [{ key: "mine", effect: "NoSchedule" as const }];
  expect(await during(cluster.nodes.add())).toBe("node-2");
  const own = { name: "big", labels: { size: "big" }, capacity: { cpu: "64" }, taints };
  expect(await during(cluster.nodes.add(own))).toBe("big");
  const node = (await cluster.get("Node", "big")) as Node;
  expect(node).toMatchObject({ metadata: { labels: { size: "big" } }, status: { capacity: { cpu: "64" } } });
  await deploy(9);
  expect(await on("big")).toEqual([]);
  expect((await on("node-2")).length).toBeGreaterThan(0);
  await expect(cluster.nodes.add({ name: "big" })).rejects.toMatchObject({ reason: "AlreadyExists" });
  await expect(cluster.nodes.crash("none")).rejects.toMatchObject({ reason: "NotFound" });
});

test("a node that is stopped says so, and its pods fail for no fault of theirs, and are replaced elsewhere", async () => {
  await deploy();
  const [lost] = await on("node-0");
  await during(cluster.nodes.stop("node-0"));
  expect(await ready("node-0")).toMatchObject({ status: "False", message: "node is shutting down" });
  const ended = (await cluster.get("Pod", lost?.metadata.name ?? "")) as Pod;
  expect(ended.status).toMatchObject({
    phase: "Failed",
    reason: "Terminated",
    message: "Pod was terminated in response to imminent node shutdown.",
  });
  expect(conditionOf(ended, "DisruptionTarget")).toMatchObject({
    status: "True",
    reason: "TerminationByKubelet",
  });
  await clock.advance(2_000);
  expect((await on("node-1")).filter(({ status }) => status?.phase === "Running")).toHaveLength(2);
  await during(cluster.nodes.start("node-0"));
  await clock.advance(1_000);
  expect(await ready("node-0")).toMatchObject({ status: "True" });
  expect((await cluster.get("Node", "node-0"))?.spec).toEqual({});
});

/** A pod on node-0 that has to be killed. */
async function stubborn(name: string, priorityClassName?: string): Promise<void> {
  const annotations = { "k4s.dev/hollow-stop-after": "never" };
  const containers = [{ name: "main", image: "web" }];
  const spec = {
    nodeName: "node-0",
    terminationGracePeriodSeconds: 600,
    containers,
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
  await during(cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name, annotations }, spec }));
  await clock.advance(1_000);
}

const phaseOf = async (name: string) => ((await cluster.get("Pod", name)) as Pod).status?.phase;
const stateOf = async (name: string) => (await cluster.nodes.list()).find(node => node.name === name)?.state;

test("a shutdown takes 30 seconds at most, of which the critical pods have the last third", async () => {
  await stubborn("usual");
  await stubborn("critical", "system-node-critical");
  const stopped = cluster.nodes.stop("node-0");
  await clock.advance(19_000);
  expect(await phaseOf("usual")).toBe("Running");
  await clock.advance(2_000);
  expect([await phaseOf("usual"), await phaseOf("critical")]).toEqual(["Failed", "Running"]);
  await clock.advance(9_500);
  expect(await phaseOf("critical")).toBe("Failed");
  await stopped;
});

test("other times for a shutdown, by priority: the lowest first, and no pod has longer than it asks for", async () => {
  await stubborn("usual");
  await stubborn("critical", "system-node-critical");
  const period = (priority: number, shutdownGracePeriodSeconds: number) => ({
    priority,
    shutdownGracePeriodSeconds,
  });
  const periods = [period(2_000_000_000, 100), period(0, 5)];
  const stopped = cluster.nodes.stop("node-0", { shutdownGracePeriodByPodPriority: periods });
  await clock.advance(4_000);
  expect(await phaseOf("usual")).toBe("Running");
  await clock.advance(2_000);
  expect([await phaseOf("usual"), await phaseOf("critical")]).toEqual(["Failed", "Running"]);
  await clock.advance(98_000);
  expect(await phaseOf("critical")).toBe("Running");
  await clock.advance(2_000);
  expect(await phaseOf("critical")).toBe("Failed");
  await stopped;
});

test.each<[string, unknown]>([
  ["must be a list with at least one period", []],
  ["shutdownGracePeriodSeconds must be a whole number of seconds", [{ priority: 0 }]],
  ["priority must be a whole number", [{ priority: 0.5, shutdownGracePeriodSeconds: 1 }]],
  ["must be a list", "30s"],
])("no times for a shutdown: it %s", async (problem, shutdownGracePeriodByPodPriority) => {
  const options = { shutdownGracePeriodByPodPriority } as never;
  await expect(cluster.nodes.stop("node-0", options)).rejects.toThrow(problem);
  expect(await stateOf("node-0")).toBe("running");
});

test("a node that is started while it shuts down starts when it has; a crash does not wait for its pods", async () => {
  await stubborn("slow");
  const stopped = cluster.nodes.stop("node-0");
  await clock.advance(1_000);
  const started = [cluster.nodes.start("node-0"), cluster.nodes.start("node-0")];
  await clock.advance(10_000);
  expect(await stateOf("node-0")).toBe("off");
  expect(await phaseOf("slow")).toBe("Running");
  await clock.advance(20_000);
  await Promise.all([stopped, ...started]);
  await clock.advance(1_000);
  expect(await stateOf("node-0")).toBe("running");
  expect(await ready("node-0")).toMatchObject({ status: "True" });
  expect(await phaseOf("slow")).toBe("Failed");

  await stubborn("another");
  const stopping = cluster.nodes.stop("node-0");
  await clock.advance(1_000);
  const crashed = cluster.nodes.crash("node-0");
  await clock.advance(10);
  await Promise.all([stopping, crashed]);
  expect(await stateOf("node-0")).toBe("off");
});

test("a node whose start fails is off, and can be started again", async () => {
  await during(cluster.nodes.crash("node-0"));
  await during(cluster.delete("Node", "node-0"));
  refusing = true;
  const fault = cluster.nodes.start("node-0").catch(error => error);
  expect(await during(fault)).toMatchObject({ message: expect.stringContaining("not now") });
  expect(await stateOf("node-0")).toBe("off");
  refusing = false;
  await during(cluster.nodes.start("node-0"));
  await clock.advance(1_000);
  expect(await stateOf("node-0")).toBe("running");
  expect(await ready("node-0")).toMatchObject({ status: "True" });
});

test("of a node that crashed nothing is heard; its pods are not ready after 50 s, and leave it when they tolerate it no more", async () => {
  await deploy();
  await clock.advance(20_000);
  const [lost] = await on("node-0");
  await during(cluster.nodes.crash("node-0"));
  expect(await ready("node-0")).toMatchObject({ status: "True" });
  await clock.advance(55_000);
  expect(await ready("node-0")).toMatchObject({ status: "Unknown" });
  const unready = (await cluster.get("Pod", lost?.metadata.name ?? "")) as Pod;
  expect(conditionOf(unready, "Ready")).toMatchObject({ status: "False" });
  await clock.advance(310_000);
  expect((await on("node-1")).filter(({ status }) => status?.phase === "Running")).toHaveLength(2);
});

test("a node that crashed and comes back in time starts its containers anew", async () => {
  await deploy();
  await clock.advance(20_000);
  const [before] = await on("node-0");
  await during(cluster.nodes.crash("node-0"));
  await clock.advance(100_000);
  await during(cluster.nodes.start("node-0"));
  await clock.advance(2_000);
  const [after] = await on("node-0");
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1 });
});

test("a frozen node that comes back ends the pods that were deleted meanwhile", async () => {
  await deploy();
  await clock.advance(20_000);
  const [old] = await on("node-0");
  const name = old?.metadata.name ?? "";
  await cluster.nodes.freeze("node-0");
  await clock.advance(400_000);
  const going = (await cluster.get("Pod", name)) as Pod;
  expect(going.metadata.deletionTimestamp).toBeDefined();
  expect(going.status?.phase).toBe("Running");
  expect((await on("node-1")).filter(({ status }) => status?.phase === "Running")).toHaveLength(2);
  await during(cluster.nodes.start("node-0"));
  await clock.advance(40_000);
  expect(await cluster.get("Pod", name)).toBeUndefined();
  expect(await ready("node-0")).toMatchObject({ status: "True" });
  expect(await pods()).toHaveLength(2);
});

test("a frozen node that comes back in time is ready again, and so are its pods", async () => {
  await deploy();
  await clock.advance(20_000);
  const [pod] = await on("node-0");
  const isReady = async () => {
    const now = (await cluster.get("Pod", pod?.metadata.name ?? "")) as Pod;
    return conditionOf(now, "Ready")?.status;
  };
  await cluster.nodes.freeze("node-0");
  await clock.advance(70_000);
  expect(await isReady()).toBe("False");
  await during(cluster.nodes.start("node-0"));
  await clock.advance(2_000);
  expect(await isReady()).toBe("True");
  expect(await pods()).toHaveLength(2);
});

test("what was forced away from a frozen node is ended when it comes back", async () => {
  await deploy(1);
  const [old] = await pods();
  const node = old?.spec.nodeName ?? "";
  await cluster.nodes.freeze(node);
  await during(cluster.delete("Pod", old?.metadata.name ?? "", { gracePeriodSeconds: 0 }));
  await during(cluster.nodes.start(node));
  await clock.advance(2_000);
  expect((await pods()).filter(({ status }) => status?.phase === "Running")).toHaveLength(1);
});

const told = async (node: string) =>
  (await cluster.events(`Node/${node}`)).map(({ source, reason }) => `${source?.component} ${reason}`);

test("a node that is deleted while it runs stays so until it is started anew, as with a kubelet", async () => {
  await deploy();
  await during(cluster.delete("Node", "node-0"));
  await clock.advance(60_000);
  expect(await cluster.get("Node", "node-0")).toBeUndefined();
  expect(await on("node-0")).toEqual([]);
  expect(await cluster.nodes.list()).toEqual([
    { name: "node-0", state: "running", ready: false, pods: 0 },
    { name: "node-1", state: "running", ready: true, pods: 2 },
  ]);
  await during(cluster.nodes.start("node-0"));
  await clock.advance(1_000);
  expect(await ready("node-0")).toMatchObject({ status: "True" });
  const seen = await told("node-0");
  expect(seen).toContain("node-controller RemovingNode");
  expect(seen).toContain("kubelet Starting");
});

test("a node tells what becomes of it, and what is heard of it is told", async () => {
  expect((await told("node-0")).sort()).toEqual([
    "kubelet NodeHasNoDiskPressure",
    "kubelet NodeHasSufficientMemory",
    "kubelet NodeHasSufficientPID",
    "kubelet NodeReady",
    "kubelet Starting",
    "node-controller RegisteredNode",
  ]);
  await during(cluster.patch("Node", "node-0", { spec: { unschedulable: true } }));
  await clock.advance(11_000);
  expect(await told("node-0")).toContain("kubelet NodeNotSchedulable");
  await during(cluster.patch("Node", "node-0", { spec: { unschedulable: null } }));
  await cluster.nodes.freeze("node-1");
  await clock.advance(60_000);
  expect(await told("node-0")).toContain("kubelet NodeSchedulable");
  expect(await told("node-1")).toContain("node-controller NodeNotReady");
  const before = (await cluster.events("Node/node-1")).find(({ reason }) => reason === "NodeReady")?.count;
  await during(cluster.nodes.start("node-1"));
  await clock.advance(1_000);
  const after = (await cluster.events("Node/node-1")).find(({ reason }) => reason === "NodeReady")?.count;
  expect([before, after]).toEqual([1, 2]);
  await during(cluster.nodes.stop("node-1"));
  expect(await told("node-1")).toEqual(
    expect.arrayContaining(["kubelet NodeShutdown", "kubelet NodeNotReady"]),
  );
});

test("what heals is counted: pods that are sent off a node, and those that take their place", async () => {
  await deploy();
  await clock.advance(20_000);
  expect((await cluster.stats()).healing).toEqual({ restarts: 0, evacuations: 0, reschedules: 0 });
  await during(cluster.nodes.stop("node-0"));
  await clock.advance(5_000);
  expect((await cluster.stats()).healing).toEqual({ restarts: 0, evacuations: 1, reschedules: 1 });
  // A further replica stands in for none.
  await during(cluster.scale("Deployment/web", 4));
  await clock.advance(5_000);
  expect((await cluster.stats()).healing).toEqual({ restarts: 0, evacuations: 1, reschedules: 1 });
});

test("there are never two db-0: while its node is silent it is not made elsewhere, and afterwards once", async () => {
  const labels = { app: "db" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "db" }] } };
  const spec = { serviceName: "db", replicas: 1, selector: { matchLabels: labels }, template };
  const metadata = { name: "db" };
  await during(cluster.apply({ apiVersion: "apps/v1", kind: "StatefulSet", metadata, spec }));
  await clock.advance(20_000);
  const [old] = await pods();
  const node = old?.spec.nodeName ?? "";
  await cluster.nodes.freeze(node);
  await clock.advance(3_600_000);
  const [waiting, ...others] = await pods();
  expect(others).toEqual([]);
  expect(waiting?.metadata).toMatchObject({ uid: old?.metadata.uid, deletionTimestamp: expect.any(String) });
  await during(cluster.nodes.start(node));
  await clock.advance(60_000);
  const [anew, ...more] = await pods();
  expect(more).toEqual([]);
  expect(anew?.metadata.uid).not.toBe(old?.metadata.uid);
  expect(anew?.status?.phase).toBe("Running");
});

test("a Node that is there becomes that of the node which is added, and keeps what it has", async () => {
  const labels = { size: "small", "kubernetes.io/arch": "mine" };
  const theirs = { key: "theirs", effect: "NoSchedule" as const };
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-2", labels },
    spec: { taints: [theirs] },
  };
  await during(cluster.apply(node));
  // The next name that is free is that of no Node.
  expect(await during(cluster.nodes.add())).toBe("node-3");
  const mine = { key: "mine", effect: "NoSchedule" as const };
  await during(cluster.nodes.add({ name: "node-2", labels: { size: "big", disk: "fast" }, taints: [mine] }));
  await clock.advance(1_000);
  const joined = (await cluster.get("Node", "node-2")) as Node;
  expect(joined.metadata.labels).toEqual({
    "beta.kubernetes.io/arch": expect.any(String),
    "beta.kubernetes.io/os": process.platform,
    disk: "fast",
    "kubernetes.io/arch": "mine",
    "kubernetes.io/hostname": "node-2",
    "kubernetes.io/os": process.platform,
    size: "big",
  });
  expect(joined.spec?.taints).toEqual([theirs, mine]);
  expect((await ready("node-2"))?.status).toBe("True");
  await expect(cluster.nodes.add({ name: "node-2" })).rejects.toMatchObject({ reason: "AlreadyExists" });
});

test("labels that an administrator took away stay away when the node starts again; those of every node come back", async () => {
  await during(cluster.nodes.add({ name: "big", labels: { size: "big" } }));
  const taken = { size: null, "kubernetes.io/hostname": null };
  await during(cluster.patch("Node", "big", { metadata: { labels: taken } }));
  await during(cluster.nodes.crash("big"));
  await during(cluster.nodes.start("big"));
  const { labels = {} } = ((await cluster.get("Node", "big")) as Node).metadata;
  expect([labels.size, labels["kubernetes.io/hostname"]]).toEqual([undefined, "big"]);
});

test.each<[string, () => Promise<void> | undefined]>([
  ["runs", () => undefined],
  ["has crashed", () => cluster.nodes.crash("node-0")],
  ["is frozen", () => cluster.nodes.freeze("node-0")],
  ["shuts down", () => void cluster.nodes.stop("node-0").catch(() => {})],
])(
  "a node that %s is removed: its Node and its pods are gone, and they come up elsewhere",
  async (_, first) => {
    await deploy(4);
    expect(await on("node-0")).toHaveLength(2);
    await during(Promise.resolve(first()));
    await during(cluster.nodes.remove("node-0"));
    await clock.advance(2_000);
    expect((await cluster.nodes.list()).map(({ name }) => name)).toEqual(["node-1"]);
    expect(await cluster.get("Node", "node-0")).toBeUndefined();
    expect(await on("node-0")).toEqual([]);
    expect((await on("node-1")).filter(({ status }) => status?.phase === "Running")).toHaveLength(4);
    // It is as if it had never been there.
    await expect(cluster.nodes.start("node-0")).rejects.toMatchObject({ reason: "NotFound" });
    await clock.advance(60_000);
    expect(await cluster.get("Node", "node-0")).toBeUndefined();
    expect(await during(cluster.nodes.add({ name: "node-0" }))).toBe("node-0");
    expect((await cluster.nodes.list()).map(({ name, state }) => `${name} ${state}`)).toContain(
      "node-0 running",
    );
  },
);

test("a Node that nothing runs is removed, too; one that is not there is NotFound", async () => {
  await during(cluster.apply({ apiVersion: "v1", kind: "Node", metadata: { name: "alone" } }));
  await during(cluster.nodes.remove("alone"));
  expect(await cluster.get("Node", "alone")).toBeUndefined();
  await expect(cluster.nodes.remove("alone")).rejects.toMatchObject({ reason: "NotFound" });
  // Its object was deleted by hand: what runs is removed.
  await during(cluster.delete("Node", "node-1"));
  await during(cluster.nodes.remove("node-1"));
  expect((await cluster.nodes.list()).map(({ name }) => name)).toEqual(["node-0"]);
});
