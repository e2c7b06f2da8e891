/**
 * HorizontalPodAutoscaler: keeps the replicas of what it names, through its scale, between a least and a most, and as many as its
 * metrics ask for. It looks every 15 seconds (settings.ts), the first time 15 seconds after it was made, as in Kubernetes: what each metric
 * proposes (proposals.ts), of these the highest, as fast as it may go (pace.ts).
 */
import { ApiError } from "../../errors/index.ts";
import { again, type Controller, controller, keyOfObject, settled, type World } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  type HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerStatus,
  isSame,
  isTerminating,
  type KindDefinition,
  type MetricStatus,
  withCondition,
} from "../../resources/index.ts";
import { Pace } from "./pace.ts";
import type { MetricFault, Proposal } from "./proposal.ts";
import { proposalOf, tolerancesOf } from "./proposals.ts";
import { claimantsOf, podsOf, type ScaleTarget, targetOf } from "./scale-target.ts";
import type { ScalingMetrics } from "./scaling-metrics.ts";
import type { AutoscalingSettings } from "./settings.ts";
import { Swings } from "./swings.ts";

/** What is remembered of one autoscaler. Where it is lost, the next look comes early and is careful. */
interface Memory {
  readonly uid: string;
  /** When to look next. */
  at: number;
  pace?: Pace;
  readonly swings: Swings;
}

interface Parts {
  /** Asked each time: some kinds are defined at run time. */
  kinds(): readonly KindDefinition[];
  readonly metrics: ScalingMetrics;
  readonly settings: AutoscalingSettings;
}

export function horizontalPodAutoscaler(parts: Parts): Controller<"HorizontalPodAutoscaler"> {
  const { syncPeriodMs: periodMs } = parts.settings;
  const memories = new Map<string, Memory>();
  return controller({
    kind: "HorizontalPodAutoscaler",
    name: "horizontal-pod-autoscaler",
    wokenBy: [],
    async reconcile(autoscaler, world) {
      if (isTerminating(autoscaler)) return settled;
      const { uid, creationTimestamp } = autoscaler.metadata;
      const key = textOf(keyOfObject("HorizontalPodAutoscaler", autoscaler));
      const known = memories.get(key);
      const memory = known?.uid === uid ? known : newMemory(uid, Date.parse(creationTimestamp) + periodMs);
      memories.set(key, memory);
      const left = memory.at - world.now();
      if (left > 0) return again(left);
      await new Look(autoscaler, memory, parts, world).take();
      memory.at = world.now() + periodMs;
      return again(periodMs);
    },
    async gone(key) {
      memories.delete(textOf(key));
      return settled;
    },
  });
}

function textOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function newMemory(uid: string, at: number): Memory {
  return { uid, at, swings: new Swings() };
}

/** One look at a target, and what is done about it. */
class Look {
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #memory: Memory;
  readonly #parts: Parts;
  readonly #world: World;
  readonly #namespace: string;
  #conditions: NonNullable<HorizontalPodAutoscalerStatus["conditions"]>;

  constructor(autoscaler: HorizontalPodAutoscaler, memory: Memory, parts: Parts, world: World) {
    this.#autoscaler = autoscaler;
    this.#memory = memory;
    this.#parts = parts;
    this.#world = world;
    this.#namespace = autoscaler.metadata.namespace ?? "";
    this.#conditions = autoscaler.status?.conditions ?? [];
  }

  async take(): Promise<void> {
    const target = targetOf(this.#autoscaler, this.#parts.kinds(), this.#world);
    if ("problem" in target) {
      this.#warn("FailedGetScale", target.problem);
      const message = `the HPA controller was unable to get the target's current scale: ${target.problem}`;
      this.#tell("AbleToScale", "False", "FailedGetScale", message);
      return this.#report({});
    }
    const { minReplicas = 1, maxReplicas } = this.#autoscaler.spec;
    const { replicas } = target;
    this.#memory.pace ??= new Pace(
      replicas,
      this.#world.now(),
      this.#parts.settings.downscaleStabilizationMs,
    );
    const succeeded = "the HPA controller was able to get the target's current scale";
    this.#tell("AbleToScale", "True", "SucceededGetScale", succeeded);
    if (replicas === 0 && minReplicas > 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.#tell("ScalingActive", "False", "ScalingDisabled", message);
      await this.#report({ currentReplicas: 0, desiredReplicas: 0, currentMetrics: undefined });
    } else if (replicas > maxReplicas) {
      await this.#rescale(target, maxReplicas, "Current number of replicas above Spec.MaxReplicas");
    } else if (replicas < minReplicas) {
      await this.#rescale(target, minReplicas, "Current number of replicas below Spec.MinReplicas");
    } else await this.#follow(target, this.#memory.pace, { least: minReplicas, most: maxReplicas });
  }

  /** Does what the metrics ask for. */
  async #follow(
    target: ScaleTarget,
    pace: Pace,
    bounds: { readonly least: number; readonly most: number },
  ): Promise<void> {
    const { replicas } = target;
    const asked = await this.#ask(target);
    if ("failed" in asked) {
      await this.#report({ currentReplicas: replicas, currentMetrics: asked.metrics });
      this.#warn("FailedComputeMetricsReplicas", asked.failed);
      return;
    }
    const { behavior } = this.#autoscaler.spec;
    const recommendation = { ...bounds, wanted: asked.replicas, current: replicas };
    const decision = pace.next(recommendation, behavior, this.#world.now());
    this.#tell("AbleToScale", "True", decision.ableToScale.reason, decision.ableToScale.message);
    this.#tell("ScalingLimited", decision.isLimited ? "True" : "False", decision.reason, decision.message);
    if (decision.replicas === replicas)
      return this.#report({
        currentReplicas: replicas,
        desiredReplicas: replicas,
        currentMetrics: asked.metrics,
      });
    const why = asked.replicas > replicas ? `${asked.metric} above target` : "All metrics below target";
    await this.#rescale(target, decision.replicas, asked.replicas === replicas ? "" : why, asked.metrics);
  }

  /** The highest number that a metric proposes; or, where too little is known, why there is none. */
  async #ask(target: ScaleTarget): Promise<Asked> {
    const pods = this.#podsOf(target);
    if ("failed" in pods) return pods;
    const { metrics = [] } = this.#autoscaler.spec;
    const around = {
      namespace: this.#namespace,
      selector: target.selector,
      metrics: this.#parts.metrics,
      pods: pods.found,
      replicas: target.replicas,
      statusReplicas: target.statusReplicas,
      tolerances: tolerancesOf(this.#autoscaler, this.#parts.settings),
      settings: this.#parts.settings,
      now: this.#world.now(),
    };
    const answers: (Proposal | MetricFault)[] = [];
    for (const metric of metrics) answers.push(await proposalOf(metric, around));
    const proposals = answers.filter(each => "replicas" in each);
    const faults = answers.filter(each => "reason" in each);
    for (const { reason, message } of faults) this.#warn(reason, message);
    const highest = proposals.reduce<Proposal | undefined>(
      (best, each) => (best && best.replicas > 0 && each.replicas <= best.replicas ? best : each),
      undefined,
    );
    const statuses = answers.map(each => ("status" in each ? each.status : { type: "" }));
    const [fault] = faults;
    // What is not known may ask for more than the others: nothing is taken away then.
    if (!highest || (fault && highest.replicas < target.replicas)) {
      const unable = `the HPA was unable to compute the replica count: ${fault?.message ?? ""}`;
      this.#tell("ScalingActive", "False", fault?.reason ?? "", unable);
      const count = `${faults.length} invalid out of ${metrics.length}`;
      const failed = `invalid metrics (${count}), first error is: ${fault?.inSummary ?? ""}`;
      return { metrics: statuses, failed };
    }
    const calculated = "the HPA was able to successfully calculate a replica count from";
    this.#tell("ScalingActive", "True", "ValidMetricFound", `${calculated} ${highest.metric}`);
    return { metrics: statuses, replicas: highest.replicas, metric: highest.metric };
  }

  /** The pods of the target, unless it does not say which they are, or another autoscaler has them too. */
  #podsOf({ selector }: ScaleTarget): { readonly found: ReturnType<typeof podsOf> } | Failed {
    if (!selector) {
      this.#warn("SelectorRequired", "selector is required");
      const message = "the HPA target's scale is missing a selector";
      this.#tell("ScalingActive", "False", "InvalidSelector", message);
      return { failed: "selector is required" };
    }
    let found: ReturnType<typeof podsOf>;
    try {
      found = podsOf(this.#namespace, selector, this.#world);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const failed = `couldn't convert selector into a corresponding internal selector object: ${error.message}`;
      return this.#inactive("InvalidSelector", failed);
    }
    const claimants = claimantsOf(found, this.#namespace, this.#parts.kinds(), this.#world);
    if (claimants.length < 2) return { found };
    const failed = `pods by selector ${selector} are controlled by multiple HPAs: [${claimants.join(" ")}]`;
    return this.#inactive("AmbiguousSelector", failed);
  }

  #inactive(reason: string, failed: string): Failed {
    this.#warn(reason, failed);
    this.#tell("ScalingActive", "False", reason, failed);
    return { failed };
  }

  async #rescale(
    { object, replicas: before }: ScaleTarget,
    after: number,
    why: string,
    currentMetrics?: readonly MetricStatus[],
  ): Promise<void> {
    const world = this.#world;
    try {
      await world.update({ ...object, spec: { replicas: after } }, { subresource: "scale" });
    } catch (error) {
      // What was read is stale: the next run reads it again.
      if (!(error instanceof ApiError) || error.reason === "Conflict") throw error;
      this.#warn("FailedRescale", `New size: ${after}; reason: ${why}; error: ${error.message}`);
      const message = `the HPA controller was unable to update the target scale: ${error.message}`;
      this.#tell("AbleToScale", "False", "FailedUpdateScale", message);
      return this.#report({ currentReplicas: before, currentMetrics });
    }
    const message = `the HPA controller was able to update the target scale to ${after}`;
    this.#tell("AbleToScale", "True", "SucceededRescale", message);
    world.event(this.#autoscaler, "Normal", "SuccessfulRescale", `New size: ${after}; reason: ${why}`);
    this.#memory.pace?.scaled(before, after, this.#autoscaler.spec.behavior, world.now());
    const circle = this.#memory.swings.scaled(before, after, world.now());
    if (circle !== undefined) this.#warn("Oscillating", circle);
    const lastScaleTime = timestamp(world.now());
    await this.#report({ currentReplicas: before, desiredReplicas: after, currentMetrics, lastScaleTime });
  }

  #warn(reason: string, message: string): void {
    this.#world.event(this.#autoscaler, "Warning", reason, message);
  }

  #tell(type: string, status: "True" | "False", reason: string, message: string): void {
    const condition = { type, status, reason, message };
    this.#conditions = withCondition(this.#conditions, condition, this.#world.now());
  }

  async #report(changed: Partial<HorizontalPodAutoscalerStatus>): Promise<void> {
    const before = this.#autoscaler.status;
    const merged = { desiredReplicas: 0, ...before, ...changed, conditions: this.#conditions };
    const { currentMetrics, currentReplicas, ...rest } = merged;
    // No replicas are not written, as in Kubernetes.
    const next = {
      ...rest,
      ...(currentReplicas && { currentReplicas }),
      ...(currentMetrics && { currentMetrics }),
    };
    if (!isSame(next, before)) await this.#world.report(this.#autoscaler, next);
  }
}

interface Failed {
  readonly failed: string;
  readonly metrics?: readonly MetricStatus[];
}

type Asked =
  | Failed
  | { readonly metrics: readonly MetricStatus[]; readonly replicas: number; readonly metric: string };
