/**
 * HorizontalPodAutoscaler: keeps the replicas of what it names, through its scale, between a least and a most. It looks every
 * 15 seconds, the first time 15 seconds after it was made, as in Kubernetes. There is no API of metrics here yet, so that is
 * all it does: its condition and its events tell what a Kubernetes cluster tells that has no metrics server.
 */
import { again, type Controller, controller, keyOfObject, settled, type World } from "../loop/index.ts";
import { timestamp } from "../outside/index.ts";
import {
  type HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerStatus,
  isSame,
  isTerminating,
  type KindDefinition,
  type KubernetesObject,
  withCondition,
} from "../resources/index.ts";
import { metricFault } from "./autoscaler-metrics.ts";

const periodMs = 15_000;

/** `kinds` are asked for each time: some are defined at run time. */
export function horizontalPodAutoscaler(
  kinds: () => readonly KindDefinition[],
): Controller<"HorizontalPodAutoscaler"> {
  /** When to look at which autoscaler next, by key and uid. Where it is lost, the next look comes early. */
  const due = new Map<string, { readonly uid: string; readonly at: number }>();
  return controller({
    kind: "HorizontalPodAutoscaler",
    name: "horizontal-pod-autoscaler",
    wokenBy: [],
    async reconcile(autoscaler, world) {
      if (isTerminating(autoscaler)) return settled;
      const { uid, creationTimestamp } = autoscaler.metadata;
      const key = textOf(keyOfObject("HorizontalPodAutoscaler", autoscaler));
      const known = due.get(key);
      const at = known?.uid === uid ? known.at : Date.parse(creationTimestamp) + periodMs;
      const left = at - world.now();
      if (left > 0) return again(left);
      await look(autoscaler, kinds(), world);
      due.set(key, { uid, at: world.now() + periodMs });
      return again(periodMs);
    },
    async gone(key) {
      due.delete(textOf(key));
      return settled;
    },
  });
}

function textOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

async function look(
  autoscaler: HorizontalPodAutoscaler,
  kinds: readonly KindDefinition[],
  world: World,
): Promise<void> {
  const { spec } = autoscaler;
  const target = targetOf(autoscaler, kinds, world);
  if ("problem" in target) {
    const message = `the HPA controller was unable to get the target's current scale: ${target.problem}`;
    world.event(autoscaler, "Warning", "FailedGetScale", target.problem);
    await report(autoscaler, {}, [["AbleToScale", "False", "FailedGetScale", message]], world);
    return;
  }
  const { minReplicas = 1, maxReplicas } = spec;
  const { object, replicas } = target;
  const ableToScale: Told = [
    ...(["AbleToScale", "True", "SucceededGetScale"] as const),
    "the HPA controller was able to get the target's current scale",
  ];
  if (replicas === 0 && minReplicas > 0) {
    const message = "scaling is disabled since the replica count of the target is zero";
    const disabled: Told = ["ScalingActive", "False", "ScalingDisabled", message];
    await report(autoscaler, { currentReplicas: 0, desiredReplicas: 0 }, [ableToScale, disabled], world);
  } else if (replicas > maxReplicas) {
    await rescale(autoscaler, object, replicas, maxReplicas, "above Spec.MaxReplicas", world);
  } else if (replicas < minReplicas) {
    await rescale(autoscaler, object, replicas, minReplicas, "below Spec.MinReplicas", world);
  } else {
    const active = complainOfMetrics(autoscaler, world);
    const currentMetrics = spec.metrics?.map(() => ({ type: "" })) ?? [];
    await report(autoscaler, { currentReplicas: replicas, currentMetrics }, [ableToScale, active], world);
  }
}

interface Target {
  readonly object: KubernetesObject;
  readonly replicas: number;
}

/** What is to be scaled, or why that cannot be found. */
function targetOf(
  { metadata: { namespace = "" }, spec: { scaleTargetRef } }: HorizontalPodAutoscaler,
  kinds: readonly KindDefinition[],
  world: World,
): Target | { readonly problem: string } {
  const { apiVersion = "", kind, name } = scaleTargetRef;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const found = kinds.find(each => each.kind === kind && each.versions.some(one => one.group === group));
  if (!found) {
    const unknown = `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
    return { problem: `unable to determine resource for scale target reference: ${unknown}` };
  }
  const scale = found.subresources.find(part => part.name === "scale");
  if (!scale?.show) return { problem: "the server could not find the requested resource" };
  const object = world.get<string>(found.name, namespace, name);
  if (!object) return { problem: `${[found.plural, group].filter(Boolean).join(".")} "${name}" not found` };
  const { replicas = 0 } = (scale.show(object).spec ?? {}) as { readonly replicas?: number };
  return { object, replicas };
}

async function rescale(
  autoscaler: HorizontalPodAutoscaler,
  target: KubernetesObject,
  currentReplicas: number,
  replicas: number,
  why: string,
  world: World,
): Promise<void> {
  await world.update({ ...target, spec: { replicas } }, { subresource: "scale" });
  const reason = `Current number of replicas ${why}`;
  world.event(autoscaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
  const message = `the HPA controller was able to update the target scale to ${replicas}`;
  const counts = { currentReplicas, desiredReplicas: replicas, lastScaleTime: timestamp(world.now()) };
  await report(autoscaler, counts, [["AbleToScale", "True", "SucceededRescale", message]], world);
}

/** Tells of each metric that it cannot be read, and of the first in the condition. */
function complainOfMetrics(autoscaler: HorizontalPodAutoscaler, world: World): Told {
  const { metrics = [] } = autoscaler.spec;
  const faults = metrics.map(metric => metricFault(metric, autoscaler.metadata.namespace ?? ""));
  for (const { reason, message } of faults) world.event(autoscaler, "Warning", reason, message);
  const [first] = faults;
  const message = `the HPA was unable to compute the replica count: ${first?.message ?? "no metrics"}`;
  const all = `invalid metrics (${faults.length} invalid out of ${metrics.length})`;
  const told = `${all}, first error is: ${first?.inSummary ?? "no metrics"}`;
  world.event(autoscaler, "Warning", "FailedComputeMetricsReplicas", told);
  return ["ScalingActive", "False", first?.reason ?? "FailedComputeMetricsReplicas", message];
}

type Told = readonly [type: string, status: "True" | "False", reason: string, message: string];

async function report(
  autoscaler: HorizontalPodAutoscaler,
  changed: Partial<HorizontalPodAutoscalerStatus>,
  told: readonly Told[],
  world: World,
): Promise<void> {
  let conditions = autoscaler.status?.conditions ?? [];
  for (const [type, status, reason, message] of told)
    conditions = withCondition(conditions, { type, status, reason, message }, world.now());
  const next = { desiredReplicas: 0, ...autoscaler.status, ...changed, conditions };
  if (!isSame(next, autoscaler.status)) await world.report(autoscaler, next);
}
