/**
 * The scheduler: gives every pod that has none a node. It is a controller like the others, over pods, and all it ever
 * writes is the binding, or the reason why there is none.
 *
 * Placing a pod is three steps over a snapshot (snapshot.ts), in which nothing moves meanwhile:
 *
 * 1. Filter: which nodes can take the pod? Room, labels, taints, neighbours (filters.ts).
 * 2. Rank: which of those suits it best? Much room, few siblings (scores.ts); among equals chance decides.
 * 3. Bind: write the node into the pod. The snapshot sees that write before the next pod is placed, so no two pods ever
 *    take the same room.
 *
 * A pod that fits nowhere waits (waiting.ts) until something gives hope: a node comes or changes, a pod gives its room
 * back. The more important pod goes first; nobody is pushed out for it (Kubernetes would: preemption).
 *
 * With many nodes it does not ask all of them. Like Kubernetes' it stops when it has found enough, and goes on with the
 * next pod where it stopped, so that each node has its turn.
 */
import {
  again,
  type Controller,
  controller,
  keyOfObject,
  settled,
  type Waker,
  type World,
} from "../loop/index.ts";
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
import { explain } from "./explain.ts";
import { type Refusal, refusalOf, type Wish } from "./filters.ts";
import { neighbourlyFilters } from "./neighbours.ts";
import type { Place } from "./place.ts";
import { requestsOf } from "./requests.ts";
import { best } from "./scores.ts";
import { Snapshot } from "./snapshot.ts";
import { isGated, isOurs, isWaiting, Waiting } from "./waiting.ts";

const schedulerName = "default-scheduler";

export class Scheduler {
  /** What the loop runs. */
  readonly controller: Controller<"Pod">;
  readonly #snapshot = new Snapshot();
  readonly #waiting = new Waiting();
  readonly #store: Store;
  #unwatch: readonly Unwatch[] = [];
  /** The place with which the next search begins. */
  #from = 0;

  constructor(store: Store) {
    this.#store = store;
    this.controller = controller({
      name: schedulerName,
      writer: schedulerWriter(schedulerName),
      kind: "Pod",
      wokenBy: [this.#hopeful("Node"), this.#hopeful("Pod")],
      concerns: isOurs,
      reconcile: async (asking, world) => {
        if (isOurs(asking) && isGated(asking)) await report(asking, gated, world);
        if (!isWaiting(asking)) return settled;
        const pod = this.#waiting.takeTurn(asking);
        const found = this.#waiting.known(pod) ?? this.#find(pod, world.random);
        if (typeof found === "string") await this.#leave(pod, found, world);
        else await bind(pod, found, world);
        return pod === asking ? settled : again(0);
      },
    });
  }

  /** Takes in what the store has. Started before the loop, it learns of each change before the loop asks. */
  start(): void {
    this.#snapshot.fill(this.#store.list("Node"), this.#store.list("Pod"));
    for (const pod of this.#store.list("Pod")) this.#waiting.add(pod);
    const follow = (kind: KindName) => this.#store.watch({ kind }, change => this.#follow(change));
    this.#unwatch = [follow("Node"), follow("Pod")];
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  #follow(change: Change): void {
    this.#snapshot.apply(change);
    this.#waiting.apply(change);
  }

  /** A change of this kind wakes the pods that it gives reason to try again. */
  #hopeful(kind: KindName): Waker {
    return {
      kind,
      keys: change => this.#waiting.worthTrying(change).map(pod => keyOfObject("Pod", pod)),
    };
  }

  /** The best place for the pod, or the sentence that says why there is none. */
  #find(pod: Pod, random: Random): Place | string {
    const { places } = this.#snapshot;
    const wish = wishOf(pod, this.#snapshot);
    const { fitting, refusals } = filter(wish, places, this.#from);
    this.#from = (this.#from + fitting.length + refusals.length) % Math.max(1, places.length);
    return best(wish, fitting, random) ?? explain(pod, refusals);
  }

  async #leave(pod: Pod, message: string, world: World): Promise<void> {
    this.#waiting.stick(pod, message);
    const before = conditionOf(pod, "PodScheduled");
    if (before?.message !== message) world.event(pod, "Warning", "FailedScheduling", message);
    const observedGeneration = pod.metadata.generation;
    await report(pod, { ...unschedulable, message, observedGeneration }, world);
  }
}

function wishOf(pod: Pod, snapshot: Snapshot): Wish {
  return {
    pod,
    requests: requestsOf(pod),
    owner: controllerOf(pod)?.uid,
    neighbourly: neighbourlyFilters(pod, snapshot),
  };
}

/** Asks one place after the other, from the given one on, until enough can take the pod, or all were asked. */
function filter(
  wish: Wish,
  places: readonly Place[],
  from: number,
): { fitting: Place[]; refusals: Refusal[] } {
  const fitting: Place[] = [];
  const refusals: Refusal[] = [];
  const enough = enoughOf(places.length);
  for (let i = 0; i < places.length && fitting.length < enough; i++) {
    const place = places[(from + i) % places.length];
    if (!place) continue;
    const refusal = refusalOf(wish, place);
    if (refusal) refusals.push(refusal);
    else fitting.push(place);
  }
  return { fitting, refusals };
}

/** How many of so many nodes are worth ranking: all of a hundred, half of a few hundred, 5 % of very many. */
export function enoughOf(nodes: number): number {
  const percent = Math.max(5, 50 - nodes / 125);
  return Math.max(100, Math.floor((nodes * percent) / 100));
}

async function bind(pod: Pod, { node }: Place, world: World): Promise<void> {
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
