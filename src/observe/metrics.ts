/**
 * Metrics: what the control plane has done so far, as plain data. Each loop has counters of its
 * own; this only puts them side by side.
 */
import type { Loop, LoopMetrics, MetricFamily } from "../loop/index.ts";
import type { EndpointTraffic } from "../messages/index.ts";
import type { KindName } from "../resources/index.ts";
import type { Store } from "../store/index.ts";

export interface Metrics {
  /** By controller and kind: `replicaset-controller`, `garbage-collector (Pod)`. */
  readonly loops: Readonly<Record<string, LoopMetrics>>;
  /** All of them together. */
  readonly total: LoopMetrics;
  /** How many writes there were. */
  readonly revision: number;
  /** How many objects there are of each kind that was asked for. */
  readonly objects: Readonly<Record<string, number>>;
  /** What was sent to each endpoint of each Service: messages, requests and connections. Threads tell it about once a second. */
  readonly traffic: readonly EndpointTraffic[];
}

export function metricsOf(
  loops: readonly Pick<Loop, "controller" | "metrics">[],
  store: Pick<Store, "revision" | "count">,
  kinds: readonly KindName[] = [],
  traffic: readonly EndpointTraffic[] = [],
): Metrics {
  const titled = titledLoops(loops).map(([title, { metrics }]) => [title, metrics]);
  return {
    loops: Object.fromEntries(titled),
    total: loops.map(({ metrics }) => metrics).reduce(plus, none),
    revision: store.revision,
    objects: Object.fromEntries(kinds.map(kind => [kind, store.count(kind)])),
    traffic,
  };
}

/** What the loops have measured, each under the name of its controller. */
export function workQueueFamilies(
  loops: readonly Pick<Loop, "controller" | "families">[],
): readonly MetricFamily[] {
  const merged = new Map<string, MetricFamily>();
  for (const [name, loop] of titledLoops(loops))
    for (const family of loop.families()) {
      const values = family.values.map(value => ({ ...value, labels: { ...value.labels, name } }));
      merged.set(family.name, { ...family, values: [...(merged.get(family.name)?.values ?? []), ...values] });
    }
  return [...merged.values()];
}

/** A controller of which there are several loops is told apart by their kinds. */
function titledLoops<L extends Pick<Loop, "controller">>(loops: readonly L[]): [string, L][] {
  const names = loops.map(({ controller }) => controller.name);
  const isShared = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  return loops.map(loop => {
    const { name, kind } = loop.controller;
    return [isShared(name) ? `${name} (${[kind].flat().join(", ")})` : name, loop];
  });
}

const none: LoopMetrics = { runs: 0, failures: 0, conflicts: 0, circles: 0, waiting: 0, busyMs: 0 };

function plus(a: LoopMetrics, b: LoopMetrics): LoopMetrics {
  return {
    runs: a.runs + b.runs,
    failures: a.failures + b.failures,
    conflicts: a.conflicts + b.conflicts,
    circles: a.circles + b.circles,
    waiting: a.waiting + b.waiting,
    busyMs: a.busyMs + b.busyMs,
  };
}
