/** What a node and its pods use, as JSON: `/stats/summary` of a kubelet. */
import { timestamp } from "../outside/index.ts";
import { type NodeUse, sum } from "./node-use.ts";
import type { Measured } from "./usage-meter.ts";

/** The `Summary` of Kubernetes' k8s.io/kubelet/pkg/apis/stats/v1alpha1. */
export function nodeSummary({ node, pods, cpuMs: total, at: now }: NodeUse): object {
  const time = timestamp(now);
  const all = pods.flatMap(each => each.containers);
  const stats = (of: readonly Measured[], cpuMs = sum(of, each => each.cpuMs)) => ({
    cpu: {
      time,
      usageNanoCores: Math.round(sum(of, each => each.cores) * 1e9),
      usageCoreNanoSeconds: Math.round(cpuMs * 1e6),
    },
    memory: { time, ...memory(of) },
  });
  const { name, creationTimestamp } = node.metadata;
  return {
    node: {
      nodeName: name,
      startTime: creationTimestamp,
      ...stats(all, total),
    },
    pods: pods.map(({ pod: { metadata, status }, containers }) => ({
      podRef: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
      startTime: status?.startTime ?? metadata.creationTimestamp,
      containers: containers.map(each => ({
        name: each.name,
        startTime: timestamp(now - each.ageMs),
        ...stats([each]),
      })),
      ...stats(containers),
    })),
  };
}

function memory(of: readonly Measured[]): object {
  const bytes = sum(of, each => each.memoryBytes);
  return { usageBytes: bytes, workingSetBytes: bytes, rssBytes: bytes };
}
