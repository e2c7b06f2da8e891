/**
 * The scheduler: gives every pod that has none a node. It is a controller like the others, over pods, with a queue of its own
 * (scheduling-queue.ts: the most important pod first). All it ever writes is the binding, or the reason why there is none.
 *
 * Scheduling a pod is three steps over a snapshot (snapshot.ts), in which nothing moves meanwhile:
 *
 * 1. Filter: which nodes can take the pod? One plugin after the other says (filters.ts, claims.ts, neighbours.ts).
 * 2. Score: which of those suits it best? Again plugins (scores.ts); among equals chance decides.
 * 3. Bind: write the node into the pod. Kubernetes binds in the background, and counts the pod as an assumed pod meanwhile.
 *    Here one pod is scheduled at a time, and the snapshot sees the binding before the next: no pod has to be assumed.
 *
 * A pod that fits nowhere stays among the unschedulable pods until a queueing hint (queueing-hint.ts) says that a change may
 * help: a node comes or changes, a pod gives its room back, a claim is bound. No pod is pushed out for a more important one (Kubernetes would:
 * preemption).
 *
 * With many nodes it does not ask all of them. Like Kubernetes' it stops when it has found enough, and goes on with the
 * next pod where it stopped, so that each node has its turn.
 */
import { type Controller, controller, keyOfObject, settled, type Waker, type World } from "../loop/index.ts";
import type { Random } from "../outside/index.ts";
import {
  bindingOf,
  conditionOf,
  controllerOf,
  type KindName,
  type Pod,
  type PodCondition,
  withCondition,
} from "../resources/index.ts";
import { type Change, type Store, schedulerWriter, type Unwatch } from "../store/index.ts";
import { claimFilters, hasClaims, missingClaim } from "./claims.ts";
import { explain, explainAhead } from "./explain.ts";
import { type Filter, type PodInfo, type Refusal, refusalOf } from "./filters.ts";
import { interPodFilters } from "./neighbours.ts";
import type { NodeInfo } from "./node-info.ts";
import { volumeKinds } from "./queueing-hint.ts";
import { requestsOf } from "./requests.ts";
import { isGated, isOurs, isWaiting, PriorityQueue, UnschedulablePods } from "./scheduling-queue.ts";
import { best } from "./scores.ts";
import { Snapshot } from "./snapshot.ts";

const schedulerName = "default-scheduler";
/** The kinds of which a change may make a pod schedulable. */
const followed = ["Node", "Pod", ...volumeKinds] as const;

export class Scheduler {
  /** What the loop runs. */
  readonly controller: Controller<"Pod">;
  readonly #snapshot = new Snapshot();
  readonly #unschedulable = new UnschedulablePods();
  readonly #store: Store;
  #unwatch: readonly Unwatch[] = [];
  /** The node with which the next search begins. */
  #from = 0;

  constructor(store: Store) {
    this.#store = store;
    this.controller = controller({
      name: schedulerName,
      writer: schedulerWriter(schedulerName),
      kind: "Pod",
      wokenBy: followed.map(kind => this.#wakes(kind)),
      concerns: isOurs,
      queue: reader => new PriorityQueue(reader),
      // The snapshot must know where one pod went before the next is scheduled.
      concurrency: 1,
      reconcile: async (pod, world) => {
        if (isOurs(pod) && isGated(pod)) await report(pod, gated, world);
        if (!isWaiting(pod)) return settled;
        const found = this.#unschedulable.messageFor(pod) ?? this.#find(pod, world.random);
        if (typeof found === "string") await this.#leave(pod, found, world);
        else await bind(pod, found, world);
        return settled;
      },
    });
  }

  /** Takes in what the store has. Started before the loop, it learns of each change before the loop asks. */
  start(): void {
    this.#snapshot.fill(this.#store.list("Node"), this.#store.list("Pod"));
    const follow = (kind: KindName) => this.#store.watch({ kind }, change => this.#follow(change));
    this.#unwatch = followed.map(follow);
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  #follow(change: Change): void {
    this.#snapshot.apply(change);
    this.#unschedulable.apply(change);
  }

  /** A change of this kind queues the pods again that it may have made schedulable. */
  #wakes(kind: KindName): Waker {
    return {
      kind,
      keys: change => this.#unschedulable.toQueueAgain(change).map(pod => keyOfObject("Pod", pod)),
    };
  }

  /** The best node for the pod, or the sentence that says why there is none. */
  #find(pod: Pod, random: Random): NodeInfo | string {
    const { nodeInfos } = this.#snapshot;
    const missing = hasClaims(pod) ? missingClaim(pod, this.#store) : undefined;
    if (missing !== undefined) return explainAhead(missing, nodeInfos.length);
    const claims = hasClaims(pod) ? claimFilters(pod, this.#store) : [];
    const podInfo = podInfoOf(pod, this.#snapshot, claims);
    const { fitting, refusals } = filter(podInfo, nodeInfos, this.#from);
    this.#from = (this.#from + fitting.length + refusals.length) % Math.max(1, nodeInfos.length);
    return best(podInfo, fitting, random) ?? explain(pod, refusals);
  }

  async #leave(pod: Pod, message: string, world: World): Promise<void> {
    this.#unschedulable.add(pod, message);
    const before = conditionOf(pod, "PodScheduled");
    if (before?.message !== message) world.event(pod, "Warning", "FailedScheduling", message);
    const observedGeneration = pod.metadata.generation;
    await report(pod, { ...unschedulable, message, observedGeneration }, world);
  }
}

function podInfoOf(pod: Pod, snapshot: Snapshot, claims: readonly Filter[]): PodInfo {
  return {
    pod,
    requests: requestsOf(pod),
    owner: controllerOf(pod)?.uid,
    own: [...claims, ...interPodFilters(pod, snapshot)],
  };
}

/** Asks one node after the other, from the given one on, until enough can take the pod, or all were asked. */
function filter(
  podInfo: PodInfo,
  nodeInfos: readonly NodeInfo[],
  from: number,
): { fitting: NodeInfo[]; refusals: Refusal[] } {
  const fitting: NodeInfo[] = [];
  const refusals: Refusal[] = [];
  const enough = enoughOf(nodeInfos.length);
  for (let i = 0; i < nodeInfos.length && fitting.length < enough; i++) {
    const nodeInfo = nodeInfos[(from + i) % nodeInfos.length];
    if (!nodeInfo) continue;
    const refusal = refusalOf(podInfo, nodeInfo);
    if (refusal) refusals.push(refusal);
    else fitting.push(nodeInfo);
  }
  return { fitting, refusals };
}

/** How many of so many nodes are worth ranking: all of a hundred, half of a few hundred, 5 % of very many. */
export function enoughOf(nodes: number): number {
  const percent = Math.max(5, 50 - nodes / 125);
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

async function bind(pod: Pod, { node }: NodeInfo, world: World): Promise<void> {
  await world.createAt(pod, "binding", bindingOf(pod.metadata, node.metadata.name));
  const { namespace, name } = pod.metadata;
  world.event(
    pod,
    "Normal",
    "Scheduled",
    `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`,
  );
}

const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable" } as const;
const gated: PodCondition = {
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

/** Says why the pod has no node, if it does not say so already. */
async function report(pod: Pod, condition: PodCondition, world: World): Promise<void> {
  const conditions = withCondition(pod.status?.conditions, condition, world.now());
  await world.report(pod, { ...pod.status, conditions });
}
