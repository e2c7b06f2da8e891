/**
 * The scheduler: gives every pod that has none a node. It is a controller like the others, over pods, with a queue of its own
 * (scheduling-queue.ts), and tries one pod after another (attempt.ts). What it decides by are plugins (plugins/), put together to a
 * profile for each `schedulerName` (profile.ts) and asked in a scheduling cycle (cycle.ts) over a snapshot (snapshot.ts), in which
 * nothing moves meanwhile.
 *
 * All it ever writes is the binding, or the reason why there is none; and where a pod may take the place of less important
 * ones, it promises the node to the pod and asks those to go (preemption.ts). Kubernetes binds in the background, and counts
 * the pod as an assumed pod meanwhile. Here one pod is scheduled at a time, and the snapshot sees the binding before the next: no
 * pod has to be assumed.
 */

import {
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
import { everyEnd } from "../outside/index.ts";
import {
  defaultSchedulerName,
  hasEnded,
  isTerminating,
  type KindName,
  type Pod,
} from "../resources/index.ts";
import { type Change, type Store, schedulerWriter, type Unwatch } from "../store/index.ts";
import { Attempts } from "./attempt.ts";
import { type LoadPlugin, profilesOf } from "./configuration.ts";
import type { SchedulerConfiguration } from "./configuration-kind.ts";
import { diagnosis } from "./diagnosis.ts";
import type { Look, QueueingHint } from "./framework.ts";
import { LostPods } from "./lost-pods.ts";
import { gated, report } from "./pod-scheduled.ts";
import { type Profile, pluginsOf } from "./profile.ts";
import { reportOf, reportOfAttempt, reportOfForeign, type SchedulingReport } from "./report.ts";
import { type AttemptMeasures, SchedulerMetrics } from "./scheduler-metrics.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";
import { Snapshot } from "./snapshot.ts";
import { timedProfile } from "./timed-profile.ts";
import type { BackOffMs } from "./tries.ts";
import { UnschedulablePods } from "./unschedulable-pods.ts";

/** What the snapshot is made of. */
const lookedAt: readonly KindName[] = ["Node", "Pod", "Namespace"];

export interface SchedulerOptions {
  /** What was read (configuration.ts). Default: what kube-scheduler does without a file. */
  readonly configuration?: Partial<SchedulerConfiguration>;
  /** Makes the plugins that are not built in. */
  readonly load?: LoadPlugin;
  /** Plugins that take no part in any profile, by name. */
  readonly off?: readonly string[];
}

export class Scheduler {
  /** What the loop runs. */
  readonly controller: Controller<"Pod">;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #look: Look & { readonly store: Store };
  readonly #unschedulable: UnschedulablePods;
  readonly #attempts: Attempts;
  readonly #metrics = new SchedulerMetrics();
  readonly #lost = new LostPods();
  /** Made by the loop. */
  #queue: SchedulingQueue | undefined;
  readonly #followed: readonly KindName[];
  #unwatch: readonly Unwatch[] = [];
  constructor(store: Store, { configuration = {}, load = unloaded, off = [] }: SchedulerOptions = {}) {
    const profiles = profilesOf(configuration, load, off);
    this.#profiles = new Map(profiles.map(profile => [profile.schedulerName, profile]));
    const snapshot = new Snapshot(namespace => store.get("Namespace", "", namespace)?.metadata.labels);
    this.#look = { snapshot, store };
    const hints = new Map(profiles.map(profile => [profile.schedulerName, hintsOfPlugins(profile)]));
    const hintsOf = ({ spec: { schedulerName = defaultSchedulerName } }: Pod, plugin: string) =>
      hints.get(schedulerName)?.get(plugin) ?? [];
    this.#unschedulable = new UnschedulablePods(hintsOf, this.#look, backOffOf(configuration));
    this.#attempts = new Attempts(this.#look, this.#unschedulable, this.#lost);
    const hinted = profiles.flatMap(pluginsOf).flatMap(({ hints = [] }) => hints.map(({ kind }) => kind));
    this.#followed = [...new Set([...lookedAt, ...hinted])];
    this.controller = controller({
      name: defaultSchedulerName,
      writer: schedulerWriter(defaultSchedulerName),
      kind: "Pod",
      wokenBy: this.#followed.map(kind => this.#wakes(kind)),
      concerns: (pod, _, reader) =>
        this.#isWaiting(pod) && !this.#unschedulable.isParked(pod, reader.elapsed()),
      queue: reader => this.#queueFor(reader),
      // The snapshot must know where one pod went before the next is scheduled.
      concurrency: 1,
      reconcile: async (pod, world) => {
        const profile = this.#profileOf(pod);
        if (!profile || !this.#isWaiting(pod)) return settled;
        const gate = gateOf(pod, profile);
        if (gate === undefined) return this.#try(pod, profile, world);
        this.#metrics.gated(pod.metadata.uid);
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
    await everyEnd(plugins.map(async plugin => plugin.close?.()));
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
    const attempt = pod.spec.nodeName ? this.#attempts.of(pod) : undefined;
    if (attempt) return reportOfAttempt(pod, attempt);
    if (!profile && !pod.spec.nodeName) return reportOfForeign(pod, [...this.#profiles.keys()]);
    if (!profile || !this.#isWaiting(pod)) return reportOf(pod, []);
    return reportOf(pod, await diagnosis(pod, profile, this.#look));
  }

  /** What it has counted and measured so far, under the names of kube-scheduler. */
  metrics(): MetricFamily[] {
    const { active = 0, backoff = 0 } = this.#queue?.lengths ?? {};
    const pending = { active, backoff, unschedulable: this.#unschedulable.waiting };
    const { snapshot, store } = this.#look;
    return this.#metrics.families(pending, { nodes: snapshot.nodeInfos.length, pods: store.count("Pod") });
  }

  #queueFor(reader: Reader): SchedulingQueue {
    this.#queue = new SchedulingQueue(
      reader,
      uid => this.#unschedulable.backOffUntil(uid),
      (uid, queue, isFlushed) => {
        const event = isFlushed ? "BackoffComplete" : this.#unschedulable.eventFor(uid);
        this.#metrics.queued(uid, queue, event, reader.now());
      },
    );
    return this.#queue;
  }

  #follow(change: Change): void {
    if (change.key.kind === "Pod") {
      this.#lost.apply(change);
      this.#metrics.apply(change as Change<Pod>);
    }
    if (change.type === "DELETED") this.#attempts.forget(change.object.metadata.uid);
    this.#look.snapshot.apply(change);
    this.#unschedulable.apply(change);
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
    let measures: AttemptMeasures = { result: "error" };
    try {
      const { outcome, ...reached } = await this.#attempts.try(
        pod,
        time ? timedProfile(profile, time) : profile,
        world,
      );
      measures = reached;
      return outcome;
    } finally {
      this.#metrics.ended(profile.schedulerName, measures, (performance.now() - start) / 1_000);
    }
  }
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
