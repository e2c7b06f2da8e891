/**
 * The scheduler alone, as Kubernetes' scheduler_perf measures its own (`test/integration/scheduler_perf`): thousands of nodes that
 * are objects and nothing else, pods that are there, and pods that are counted. Those are declared while the control plane is
 * paused, so that what is measured is the scheduling; in scheduler_perf another process declares them meanwhile.
 */
import { loadK4s } from "./k4s.ts";
import type { OpenSide, Row, Side } from "./row.ts";

export interface Scheduling {
  readonly nodes: number;
  /** How many pods are placed before. */
  readonly there: number;
  readonly measured: number;
  /** What the measured pods, and with `same` those that are there, ask for besides processor and memory. */
  readonly asked?: object;
  readonly same?: boolean;
  /** What those that are there ask for, if not what is usual. */
  readonly askedThere?: object;
  /** What else is declared before. */
  readonly before?: readonly object[];
  /** What is declared while it is measured, one each 200 ms (scheduler_perf: churn). */
  readonly meanwhile?: (n: number) => object;
  /** What the first node has, if not what the others have. */
  readonly firstNode?: Readonly<Record<string, string>>;
}

const zones = 3;
const usual = { cpu: "4", memory: "32Gi", pods: "110" };
const declaredAtOnce = 500;
const churnMs = 200;

/** The part of the cluster's promise that is used here. */
interface Cluster {
  start(): Promise<void>;
  stop(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  create(object: object): Promise<object>;
  updateStatus(object: object): Promise<unknown>;
  watch(kind: string): AsyncIterable<{ readonly type: string; readonly object: WithNode }>;
}

interface WithNode {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly nodeName?: string };
}

interface Demanded extends Pick<Row, "id" | "title"> {
  /** How many pods a second kube-scheduler's own CI demands; the goal is ten times that. It demands nothing where left out. */
  readonly demanded?: number;
}

/** A row of the control plane that counts pods a second. */
export function schedulingRow({ id, title, demanded }: Demanded, scheduling: Scheduling): Row {
  return {
    id,
    part: "control-plane",
    title,
    unit: "pods/s",
    better: "more",
    rounds: 3,
    roundSeconds: 5,
    openSeconds: 10,
    fresh: true,
    sides: new Map<string, OpenSide>([["k4s", () => podsScheduledPerSecond(scheduling)]]),
    goals: demanded === undefined ? [] : [{ atLeast: demanded * 10 }],
    note: `kube-scheduler's CI demands ${demanded === undefined ? "nothing here" : `${demanded} pods/s`}`,
  };
}

/** One round places the measured pods, and tells how many a second. The cluster is new for each. */
async function podsScheduledPerSecond(scheduling: Scheduling): Promise<Side> {
  const { Cluster } = await loadK4s();
  const admission = { disable: ["TaintNodesByCondition", "Priority"] };
  const cluster = new Cluster({ nodes: 0, resyncMs: 60_000, admission }) as unknown as Cluster;
  await cluster.start();
  const { nodes, there, measured, asked = {}, same = false, before = [], meanwhile } = scheduling;
  const { askedThere = same ? asked : {}, firstNode = usual } = scheduling;
  await all(nodes, async i => {
    const node = await cluster.create(nodeObject(i));
    // No agent is there to be heard of: on a slow machine the nodes would count as lost before all is measured.
    const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: "9999-12-31T00:00:00Z" }];
    const status = { allocatable: i === 0 ? firstNode : usual, conditions };
    await cluster.updateStatus({ ...node, status });
  });
  await all(there, i => cluster.create(pod(`there-${i}`, askedThere)));
  await bound(cluster, "there-", there);
  await all(before.length, i => cluster.create(before[i] ?? {}));
  return {
    async round() {
      await cluster.pause();
      await all(measured, i => cluster.create(pod(`measured-${i}`, asked)));
      const began = performance.now();
      cluster.resume();
      const ended = meanwhile && everyNow(n => cluster.create(meanwhile(n)));
      await bound(cluster, "measured-", measured);
      const seconds = (performance.now() - began) / 1000;
      await ended?.();
      return measured / seconds;
    },
    close: () => cluster.stop(),
  };
}

/** A pod as scheduler_perf has it. */
export function pod(name: string, more: object): object {
  const spec = { ...requesting("100m", "500Mi"), ...more };
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { color: "green" } }, spec };
}

/** The part of a pod's spec that asks for processor and memory. */
export function requesting(cpu: string, memory: string): object {
  return { containers: [{ name: "pause", image: "pause", resources: { requests: { cpu, memory } } }] };
}

function nodeObject(i: number): object {
  const name = `bench-${i}`;
  const labels = {
    "kubernetes.io/hostname": name,
    "topology.kubernetes.io/zone": `zone-${i % zones}`,
  };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels }, spec: {} };
}

/** Does it now and then, again and again; returns how to end that. */
function everyNow(work: (n: number) => Promise<unknown>): () => Promise<void> {
  let last: Promise<unknown> = work(0);
  let n = 0;
  const timer = setInterval(() => {
    n += 1;
    last = work(n);
  }, churnMs);
  return async () => {
    clearInterval(timer);
    await last;
  };
}

async function all(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += declaredAtOnce) {
    const some = Array.from({ length: Math.min(declaredAtOnce, count - from) }, (_, i) => work(from + i));
    await Promise.all(some);
  }
}

/** Resolves when so many pods whose names begin so have a node. */
async function bound(cluster: Cluster, start: string, count: number): Promise<void> {
  if (count === 0) return;
  const placed = new Set<string>();
  for await (const { object } of cluster.watch("Pod")) {
    if (object.spec?.nodeName && object.metadata.name.startsWith(start)) placed.add(object.metadata.name);
    if (placed.size === count) return;
  }
}
