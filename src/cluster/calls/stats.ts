/** `cluster.stats()`: how large the cluster is, how full, and what it has done to heal and to scale so far. */
import type { EventCounts } from "../../loop/index.ts";
import type { Node, NodeMetrics, Pod } from "../../resources/index.ts";
import { conditionOf, hasEnded, quantityToNumber } from "../../resources/index.ts";
import { requestsOf } from "../../scheduler/index.ts";

/** Processors and bytes. */
interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

export interface ClusterStats {
  readonly nodes: { readonly total: number; readonly ready: number };
  /** How many there are of each phase, and in all. */
  readonly pods: Readonly<
    Record<"total" | "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown", number>
  >;
  /** What pods may use of the nodes that are ready, with how many of them. */
  readonly capacity: Amount & { readonly pods: number };
  /** By the pods that are on a node and have not ended. */
  readonly requested: Amount & { readonly pods: number };
  /** What containers use now. */
  readonly used: Amount;
  /**
   * Since the cluster started, by all control planes over its store: containers that were started again, pods that were sent off
   * nodes that are lost, tainted or shut down, pods that were placed in their stead.
   */
  readonly healing: {
    readonly restarts: number;
    readonly evacuations: number;
    readonly reschedules: number;
  };
  /**
   * Likewise: how often a workload was given another number of replicas, by whomever, and how often that was an autoscaler. What a
   * workload has in charge, as a Deployment its ReplicaSets, counts with it.
   */
  readonly scaling: { readonly workloads: number; readonly autoscalers: number };
}

interface Seen {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly usage: readonly NodeMetrics[];
  readonly counts: Pick<EventCounts, "told" | "healed">;
  /** How often a workload was given another number of replicas. */
  readonly scalings: number;
}

export function statsOf({ nodes, pods, usage, counts, scalings }: Seen): ClusterStats {
  const ready = nodes.filter(node => conditionOf(node, "Ready")?.status === "True");
  const placed = pods.filter(pod => pod.spec.nodeName !== undefined && !hasEnded(pod));
  const requests = placed.map(requestsOf);
  const allocatable = (name: string) =>
    total(ready, ({ status }) => quantityToNumber(status?.allocatable?.[name] ?? "0"));
  const phases = { Pending: 0, Running: 0, Succeeded: 0, Failed: 0, Unknown: 0 };
  for (const { status } of pods) phases[status?.phase ?? "Pending"]++;
  return {
    nodes: { total: nodes.length, ready: ready.length },
    pods: { total: pods.length, ...phases },
    capacity: { cpu: allocatable("cpu"), memory: allocatable("memory"), pods: allocatable("pods") },
    requested: {
      cpu: total(requests, ({ cpu }) => cpu) / 1_000,
      memory: total(requests, ({ memory }) => memory),
      pods: placed.length,
    },
    used: {
      cpu: total(usage, ({ usage }) => quantityToNumber(usage.cpu)),
      memory: total(usage, ({ usage }) => quantityToNumber(usage.memory)),
    },
    healing: {
      restarts: counts.healed("restart"),
      evacuations: counts.healed("evacuation"),
      reschedules: counts.healed("reschedule"),
    },
    scaling: { workloads: scalings, autoscalers: counts.told("SuccessfulRescale") },
  };
}

function total<T>(list: readonly T[], amountOf: (each: T) => number): number {
  return list.reduce((sum, each) => sum + amountOf(each), 0);
}
