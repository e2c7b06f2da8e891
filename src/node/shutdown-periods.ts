/**
 * How long a node that shuts down gives its pods, by their priority: a kubelet's `shutdownGracePeriodByPodPriority`. Those of the lowest
 * priorities end first, the critical ones last.
 */
import { criticalPriority } from "../resources/index.ts";

/** Of the pods that have this priority or more, up to the next such priority. */
export interface ShutdownPeriod {
  readonly priority: number;
  readonly shutdownGracePeriodSeconds: number;
}

/**
 * What a node gives unless it is told otherwise: 30 s, of which the last third is for critical pods, where there are any. The same as a
 * kubelet's `shutdownGracePeriod: 30s` and `shutdownGracePeriodCriticalPods: 10s`, which Kubernetes' documentation takes for its example.
 */
export function usualPeriods(hasCritical: boolean): readonly ShutdownPeriod[] {
  if (!hasCritical) return [{ priority: 0, shutdownGracePeriodSeconds: 30 }];
  return [
    { priority: 0, shutdownGracePeriodSeconds: 20 },
    { priority: criticalPriority, shutdownGracePeriodSeconds: 10 },
  ];
}

/** The periods in the order of their priorities, each with its pods; those below the lowest priority are with the lowest. */
export function inShutdownOrder<Ending>(
  endings: readonly Ending[],
  priorityOf: (ending: Ending) => number,
  periods: readonly ShutdownPeriod[],
): readonly { readonly graceMs: number; readonly endings: readonly Ending[] }[] {
  const sorted = [...periods].sort((one, other) => one.priority - other.priority);
  const placeOf = (ending: Ending) => {
    const next = sorted.findIndex(({ priority }) => priority > priorityOf(ending));
    return Math.max(0, (next === -1 ? sorted.length : next) - 1);
  };
  return sorted.map(({ shutdownGracePeriodSeconds }, place) => ({
    graceMs: shutdownGracePeriodSeconds * 1_000,
    endings: endings.filter(ending => placeOf(ending) === place),
  }));
}
