/**
 * What threads use and report, for those who ask: as objects of metrics.k8s.io, as custom and external metrics, and as autoscalers ask
 * for them.
 */
import type { Reading, Readings } from "../api/index.ts";
import type { ScalingMetrics } from "../controllers/index.ts";
import { ApiError } from "../errors/index.ts";
import {
  CustomMetrics,
  ExternalMetrics,
  MetricNames,
  type PodReport,
  type UsageMeter,
} from "../node/index.ts";
import type { Clock } from "../outside/index.ts";
import {
  equalitiesIn,
  groupVersionOf,
  type KindDefinition,
  type LabelRequirement,
  type LabelSelector,
  matchesRequirements,
  type Pod,
  parseLabelSelector,
  requirementsOf,
} from "../resources/index.ts";
import type { Store } from "../store/index.ts";
import { componentStatuses } from "./objects/index.ts";

export interface ReportedMetrics {
  readonly names: MetricNames;
  readonly custom: CustomMetrics;
  readonly external: ExternalMetrics;
  /** Of all pods that run. */
  all(): Promise<readonly PodReport[]>;
}

interface Parts {
  readonly meter: UsageMeter;
  readonly store: Pick<Store, "get" | "list" | "dependents">;
  /** Asked each time: some kinds are defined at run time. */
  kinds(): readonly KindDefinition[];
  readonly clock: Clock;
}

export function reportedMetrics({ meter, store, kinds, clock }: Parts): ReportedMetrics {
  const names = new MetricNames();
  const reports = (pods: readonly Pod[]) => meter.reports(pods);
  return {
    names,
    custom: new CustomMetrics({ store, kinds, reports }),
    external: new ExternalMetrics({ store, names, reports, now: () => clock.now() }),
    // Where nothing was ever reported, nothing is asked.
    all: async () => (names.hasCustom ? reports(store.list("Pod")) : []),
  };
}

/** As Kubernetes' autoscaler finds them: an API is there once there is a metric in it. */
export function scalingMetrics(
  { meter, store, kinds }: Omit<Parts, "clock">,
  { names, custom, external }: Omit<ReportedMetrics, "all">,
): ScalingMetrics {
  const assertCustom = () => {
    if (!names.hasCustom)
      throw new ApiError("NotFound", "no custom metrics API (custom.metrics.k8s.io) registered");
  };
  return {
    async usage(namespace, selector) {
      const requirements = parseLabelSelector(selector);
      const pods = store.list("Pod", { namespace, matchLabels: equalitiesIn(requirements) });
      const measured = await meter.podMetrics(pods.filter(pod => matchesRequirements(requirements, pod)));
      return measured.filter(({ window }) => !isFresh(window, meter.periodMs));
    },
    async ofPods(namespace, selector, { name, selector: labels }) {
      assertCustom();
      const of = { resource: "pods", namespace, labels: parseLabelSelector(selector) };
      const values = await custom.values(of, { name, labels: wanted(labels) });
      return values.map(({ object, value, at }) => ({
        pod: object.metadata.name,
        amount: inMilli(value),
        at,
      }));
    },
    async ofObject(namespace, { apiVersion = "v1", kind, name }, metric) {
      assertCustom();
      const { group } = groupVersionOf(apiVersion);
      const found = kinds().find(
        each => each.kind === kind && each.versions.some(one => one.group === group),
      );
      if (!found)
        throw new ApiError(
          "NotFound",
          `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`,
        );
      const resource = [found.plural, group].filter(Boolean).join(".");
      // A namespace is that of the autoscaler, whatever name is given: nothing is read of others.
      const of =
        found.name === "Namespace"
          ? { resource, namespace: "", name: namespace }
          : { resource, namespace, name };
      const asked = { name: metric.name, labels: wanted(metric.selector) };
      const [value] = await custom.values(found.scope === "Cluster" ? { ...of, namespace: "" } : of, asked);
      return inMilli(value?.value ?? 0);
    },
    async external(namespace, { name, selector }) {
      if (!names.hasExternal)
        throw new ApiError(
          "NotFound",
          `the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`,
        );
      const values = await external.values(namespace, name, wanted(selector));
      return values.map(({ value }) => inMilli(value));
    },
  };
}

/** What is kept nowhere: what threads really use, as the objects of metrics.k8s.io, and whether all is well. */
export function readingsOf({ meter, store }: Pick<Parts, "meter" | "store">): Readings {
  return new Map<string, Reading>([
    ["ComponentStatus", componentStatuses],
    [
      "NodeMetrics",
      {
        list: () => meter.nodeMetrics(),
        get: async (_, name) => (await meter.nodeMetrics(name))[0],
      },
    ],
    [
      "PodMetrics",
      {
        list: namespace => meter.podMetrics(store.list("Pod", { namespace })),
        async get(namespace, name) {
          const pod = store.get("Pod", namespace, name);
          return pod && (await meter.podMetrics([pod]))[0];
        },
      },
    ],
  ]);
}

/** metrics-server's `freshContainerMinMetricsResolution`. */
const freshMs = 10_000;

/**
 * Whether a pod has run too short for what it uses to say much: to metrics-server, and so to Kubernetes' autoscaler, it is not known
 * yet. Where it is measured more often, that is soon enough.
 */
function isFresh(window: string, periodMs: number): boolean {
  return Number.parseFloat(window) * 1_000 < Math.min(freshMs, periodMs);
}

function wanted(selector: LabelSelector | undefined): readonly LabelRequirement[] {
  return selector ? requirementsOf(selector) : [];
}

/** Rounded as adapters do. */
function inMilli(value: number): number {
  return Math.round(value * 1_000);
}
