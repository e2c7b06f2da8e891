/**
 * HorizontalPodAutoscaler: keeps the replicas of what it names, through its scale, between a least and a most, and as many as its
 * metrics ask for. It looks every 15 seconds (settings.ts), the first time 15 seconds after it was made, as in Kubernetes: what its
 * metrics ask for (look.ts), as fast as it may go (pace.ts).
 */
import { ApiError } from "../../errors/index.ts";
import { again, type Controller, controller, settled, type World } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  type HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerStatus,
  isSame,
  isTerminating,
  type MetricStatus,
  namespacedName,
  withCondition,
} from "../../resources/index.ts";
import { Claims } from "./claims.ts";
import { look, type Sources } from "./look.ts";
import { Pace } from "./pace.ts";
import { type ScaleTarget, targetOf } from "./scale-target.ts";
import { Swings } from "./swings.ts";

/** What is remembered of one autoscaler. Where it is lost, the next look comes early and is careful. */
interface Memory {
  readonly uid: string;
  /** When to look next. */
  at: number;
  pace?: Pace;
  readonly swings: Swings;
}

export function horizontalPodAutoscaler(parts: Sources): Controller<"HorizontalPodAutoscaler"> {
  const { syncPeriodMs: periodMs } = parts.settings;
  const memories = new Map<string, Memory>();
  const claims = new Claims();
  return controller({
    kind: "HorizontalPodAutoscaler",
    name: "horizontal-pod-autoscaler",
    wokenBy: [],
    async reconcile(autoscaler, world) {
      if (isTerminating(autoscaler)) return settled;
      const { uid, creationTimestamp } = autoscaler.metadata;
      const key = namespacedName(autoscaler.metadata);
      const known = memories.get(key);
      const memory = known?.uid === uid ? known : newMemory(uid, Date.parse(creationTimestamp) + periodMs);
      memories.set(key, memory);
      claims.fill(parts.kinds, world);
      // The others are to know of a new one before it looks itself.
      if (memory !== known) claims.note(autoscaler, parts.kinds(), world);
      const left = memory.at - world.now();
      if (left > 0) return again(left);
      await new Run(autoscaler, memory, { ...parts, claims }, world).take();
      memory.at = world.now() + periodMs;
      return again(periodMs);
    },
    async gone(key) {
      memories.delete(namespacedName(key));
      claims.remove(key);
      return settled;
    },
  });
}

function newMemory(uid: string, at: number): Memory {
  return { uid, at, swings: new Swings() };
}

type RunParts = Sources & { readonly claims: Claims };

/** One run: it looks at its target, decides, acts, and reports. */
class Run {
  readonly #autoscaler: HorizontalPodAutoscaler;
  readonly #memory: Memory;
  readonly #parts: RunParts;
  readonly #world: World;
  #conditions: NonNullable<HorizontalPodAutoscalerStatus["conditions"]>;

  constructor(autoscaler: HorizontalPodAutoscaler, memory: Memory, parts: RunParts, world: World) {
    this.#autoscaler = autoscaler;
    this.#memory = memory;
    this.#parts = parts;
    this.#world = world;
    this.#conditions = autoscaler.status?.conditions ?? [];
  }

  async take(): Promise<void> {
    const target = targetOf(this.#autoscaler, this.#parts.kinds(), this.#world);
    this.#parts.claims.put(this.#autoscaler.metadata, "problem" in target ? "" : target.selector);
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
    const asked = await look(this.#autoscaler, target, this.#parts, this.#parts.claims, this.#world);
    for (const { reason, message } of asked.warnings) this.#warn(reason, message);
    const { reason, message } = asked.active;
    this.#tell("ScalingActive", "failed" in asked ? "False" : "True", reason, message);
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
