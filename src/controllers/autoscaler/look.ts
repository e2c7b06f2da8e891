/**
 * What an autoscaler sees: the pods of its target, and what each of its metrics proposes for them. Of these the highest counts; where
 * one is not known, it may ask for more than the others, and nothing is taken away.
 */
import { ApiError } from "../../errors/index.ts";
import type { Reader } from "../../loop/index.ts";
import type { HorizontalPodAutoscaler, KindDefinition, MetricStatus, Pod } from "../../resources/index.ts";
import type { Claims } from "./claims.ts";
import type { Told } from "./pace.ts";
import type { MetricFault, Proposal } from "./proposal.ts";
import { proposalOf, tolerancesOf } from "./proposals.ts";
import { podsOf, type ScaleTarget } from "./scale-target.ts";
import type { ScalingMetrics } from "./scaling-metrics.ts";
import type { AutoscalingSettings } from "./settings.ts";

export interface Sources {
  /** Asked each time: some kinds are defined at run time. */
  kinds(): readonly KindDefinition[];
  readonly metrics: ScalingMetrics;
  readonly settings: AutoscalingSettings;
}

interface Known {
  /** How many replicas there should be, and by which metric. */
  readonly replicas: number;
  readonly metric: string;
}

interface Unknown {
  /** Why it is not known how many there should be. */
  readonly failed: string;
}

export type Seen = (Known | Unknown) & {
  /** How each metric stands; undefined where none was asked. */
  readonly metrics?: readonly MetricStatus[];
  /** What the condition ScalingActive says: it is active where the number is known. */
  readonly active: Told;
  /** What events warn of. */
  readonly warnings: readonly Told[];
};

export async function look(
  autoscaler: HorizontalPodAutoscaler,
  target: ScaleTarget,
  sources: Sources,
  claims: Pick<Claims, "of">,
  reader: Reader,
): Promise<Seen> {
  const namespace = autoscaler.metadata.namespace ?? "";
  const pods = podsSeen(target, namespace, claims, reader);
  if (!("found" in pods)) return pods;
  const { metrics = [] } = autoscaler.spec;
  const { settings } = sources;
  const around = {
    namespace,
    settings,
    selector: target.selector,
    metrics: sources.metrics,
    pods: pods.found,
    replicas: target.replicas,
    statusReplicas: target.statusReplicas,
    tolerances: tolerancesOf(autoscaler, settings),
    now: reader.now(),
  };
  const answers: (Proposal | MetricFault)[] = [];
  for (const metric of metrics) answers.push(await proposalOf(metric, around));
  return summaryOf(answers, target.replicas);
}

/** The pods of the target, unless it does not say which they are, or another autoscaler has them too. */
function podsSeen(
  { selector }: ScaleTarget,
  namespace: string,
  claims: Pick<Claims, "of">,
  reader: Reader,
): { readonly found: readonly Pod[] } | Seen {
  if (!selector) {
    const message = "the HPA target's scale is missing a selector";
    const failed = "selector is required";
    const warnings = [{ reason: "SelectorRequired", message: failed }];
    return { failed, active: { reason: "InvalidSelector", message }, warnings };
  }
  let found: readonly Pod[];
  try {
    found = podsOf(namespace, selector, reader);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const failed = `couldn't convert selector into a corresponding internal selector object: ${error.message}`;
    return inactive("InvalidSelector", failed);
  }
  const claimants = claims.of(found, namespace);
  if (claimants.length < 2) return { found };
  const failed = `pods by selector ${selector} are controlled by multiple HPAs: [${claimants.join(" ")}]`;
  return inactive("AmbiguousSelector", failed);
}

function inactive(reason: string, failed: string): Seen {
  const told = { reason, message: failed };
  return { failed, active: told, warnings: [told] };
}

/** What all metrics say together. */
function summaryOf(answers: readonly (Proposal | MetricFault)[], before: number): Seen {
  const faults = answers.filter(each => "reason" in each);
  const highest = answers
    .filter(each => "replicas" in each)
    .reduce<Proposal | undefined>(
      (best, each) => (best && best.replicas > 0 && each.replicas <= best.replicas ? best : each),
      undefined,
    );
  const metrics = answers.map(each => ("status" in each ? each.status : { type: "" }));
  const [fault] = faults;
  if (!highest || (fault && highest.replicas < before)) {
    const message = `the HPA was unable to compute the replica count: ${fault?.message ?? ""}`;
    const count = `${faults.length} invalid out of ${answers.length}`;
    const failed = `invalid metrics (${count}), first error is: ${fault?.inSummary ?? ""}`;
    return { metrics, failed, active: { reason: fault?.reason ?? "", message }, warnings: faults };
  }
  const { replicas, metric } = highest;
  const message = `the HPA was able to successfully calculate a replica count from ${metric}`;
  return { metrics, replicas, metric, active: { reason: "ValidMetricFound", message }, warnings: faults };
}
