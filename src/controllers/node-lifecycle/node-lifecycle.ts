/**
 * The life of a Node, seen from outside. A node says that it is there by its lease, which it renews every ten seconds, and by the
 * `lastHeartbeatTime` of its condition `Ready`; this controller draws the conclusions from what it says, and from its silence.
 *
 * 1. Silent for 50 seconds: how it is is unknown, and its conditions become `Unknown`. Its pods are not ready any more: no service
 *    sends to them.
 * 2. What `Ready` says becomes taints: `not-ready` or `unreachable`, with one effect that keeps new pods away (NoSchedule)
 *    and one that sends away those that are there (NoExecute). A node that is ready loses them. The second comes one node after
 *    another, and not at all where no node is ready: zones.ts.
 * 3. A node that is cordoned, or short of something, has a taint that keeps new pods away (Kubernetes'
 *    `doNoScheduleTaintingPass`).
 *
 * Which pods leave a node with a taint of the second effect, and when, is the business of taint-eviction.ts; pods of nodes that do
 * not exist are that of pod-garbage-collection.ts.
 */
import {
  again,
  type Controller,
  controller,
  type Outcome,
  type Reader,
  settled,
  type World,
} from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  conditionOf,
  type Node,
  type NodeCondition,
  type NodeStatus,
  type Taint,
  withCondition,
} from "../../resources/index.ts";
import { Hearing } from "./hearing.ts";
import { isOfLostNode } from "./taint-eviction.ts";
import { type Driving, drivingFrom, RecentZones, zoneOf, zonesOf } from "./zones.ts";

/** How long a node may be silent, in milliseconds. It should be heard every ten seconds. */
const graceMs = 50_000;

const notReady = "node.kubernetes.io/not-ready";
const unreachable = "node.kubernetes.io/unreachable";
const unschedulable = "node.kubernetes.io/unschedulable";

/** The taint of a node of which one of these conditions is true. */
const taintKeyOf: ReadonlyMap<string, string> = new Map([
  ["MemoryPressure", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "node.kubernetes.io/network-unavailable"],
]);
const shortageKeys: ReadonlySet<string> = new Set([...taintKeyOf.values(), unschedulable]);

export function nodeLifecycle(): Controller<"Node"> {
  const recent = new RecentZones();
  const hearing = new Hearing();
  return controller({
    name: "node-controller",
    kind: "Node",
    wokenBy: [hearing.leases],
    concerns: (node, _, reader) => !isWell(node, { hearing, reader }),
    async gone({ name }) {
      hearing.forget(name);
      return settled;
    },
    async reconcile(node, world) {
      const heard = { hearing, reader: world };
      const isSilent = world.elapsed() >= silentAt(node, heard);
      const seen = isSilent ? await declareSilent(node, world) : node;
      const driving: Driving = isReady(seen, heard) ? { may: "yes" } : drivingFromZoneOf(seen, recent, heard);
      const taints = taintsOf(seen, world.now(), driving.may);
      if (taints !== seen.spec?.taints) {
        if (isDriven(taints) && !isDriven(seen.spec?.taints)) recent.givenUp(zoneOf(seen), world.elapsed());
        await world.update(withTaints(seen, taints));
      }
      if (isSilent) await declareUnready(node.metadata.name, world);
      const nextDriven = driving.may === "wait" ? driving.until : Number.POSITIVE_INFINITY;
      return lookAgainAt(isSilent ? nextDriven : Math.min(nextDriven, silentAt(node, heard)), world);
    },
  });
}

interface Heard {
  readonly hearing: Hearing;
  readonly reader: Reader;
}

/** Heard lately, with the taints that it should have, none of which drives pods away: as most nodes are, all the time. */
function isWell(node: Node, heard: Heard): boolean {
  const { reader } = heard;
  const taints = node.spec?.taints;
  const drives = taints?.some(({ effect }) => effect === "NoExecute") ?? false;
  const ready = conditionOf(node, "Ready")?.status ?? "True";
  const isHeard = reader.elapsed() < silentAt(node, heard);
  return ready === "True" && !drives && isHeard && taintsOf(node, reader.now()) === taints;
}

/** When the node's silence becomes too long, by `elapsed` of the reader. */
function silentAt(node: Node, { hearing, reader }: Heard): number {
  return hearing.heardAt(node, reader) + graceMs;
}

/** It says so, and was heard lately. */
function isReady(node: Node, heard: Heard): boolean {
  return conditionOf(node, "Ready")?.status === "True" && heard.reader.elapsed() < silentAt(node, heard);
}

function drivingFromZoneOf(node: Node, recent: RecentZones, heard: Heard): Driving {
  const { reader } = heard;
  const now = reader.elapsed();
  const seen = () => reader.list("Node").map(other => ({ node: other, isReady: isReady(other, heard) }));
  const zones = recent.at(now, () => zonesOf(seen(), drives));
  return drivingFrom(zoneOf(node), zones, now);
}

function drives(taint: Taint): boolean {
  return isOfLostNode(taint) && taint.effect === "NoExecute";
}

function isDriven(taints: readonly Taint[] = []): boolean {
  return taints.some(drives);
}

/** Nobody knows how the pods of a silent node are: no service may send to them. */
async function declareUnready(nodeName: string, world: World): Promise<void> {
  for (const pod of world.list("Pod", { matchFields: { "spec.nodeName": nodeName } })) {
    const ready = conditionOf(pod, "Ready");
    if (ready?.status !== "True") continue;
    const conditions = withCondition(pod.status?.conditions, { ...ready, status: "False" }, world.now());
    await world.report(pod, { ...pod.status, conditions });
    world.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
}

async function declareSilent(node: Node, world: World): Promise<Node> {
  if (conditionOf(node, "Ready")?.status === "Unknown") return node;
  const { name } = node.metadata;
  world.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  return world.report(node, silentStatus(node, world.now()));
}

/** All that the node said about itself is not known any more. */
function silentStatus(node: Node, now: number): NodeStatus {
  const stopped = { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };
  const never = { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." };
  const said = node.status?.conditions ?? [];
  const unknown: NodeCondition[] = said.map(condition => ({ ...condition, ...stopped, status: "Unknown" }));
  if (!conditionOf(node, "Ready")) unknown.push({ type: "Ready", status: "Unknown", ...never });
  let conditions: NodeStatus["conditions"] = said;
  for (const condition of unknown) conditions = withCondition(conditions, condition, now);
  return { ...node.status, conditions };
}

/**
 * The taints that the node is to have: ours by its conditions and its spec, with the time at which they came, all others as they
 * are, and on each that drives pods away the time from which their tolerationSeconds are counted. The same list if nothing changes.
 */
export function taintsOf(
  node: Node,
  now: number,
  mayDrive: Driving["may"] = "yes",
): readonly Taint[] | undefined {
  const before = node.spec?.taints ?? [];
  const ready = conditionOf(node, "Ready");
  // A node that has not spoken yet keeps the taint that it was born with.
  const isToDrive = mayDrive === "yes" || (mayDrive === "wait" && isDriven(before));
  const lost = ready
    ? taintsFor(ready.status).filter(({ effect }) => isToDrive || effect === "NoSchedule")
    : before.filter(isOfLostNode);
  const wanted = [...lost, ...taintsOfShortage(node)];
  const missing = wanted.filter(taint => !before.some(same => isSame(same, taint)));
  const kept = before.filter(taint => !isOurs(taint) || wanted.some(same => isSame(same, taint)));
  const undated = ({ effect, timeAdded }: Taint) => effect === "NoExecute" && timeAdded === undefined;
  const taints = [...kept, ...missing];
  if (missing.length === 0 && kept.length === before.length && !taints.some(undated))
    return node.spec?.taints;
  const timeAdded = timestamp(now);
  return taints.map(taint => (undated(taint) || missing.includes(taint) ? { ...taint, timeAdded } : taint));
}

function isOurs(taint: Taint): boolean {
  return isOfLostNode(taint) || (taint.effect === "NoSchedule" && shortageKeys.has(taint.key));
}

/** What keeps pods away from a node that is heard of. */
function taintsOfShortage({ spec, status }: Node): Taint[] {
  const keys = (status?.conditions ?? []).flatMap(condition =>
    condition.status === "True" ? (taintKeyOf.get(condition.type) ?? []) : [],
  );
  if (spec?.unschedulable) keys.push(unschedulable);
  return keys.map(key => ({ key, effect: "NoSchedule" }));
}

/** A list with nothing in it is left out, as in Kubernetes. */
function withTaints(node: Node, taints: readonly Taint[] = []): Node {
  const { taints: _, ...spec } = node.spec ?? {};
  return { ...node, spec: taints.length > 0 ? { ...spec, taints } : spec };
}

function taintsFor(ready: string): Taint[] {
  if (ready === "True") return [];
  const key = ready === "False" ? notReady : unreachable;
  return [
    { key, effect: "NoSchedule" },
    { key, effect: "NoExecute" },
  ];
}

function isSame(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function lookAgainAt(at: number, world: World): Outcome {
  return Number.isFinite(at) ? again(Math.max(0, at - world.elapsed())) : settled;
}
