/**
 * One attempt to give a pod a node: a scheduling cycle (cycle.ts), and what follows from it. The pod is bound; or another way is looked
 * for (PostFilter), and it waits with a verdict until a change may help it (unschedulable-pods.ts); or a plugin failed, and it is
 * tried again after its back-off.
 */
import { again, type Outcome, settled, type World } from "../loop/index.ts";
import { setBounded } from "../outside/index.ts";
import type { Pod, PodStatus } from "../resources/index.ts";
import { type Attempt, schedulingCycle } from "./cycle.ts";
import { explain } from "./explain.ts";
import type { Handle, Look, PostFilterResult } from "./framework.ts";
import type { LostPods } from "./lost-pods.ts";
import type { NodeInfo } from "./node-info.ts";
import { isBuiltIn } from "./plugins/index.ts";
import { bind, failed, tell, unschedulable } from "./pod-scheduled.ts";
import { preempt } from "./preemption.ts";
import type { Profile } from "./profile.ts";
import type { AttemptMeasures } from "./scheduler-metrics.ts";
import type { UnschedulablePods, Verdict } from "./unschedulable-pods.ts";

/** What was found of this many nodes is remembered; of more it would fill the memory. */
const mostRemembered = 200;

/** What came of an attempt: when the pod is looked at again, and what is measured of it. */
export interface Attempted extends AttemptMeasures {
  readonly outcome: Outcome;
}

type Tried = Omit<Attempted, "algorithmSeconds">;

const placed: Tried = { outcome: settled, result: "scheduled" };
const notPlaced: Tried = { outcome: settled, result: "unschedulable" };

export class Attempts {
  readonly #look: Look;
  readonly #unschedulable: UnschedulablePods;
  readonly #lost: LostPods;
  /** The last attempts that found a node, by the uid of the pod. */
  readonly #remembered = new Map<string, Attempt>();
  /** The node with which the next search begins. */
  #from = 0;

  constructor(look: Look, unschedulable: UnschedulablePods, lost: LostPods) {
    this.#look = look;
    this.#unschedulable = unschedulable;
    this.#lost = lost;
  }

  /** What was found when the pod was given its node, as long as that is remembered. */
  of({ metadata: { uid } }: Pod): Attempt | undefined {
    return this.#remembered.get(uid);
  }

  forget(uid: string): void {
    this.#remembered.delete(uid);
  }

  async try(pod: Pod, profile: Profile, world: World): Promise<Attempted> {
    this.#unschedulable.begin(pod);
    try {
      return await this.#try(pod, profile, world);
    } finally {
      this.#unschedulable.end();
    }
  }

  async #try(pod: Pod, profile: Profile, world: World): Promise<Attempted> {
    const start = performance.now();
    const known = this.#unschedulable.verdictFor(pod, world.elapsed());
    if (known) {
      await this.#leave(pod, known, {}, world);
      return notPlaced;
    }
    const handle = { random: world.random, ...this.#look };
    const attempt = await schedulingCycle(pod, profile, handle, this.#from);
    const algorithmSeconds = (performance.now() - start) / 1_000;
    this.#from = (this.#from + attempt.asked) % Math.max(1, attempt.nodes);
    return { algorithmSeconds, ...(await this.#follow(pod, attempt, profile, handle, world)) };
  }

  /** Acts on what the cycle found. */
  async #follow(pod: Pod, attempt: Attempt, profile: Profile, handle: Handle, world: World): Promise<Tried> {
    const { chosen, isOutdated } = attempt;
    if (isOutdated || (chosen && !handle.snapshot.isThere(chosen)))
      return {
        ...notPlaced,
        outcome: again(this.#unschedulable.countTry(pod.metadata.uid, world.elapsed())),
      };
    if (attempt.chosen) {
      if (await this.#waitsBefore(attempt.chosen, pod, profile, world))
        return { ...notPlaced, outcome: this.#untilWoken(pod, world) };
      if (attempt.nodes <= mostRemembered) setBounded(this.#remembered, pod.metadata.uid, attempt, 1_000);
      await bind(pod, attempt.chosen.node.metadata.name, this.#lost, world);
      return placed;
    }
    if (attempt.rejection?.isFailure) {
      await tell(pod, { ...failed, message: attempt.rejection.message }, {}, world);
      return {
        outcome: again(this.#unschedulable.countTry(pod.metadata.uid, world.elapsed())),
        result: "error",
      };
    }
    const results = postFilter(attempt, profile, handle);
    const found = results.find(result => "nominated" in result);
    const messages = results.flatMap(result => ("message" in result ? [result.message] : []));
    const plugins = pluginsThatRefused(attempt);
    // One that was promised a node may only be waiting for it; and what a plugin of a user looks at is not known.
    const isOwn =
      found !== undefined || !!pod.status?.nominatedNodeName || [...plugins].some(name => !isBuiltIn(name));
    const verdict: Verdict = { message: explain(attempt, found ? [] : messages), plugins, isOwn };
    const keeps = results.every(result => "nominated" in result || result.keepsNomination);
    const nominated = found?.nominated.node.metadata.name;
    await this.#leave(pod, verdict, nominated || !keeps ? { nominatedNodeName: nominated } : {}, world);
    if (found) await preempt(pod, found, this.#look, world);
    const measures = profile.postFilter.length > 0 ? { preemption: { victims: found?.victims.length } } : {};
    return { ...notPlaced, ...measures, outcome: this.#untilWoken(pod, world) };
  }

  /** Something may have changed meanwhile: then it is tried again when its back-off is over. */
  #untilWoken(pod: Pod, world: World): Outcome {
    if (this.#unschedulable.isParked(pod, world.elapsed())) return settled;
    return again(Math.max(1, this.#unschedulable.backOffUntil(pod.metadata.uid) - world.elapsed()));
  }

  /**
   * Whether something must be so before the pod can have the node (PreBind): then that is asked for, and the pod tried again when it
   * may be. It is promised the node meanwhile, and has it if that still suits: what was asked for was made for that node.
   */
  async #waitsBefore(chosen: NodeInfo, pod: Pod, profile: Profile, world: World): Promise<boolean> {
    for (const { name, preBind } of profile.filter) {
      const wanted = preBind?.(pod, chosen, this.#look);
      if (!wanted) continue;
      const nominatedNodeName = chosen.node.metadata.name;
      if (pod.status?.nominatedNodeName !== nominatedNodeName)
        await world.report<Pod>(pod, { ...pod.status, nominatedNodeName });
      for (const object of wanted) await world.update(object);
      const message = "waiting for what its binding needs";
      this.#unschedulable.add(pod, { message, plugins: new Set([name]), isOwn: true }, world.elapsed());
      return true;
    }
    return false;
  }

  /** `change`: what else is to be written into the status of the pod. */
  async #leave(pod: Pod, verdict: Verdict, change: Partial<PodStatus>, world: World): Promise<void> {
    if (!this.#unschedulable.isParked(pod, world.elapsed()))
      this.#unschedulable.add(pod, verdict, world.elapsed());
    await tell(pod, { ...unschedulable, message: verdict.message }, change, world);
  }
}

/** What the plugins have to say of a pod that fits nowhere, up to the first that found a way. */
function postFilter(attempt: Attempt, profile: Profile, handle: Handle): PostFilterResult[] {
  if (attempt.rejection || attempt.nodes === 0) return [];
  const results: PostFilterResult[] = [];
  for (const { postFilter } of profile.postFilter) {
    const result = postFilter?.(attempt, handle);
    if (result) results.push(result);
    if (result && "nominated" in result) break;
  }
  return results;
}

function pluginsThatRefused({ refusals, rejection, unasked }: Attempt): ReadonlySet<string> {
  const plugins = new Set<string>();
  for (const { plugin } of refusals.values()) plugins.add(plugin);
  if (rejection) plugins.add(rejection.plugin);
  // A node that comes is looked at by its name.
  if (unasked) plugins.add(unasked.plugin);
  return plugins;
}
