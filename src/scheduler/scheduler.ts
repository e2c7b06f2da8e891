/**
 * The scheduler: gives every pod that has none a node. It is a controller like the others, over pods, with a queue of its own
 * (scheduling-queue.ts). What it decides by are plugins (plugins/), put together to a profile for each `schedulerName` (profile.ts)
 * and asked in a scheduling cycle (cycle.ts) over a snapshot (snapshot.ts), in which nothing moves meanwhile.
 *
 * All it ever writes is the binding, or the reason why there is none; and where a pod may take the place of less important
 * ones, it promises the node to the pod and asks those to go (preemption.ts). Kubernetes binds in the background, and counts
 * the pod as an assumed pod meanwhile. Here one pod is scheduled at a time, and the snapshot sees the binding before the next: no
 * pod has to be assumed.
 */
import {
  again,
  type Controller,
  controller,
  keyOfObject,
  type MetricFamily,
  type Outcome,
  type Reader,
  settled,
  type Waker,
  type World,
} from "../loop/index.ts";
import { setBounded } from "../outside/index.ts";
import {
  bindingOf,
  conditionOf,
  defaultSchedulerName,
  hasEnded,
  isTerminating,
  type KindName,
  type Pod,
  type PodCondition,
  type PodStatus,
  withCondition,
} from "../resources/index.ts";
import { type Change, type Store, schedulerWriter, type Unwatch } from "../store/index.ts";
import { type LoadPlugin, profilesOf } from "./configuration.ts";
import type { SchedulerConfiguration } from "./configuration-kind.ts";
import { type Attempt, schedulingCycle } from "./cycle.ts";
import { diagnosis } from "./diagnosis.ts";
import { explain } from "./explain.ts";
import type { Look, PostFilterResult, QueueingHint } from "./framework.ts";
import { LostPods } from "./lost-pods.ts";
import { isBuiltIn } from "./plugins/index.ts";
import { preempt } from "./preemption.ts";
import { type Profile, pluginsOf } from "./profile.ts";
import { reportOf, reportOfAttempt, type SchedulingReport } from "./report.ts";
import { type AttemptResult, SchedulerMetrics } from "./scheduler-metrics.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";
import { Snapshot } from "./snapshot.ts";
import { timedProfile } from "./timed-profile.ts";
import { type BackOffMs, UnschedulablePods, type Verdict } from "./unschedulable-pods.ts";

/** What the snapshot is made of. */
const lookedAt: readonly KindName[] = ["Node", "Pod", "Namespace"];

/** What was found of this many nodes is remembered; of more it would fill the memory. */
const mostRemembered = 200;

export interface SchedulerOptions {
  /** What was read (configuration.ts). Default: what kube-scheduler does without a file. */
  readonly configuration?: Partial<SchedulerConfiguration>;
  /** Makes the plugins that are not built in. */
  readonly load?: LoadPlugin;
}

export class Scheduler {
  /** What the loop runs. */
  readonly controller: Controller<"Pod">;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #look: Look & { readonly store: Store };
  readonly #unschedulable: UnschedulablePods;
  readonly #metrics = new SchedulerMetrics();
  readonly #lost = new LostPods();
  /** Made by the loop. */
  #queue: SchedulingQueue | undefined;
  /** The pods that wait at a gate, by uid. */
  readonly #gated = new Set<string>();
  readonly #followed: readonly KindName[];
  #unwatch: readonly Unwatch[] = [];
  /** The last attempts that found a node, by the uid of the pod. */
  readonly #attempts = new Map<string, Attempt>();
  /** The node with which the next search begins. */
  #from = 0;

  constructor(store: Store, { configuration = {}, load = unloaded }: SchedulerOptions = {}) {
    const profiles = profilesOf(configuration, load);
    this.#profiles = new Map(profiles.map(profile => [profile.schedulerName, profile]));
    const snapshot = new Snapshot(namespace => store.get("Namespace", "", namespace)?.metadata.labels);
    this.#look = { snapshot, store };
    const hints = new Map(profiles.map(profile => [profile.schedulerName, hintsOfPlugins(profile)]));
    const hintsOf = ({ spec: { schedulerName = defaultSchedulerName } }: Pod, plugin: string) =>
      hints.get(schedulerName)?.get(plugin) ?? [];
    this.#unschedulable = new UnschedulablePods(hintsOf, this.#look, backOffOf(configuration));
    const hinted = profiles.flatMap(pluginsOf).flatMap(({ hints = [] }) => hints.map(({ kind }) => kind));
    this.#followed = [...new Set([...lookedAt, ...hinted])];
    this.controller = controller({
      name: defaultSchedulerName,
      writer: schedulerWriter(defaultSchedulerName),
      kind: "Pod",
      wokenBy: this.#followed.map(kind => this.#wakes(kind)),
      concerns: (pod, _, reader) => this.#isWaiting(pod) && !this.#unschedulable.isParked(pod, reader.now()),
      queue: reader => this.#queueFor(reader),
      // The snapshot must know where one pod went before the next is scheduled.
      concurrency: 1,
      reconcile: async (pod, world) => {
        const profile = this.#profileOf(pod);
        if (!profile || !this.#isWaiting(pod)) return settled;
        const gate = gateOf(pod, profile);
        if (gate === undefined) return this.#try(pod, profile, world);
        this.#hold(pod, world.now());
        await report(pod, { ...gated, message: gate }, {}, world);
        return settled;
      },
    });
  }

  /** Takes in what the store has. Started before the loop, it learns of each change before the loop asks. */
  start(): void {
    const { snapshot, store } = this.#look;
    snapshot.fill(store.list("Node"), store.list("Pod"));
    const follow = (kind: KindName) => store.watch({ kind }, change => this.#follow(change));
    this.#unwatch = this.#followed.map(follow);
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch();
    const plugins = [...this.#profiles.values()].flatMap(pluginsOf);
    await Promise.all(plugins.map(plugin => plugin.close?.()));
  }

  /** A plugin has changed: what it said of pods does not hold any more. */
  retryAll(): void {
    this.#unschedulable.wakeAll();
  }

  /**
   * How it stands with a pod: of one that waits, what each plugin says of each node now; of one that was placed, what was found
   * then, as long as that is remembered.
   */
  async report(pod: Pod): Promise<SchedulingReport> {
    const profile = this.#profileOf(pod);
    // Where the binding was refused, the pod still waits, and what was found then does not hold.
    const attempt = pod.spec.nodeName ? this.#attempts.get(pod.metadata.uid) : undefined;
    if (attempt) return reportOfAttempt(pod, attempt);
    if (!profile || !this.#isWaiting(pod)) return reportOf(pod, []);
    return reportOf(pod, await diagnosis(pod, profile, this.#look));
  }

  /** What it has counted and measured so far, under the names of kube-scheduler. */
  metrics(): MetricFamily[] {
    const { active = 0, backoff = 0 } = this.#queue?.lengths ?? {};
    const pending = { active, backoff, unschedulable: this.#unschedulable.waiting, gated: this.#gated.size };
    const { snapshot, store } = this.#look;
    return this.#metrics.families(pending, { nodes: snapshot.nodeInfos.length, pods: store.count("Pod") });
  }

  #queueFor(reader: Reader): SchedulingQueue {
    this.#queue = new SchedulingQueue(
      reader,
      uid => this.#unschedulable.backOffUntil(uid),
      (uid, queue, isFlushed) => {
        if (this.#gated.has(uid)) return;
        const event = isFlushed ? "BackoffComplete" : this.#unschedulable.eventFor(uid);
        this.#metrics.incoming(uid, queue, event, reader.now());
      },
    );
    return this.#queue;
  }

  #hold({ metadata: { uid } }: Pod, now: number): void {
    if (this.#gated.has(uid)) return;
    this.#gated.add(uid);
    this.#metrics.forget(uid);
    this.#metrics.incoming(uid, "gated", "UnscheduledPodAdd", now);
  }

  #follow(change: Change): void {
    if (change.key.kind === "Pod") this.#measure(change, change.object as Pod);
    if (change.type === "DELETED") this.#attempts.delete(change.object.metadata.uid);
    this.#look.snapshot.apply(change);
    this.#unschedulable.apply(change);
  }

  /** A pod that has its node, or is gone, is pending no more. */
  #measure(change: Change, { metadata: { uid }, spec }: Pod): void {
    const { type, at } = change;
    this.#lost.apply(change);
    if (this.#gated.size > 0 && (type === "DELETED" || !spec.schedulingGates?.length))
      this.#gated.delete(uid);
    if (type === "DELETED") this.#metrics.forget(uid);
    else if (spec.nodeName !== undefined) this.#metrics.scheduled(uid, at);
  }

  /** A change of this kind queues the pods again that it may have made schedulable. */
  #wakes(kind: KindName): Waker {
    return { kind, keys: () => this.#unschedulable.takeWoken().map(pod => keyOfObject("Pod", pod)) };
  }

  #profileOf({ spec: { schedulerName = defaultSchedulerName } }: Pod): Profile | undefined {
    return this.#profiles.get(schedulerName);
  }

  /** Whether the pod is to be scheduled here: without a node, alive, and not another scheduler's. */
  #isWaiting(pod: Pod): boolean {
    return !pod.spec.nodeName && this.#profileOf(pod) !== undefined && !isTerminating(pod) && !hasEnded(pod);
  }

  /** One attempt, measured. */
  async #try(pod: Pod, profile: Profile, world: World): Promise<Outcome> {
    const start = performance.now();
    const time = this.#metrics.begin(pod.metadata.uid);
    let result: AttemptResult = "error";
    this.#unschedulable.begin(pod);
    try {
      const { outcome, result: reached } = await this.#schedule(
        pod,
        time ? timedProfile(profile, time) : profile,
        world,
        start,
      );
      result = reached;
      return outcome;
    } finally {
      this.#unschedulable.end();
      this.#metrics.ended(profile.schedulerName, result, secondsSince(start));
    }
  }

  /** `start`: when it began, by `performance.now()`. */
  async #schedule(pod: Pod, profile: Profile, world: World, start: number): Promise<Tried> {
    const known = this.#unschedulable.verdictFor(pod, world.now());
    if (known) {
      await this.#leave(pod, known, {}, world);
      return notPlaced;
    }
    const handle = { ...this.#look, random: world.random };
    const attempt = await schedulingCycle(pod, profile, handle, this.#from);
    this.#metrics.decided(secondsSince(start));
    this.#from = (this.#from + attempt.asked) % Math.max(1, attempt.nodes);
    if (attempt.chosen) {
      if (attempt.nodes <= mostRemembered) setBounded(this.#attempts, pod.metadata.uid, attempt, 1_000);
      await bind(pod, attempt.chosen.node.metadata.name, this.#lost.takeReplacedBy(pod), world);
      return placed;
    }
    if (attempt.rejection?.isFailure) {
      await tell(pod, { ...failedCondition, message: attempt.rejection.message }, {}, world);
      const waitMs = this.#unschedulable.countTry(pod.metadata.uid, world.now());
      return { outcome: again(waitMs), result: "error" };
    }
    if (profile.postFilter.length > 0) this.#metrics.preemptionTried();
    const results = postFilter(attempt, profile, postFilter => postFilter(attempt, handle));
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
    if (found) this.#metrics.preempted(found.victims.length);
    if (this.#unschedulable.isParked(pod, world.now())) return notPlaced;
    // Something changed meanwhile: it is tried again when its back-off is over.
    const waitMs = this.#unschedulable.backOffUntil(pod.metadata.uid) - world.now();
    return { outcome: again(Math.max(1, waitMs)), result: "unschedulable" };
  }

  /** `change`: what else is to be written into the status of the pod. */
  async #leave(pod: Pod, verdict: Verdict, change: Partial<PodStatus>, world: World): Promise<void> {
    const { uid } = pod.metadata;
    if (!this.#unschedulable.isParked(pod, world.now())) this.#unschedulable.add(pod, verdict, world.now());
    this.#metrics.incoming(uid, "unschedulable", "ScheduleAttemptFailure", world.now());
    await tell(pod, { ...unschedulable, message: verdict.message }, change, world);
  }
}

/** What came of an attempt: when the pod is looked at again, and as what it counts. */
interface Tried {
  readonly outcome: Outcome;
  readonly result: AttemptResult;
}

const placed: Tried = { outcome: settled, result: "scheduled" };
const notPlaced: Tried = { outcome: settled, result: "unschedulable" };

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}

/** A plugin without code decides nothing. */
const unloaded: LoadPlugin = name => ({ name });

function hintsOfPlugins(profile: Profile): ReadonlyMap<string, readonly QueueingHint[]> {
  return new Map(pluginsOf(profile).map(({ name, hints = [] }) => [name, hints]));
}

function backOffOf(configuration: Partial<SchedulerConfiguration>): BackOffMs {
  const { podInitialBackoffSeconds = 1, podMaxBackoffSeconds = 10 } = configuration;
  return { initial: podInitialBackoffSeconds * 1_000, limit: podMaxBackoffSeconds * 1_000 };
}

/** Why the pod is not to be tried yet. */
function gateOf(pod: Pod, { preEnqueue }: Profile): string | undefined {
  for (const plugin of preEnqueue) {
    const message = plugin.preEnqueue?.(pod);
    if (message !== undefined) return message;
  }
  return undefined;
}

type PostFilter = NonNullable<Profile["postFilter"][number]["postFilter"]>;

/** What the plugins have to say of a pod that fits nowhere, up to the first that found a way. */
function postFilter(
  { rejection, nodes }: Attempt,
  profile: Profile,
  ask: (postFilter: PostFilter) => PostFilterResult,
): (Extract<PostFilterResult, { nominated: unknown }> | Extract<PostFilterResult, { message: string }>)[] {
  if (rejection || nodes === 0) return [];
  const results: PostFilterResult[] = [];
  for (const { postFilter } of profile.postFilter) {
    const result = postFilter && ask(postFilter);
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

/** `isReplacement`: in place of a pod that was sent off its node. */
async function bind(pod: Pod, nodeName: string, isReplacement: boolean, world: World): Promise<void> {
  await world.createAt(pod, "binding", bindingOf(pod.metadata, nodeName));
  const { namespace, name } = pod.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  world.event(pod, "Normal", "Scheduled", message, isReplacement ? "reschedule" : undefined);
}

const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable" } as const;
const failedCondition = { type: "PodScheduled", status: "False", reason: "SchedulerError" } as const;
const gated = { type: "PodScheduled", status: "False", reason: "SchedulingGated" } as const;

/** The same, with an event where the reason is another than before. */
async function tell(
  pod: Pod,
  condition: PodCondition & { readonly message: string },
  change: Partial<PodStatus>,
  world: World,
): Promise<void> {
  const { message } = condition;
  if (conditionOf(pod, "PodScheduled")?.message !== message)
    world.event(pod, "Warning", "FailedScheduling", message);
  await report(pod, { ...condition, observedGeneration: pod.metadata.generation }, change, world);
}

/** Says why the pod has no node, if it does not say so already. */
async function report(
  pod: Pod,
  condition: PodCondition,
  change: Partial<PodStatus>,
  world: World,
): Promise<void> {
  const conditions = withCondition(pod.status?.conditions, condition, world.now());
  await world.report(pod, { ...pod.status, conditions, ...change });
}
