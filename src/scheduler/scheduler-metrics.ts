/**
 * What the scheduler counts and measures, under the names, labels and buckets of kube-scheduler 1.35, so that dashboards and alerts
 * written for that one work. Durations are real time, in a cluster of virtual time too: they tell what scheduling costs.
 */

import { Counter, exponentialBounds, gauge, Histogram, type MetricFamily } from "../loop/index.ts";
import type { Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";

export type QueueName = "active" | "backoff" | "unschedulable" | "gated";
type AttemptResult = "scheduled" | "unschedulable" | "error";

/** One cycle in so many is measured plugin by plugin: asking the time for each node would cost the others too much. */
const sampledEvery = 100;
/** In the label `attempts`, more are all alike. */
const mostAttempts = 15;
const millisecondsUp = exponentialBounds(0.001, 2, 15);

/** What is measured of one attempt. */
export interface AttemptMeasures {
  readonly result: AttemptResult;
  /** How long it took to find where the pod fits, or that it fits nowhere; undefined where that was known. */
  readonly algorithmSeconds?: number;
  /** Where it was looked for less important pods in whose place it could be: how many have to go, if any are to. */
  readonly preemption?: { readonly victims: number | undefined };
}

/** Told how long a plugin took at an extension point, in seconds. */
export type PluginTimer = (plugin: string, point: string, status: string, seconds: number) => void;

/** A pod on its way: when it came into the queue first, in milliseconds since 1970, and how often it was tried. */
interface Underway {
  readonly since: number;
  attempts: number;
}

export class SchedulerMetrics {
  readonly #attempts = new Counter(
    "scheduler_schedule_attempts_total",
    "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
  );
  readonly #attemptSeconds = new Histogram(
    "scheduler_scheduling_attempt_duration_seconds",
    "Scheduling attempt latency in seconds (scheduling algorithm + binding)",
    millisecondsUp,
  );
  readonly #algorithmSeconds = new Histogram(
    "scheduler_scheduling_algorithm_duration_seconds",
    "Scheduling algorithm latency in seconds",
    millisecondsUp,
  );
  readonly #sliSeconds = new Histogram(
    "scheduler_pod_scheduling_sli_duration_seconds",
    "E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.",
    exponentialBounds(0.01, 2, 20),
  );
  readonly #podAttempts = new Histogram(
    "scheduler_pod_scheduling_attempts",
    "Number of attempts to successfully schedule a pod.",
    exponentialBounds(1, 2, 5),
  );
  readonly #incoming = new Counter(
    "scheduler_queue_incoming_pods_total",
    "Number of pods added to scheduling queues by event and queue type.",
  );
  readonly #preemptions = new Counter(
    "scheduler_preemption_attempts_total",
    "Total preemption attempts in the cluster till now",
  );
  readonly #victims = new Histogram(
    "scheduler_preemption_victims",
    "Number of selected preemption victims",
    exponentialBounds(1, 2, 7),
  );
  readonly #pluginSeconds = new Histogram(
    "scheduler_plugin_execution_duration_seconds",
    "Duration for running a plugin at a specific extension point.",
    exponentialBounds(0.00001, 1.5, 20),
  );
  /** By uid. */
  readonly #underway = new Map<string, Underway>();
  #cycles = 0;

  /** The pods that wait at a gate, by uid. */
  readonly #gated = new Set<string>();

  /** A pod came into a queue. `event`: because of which event, in Kubernetes' words; `now` in milliseconds since 1970. */
  queued(uid: string, queue: "active" | "backoff", event: string, now: number): void {
    // One that waits at a gate is looked at and goes on waiting there.
    if (this.#gated.has(uid)) return;
    this.#incoming.add({ event, queue });
    if (!this.#underway.has(uid)) this.#underway.set(uid, { since: now, attempts: 0 });
  }

  /** A pod waits at a gate: it has not begun to wait for a node. */
  gated(uid: string): void {
    if (this.#gated.has(uid)) return;
    this.#gated.add(uid);
    this.#underway.delete(uid);
    this.#incoming.add({ event: "UnscheduledPodAdd", queue: "gated" });
  }

  /** Takes in a change of a pod: one that has its node, or is gone, is on its way no more. */
  apply({ type, at, object }: Change<Pod>): void {
    const { metadata, spec } = object;
    const { uid } = metadata;
    if (this.#gated.size > 0 && (type === "DELETED" || !spec.schedulingGates?.length))
      this.#gated.delete(uid);
    if (type === "DELETED") this.#underway.delete(uid);
    else if (spec.nodeName !== undefined) this.#scheduled(uid, at);
  }

  /** A pod was taken up. What comes back tells what a plugin took, in those cycles that are sampled. */
  begin(uid: string): PluginTimer | undefined {
    const underway = this.#underway.get(uid);
    if (underway) underway.attempts++;
    if (this.#cycles++ % sampledEvery !== 0) return undefined;
    return (plugin, extension_point, status, seconds) =>
      this.#pluginSeconds.observe(seconds, { extension_point, plugin, status });
  }

  ended(profile: string, { result, algorithmSeconds, preemption }: AttemptMeasures, seconds: number): void {
    if (algorithmSeconds !== undefined) this.#algorithmSeconds.observe(algorithmSeconds);
    if (preemption) this.#preemptions.add();
    if (preemption?.victims !== undefined) this.#victims.observe(preemption.victims);
    if (result === "unschedulable")
      this.#incoming.add({ event: "ScheduleAttemptFailure", queue: "unschedulable" });
    this.#attempts.add({ profile, result });
    this.#attemptSeconds.observe(seconds, { profile, result });
  }

  #scheduled(uid: string, now: number): void {
    const underway = this.#underway.get(uid);
    if (!underway) return;
    this.#underway.delete(uid);
    const attempts = String(Math.min(underway.attempts, mostAttempts));
    this.#sliSeconds.observe((now - underway.since) / 1_000, { attempts });
    this.#podAttempts.observe(underway.attempts);
  }

  /**
   * @param pending how many pods wait in each queue; those at a gate are known here
   * @param cached how many nodes and pods the snapshot has
   */
  families(
    pending: Readonly<Record<Exclude<QueueName, "gated">, number>>,
    cached: Readonly<Record<"nodes" | "pods", number>>,
  ): MetricFamily[] {
    const series = (label: string, counts: Readonly<Record<string, number>>) =>
      Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
    const measured = [
      this.#attempts,
      this.#attemptSeconds,
      this.#algorithmSeconds,
      this.#sliSeconds,
      this.#podAttempts,
      this.#incoming,
      this.#preemptions,
      this.#victims,
      this.#pluginSeconds,
    ];
    return [
      ...measured.map(each => each.family()),
      gauge(
        "scheduler_pending_pods",
        "Number of pending pods, by the queue type.",
        series("queue", { ...pending, gated: this.#gated.size }),
      ),
      gauge(
        "scheduler_scheduler_cache_size",
        "Number of nodes, pods, and assumed (bound) pods in the scheduler cache.",
        series("type", { ...cached, assumed_pods: 0 }),
      ),
    ];
  }
}
