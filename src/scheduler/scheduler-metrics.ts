/**
 * What the scheduler counts and measures, under the names, labels and buckets of kube-scheduler 1.35, so that dashboards and alerts
 * written for that one work. Durations are real time, in a cluster of virtual time too: they tell what scheduling costs.
 */
import { Counter, exponentialBounds, gauge, Histogram, type MetricFamily } from "../loop/index.ts";

export type QueueName = "active" | "backoff" | "unschedulable" | "gated";
export type AttemptResult = "scheduled" | "unschedulable" | "error";

/** One cycle in so many is measured plugin by plugin: asking the time for each node would cost the others too much. */
const sampledEvery = 100;
/** In the label `attempts`, more are all alike. */
const mostAttempts = 15;
const millisecondsUp = exponentialBounds(0.001, 2, 15);

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

  /** A pod came into a queue. `event`: because of which event, in Kubernetes' words; `now` in milliseconds since 1970. */
  incoming(uid: string, queue: QueueName, event: string, now: number): void {
    this.#incoming.add({ event, queue });
    // A pod that waits at a gate has not begun to wait for a node.
    if (queue !== "gated" && !this.#underway.has(uid)) this.#underway.set(uid, { since: now, attempts: 0 });
  }

  /** A pod was taken up. What comes back tells what a plugin took, in those cycles that are sampled. */
  begin(uid: string): PluginTimer | undefined {
    const underway = this.#underway.get(uid);
    if (underway) underway.attempts++;
    if (this.#cycles++ % sampledEvery !== 0) return undefined;
    return (plugin, extension_point, status, seconds) =>
      this.#pluginSeconds.observe(seconds, { extension_point, plugin, status });
  }

  /** It was found where the pod fits, or that it fits nowhere. `seconds` it took. */
  decided(seconds: number): void {
    this.#algorithmSeconds.observe(seconds);
  }

  ended(profile: string, result: AttemptResult, seconds: number): void {
    this.#attempts.add({ profile, result });
    this.#attemptSeconds.observe(seconds, { profile, result });
  }

  /** The pod has its node. */
  scheduled(uid: string, now: number): void {
    const underway = this.#underway.get(uid);
    if (!underway) return;
    this.#underway.delete(uid);
    const attempts = String(Math.min(underway.attempts, mostAttempts));
    this.#sliSeconds.observe((now - underway.since) / 1_000, { attempts });
    this.#podAttempts.observe(underway.attempts);
  }

  /** It was looked for less important pods in whose place it could be. */
  preemptionTried(): void {
    this.#preemptions.add();
  }

  preempted(victims: number): void {
    this.#victims.observe(victims);
  }

  /** The pod is gone, or has its node: nothing is measured of it any more. */
  forget(uid: string): void {
    this.#underway.delete(uid);
  }

  /**
   * @param pending how many pods wait in each queue
   * @param cached how many nodes and pods the snapshot has
   */
  families(
    pending: Readonly<Record<QueueName, number>>,
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
      gauge("scheduler_pending_pods", "Number of pending pods, by the queue type.", series("queue", pending)),
      gauge(
        "scheduler_scheduler_cache_size",
        "Number of nodes, pods, and assumed (bound) pods in the scheduler cache.",
        series("type", { ...cached, assumed_pods: 0 }),
      ),
    ];
  }
}
