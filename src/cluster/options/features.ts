/**
 * What of Kubernetes can be switched off, and what that means: who is not asked any more, and what of an object nothing comes of, of
 * which its writer is warned. Everything is on where nothing is said. One row a feature; each part of the cluster takes from it what
 * concerns it (admission, the scheduler, controllers), and knows nothing of features.
 */
import { ApiError, flag, options } from "../../errors/index.ts";
import type { KindName, PodSpec } from "../../resources/index.ts";

interface FeatureRow {
  /** The fields of a pod that nothing comes of; those that it has. */
  readonly ignoredFields?: (spec: PodSpec) => readonly string[];
  /** The kinds that nothing comes of. */
  readonly ignoredKinds?: readonly KindName[];
  readonly schedulerPlugins?: readonly string[];
  readonly admissionPlugins?: readonly string[];
  /** The controllers that act, by name. */
  readonly controllers?: readonly string[];
}

/** Those of `fields` that are there. */
function present(fields: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(fields).filter(field => fields[field] !== undefined);
}

const rows = {
  pod_priority: {
    ignoredFields: ({ priorityClassName, priority }) => present({ priorityClassName, priority }),
    ignoredKinds: ["PriorityClass"],
    schedulerPlugins: ["PrioritySort", "DefaultPreemption"],
    admissionPlugins: ["Priority"],
  },
  pod_affinity: {
    ignoredFields: ({ affinity: { podAffinity, podAntiAffinity } = {} }) =>
      present({ "affinity.podAffinity": podAffinity, "affinity.podAntiAffinity": podAntiAffinity }),
    schedulerPlugins: ["InterPodAffinity"],
  },
  pod_topology_spread: {
    ignoredFields: ({ topologySpreadConstraints }) => present({ topologySpreadConstraints }),
    schedulerPlugins: ["PodTopologySpread"],
  },
  horizontal_pod_autoscaling: {
    ignoredKinds: ["HorizontalPodAutoscaler"],
    controllers: ["horizontal-pod-autoscaler"],
  },
  cron_jobs: {
    ignoredKinds: ["CronJob"],
    controllers: ["cronjob-controller"],
  },
} as const satisfies Readonly<Record<string, FeatureRow>>;

export type Feature = keyof typeof rows;
export type FeatureSwitches = Readonly<Partial<Record<Feature, boolean>>>;

const features = Object.keys(rows) as readonly Feature[];

export const featureSwitches = options(Object.fromEntries(features.map(each => [each, flag])));

/** What was read as switches, named `where` in what is said of it. Throws BadRequest, with the nearest name. */
export function checkFeatures(given: Readonly<Record<string, boolean>>, where: string): FeatureSwitches {
  const problems = featureSwitches(given, where);
  if (problems.length > 0) throw new ApiError("BadRequest", problems.join("; "));
  return given;
}

/** A feature that is off, with what that means. */
export interface SwitchedOff extends FeatureRow {
  readonly feature: Feature;
}

export function switchedOff(switches: FeatureSwitches = {}): SwitchedOff[] {
  return features
    .filter(feature => switches[feature] === false)
    .map(feature => ({ feature, ...(rows[feature] satisfies FeatureRow as FeatureRow) }));
}
