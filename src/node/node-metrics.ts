/**
 * What a node and its containers use, as metrics that Prometheus and metrics-server read: `/metrics/resource`, `/metrics/cadvisor`
 * and `/metrics` of a kubelet.
 */
import { hasEnded, type Pod, quantityToNumber } from "../resources/index.ts";
import { type NodeUse, type PodUse, sum } from "./node-use.ts";
import type { MetricFamily, MetricSample } from "./prometheus-text.ts";
import type { Measured } from "./usage-meter.ts";

/** What metrics-server reads. */
export function resourceMetrics({ pods: used, cpuMs, at }: NodeUse): MetricFamily[] {
  const all = used.flatMap(each => each.containers);
  const running = used.filter(({ containers }) => containers.length > 0);
  return [
    {
      name: "container_cpu_usage_seconds_total",
      type: "counter",
      help: "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
      samples: ofContainers(used, each => ({ value: each.cpuMs / 1_000, at })),
    },
    {
      name: "container_memory_working_set_bytes",
      type: "gauge",
      help: "[STABLE] Current working set of the container in bytes",
      samples: ofContainers(used, each => ({ value: each.memoryBytes, at })),
    },
    {
      name: "container_start_time_seconds",
      type: "gauge",
      help: "[STABLE] Start time of the container since unix epoch in seconds",
      samples: ofContainers(used, each => ({ value: (at - each.ageMs) / 1_000 })),
    },
    {
      name: "node_cpu_usage_seconds_total",
      type: "counter",
      help: "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
      samples: [{ value: cpuMs / 1_000, at }],
    },
    {
      name: "node_memory_working_set_bytes",
      type: "gauge",
      help: "[STABLE] Current working set of the node in bytes",
      samples: [{ value: sum(all, each => each.memoryBytes), at }],
    },
    {
      name: "pod_cpu_usage_seconds_total",
      type: "counter",
      help: "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
      samples: ofPods(running, of => ({ value: sum(of, each => each.cpuMs) / 1_000, at })),
    },
    {
      name: "pod_memory_working_set_bytes",
      type: "gauge",
      help: "[STABLE] Current working set of the pod in bytes",
      samples: ofPods(running, of => ({ value: sum(of, each => each.memoryBytes), at })),
    },
    {
      name: "resource_scrape_error",
      type: "gauge",
      help: "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
      samples: [{ value: 0 }],
    },
  ];
}

/** What Prometheus' own configuration reads of cAdvisor. */
export function machineMetrics({ node, pods: used, at }: NodeUse): MetricFamily[] {
  const family = (
    name: string,
    help: string,
    of: (each: Measured) => number,
    type: MetricFamily["type"] = "gauge",
  ): MetricFamily => ({
    name,
    type,
    help,
    samples: used.flatMap(({ pod, containers }) =>
      containers.map(each => ({
        labels: { ...labelsOf(pod, each), id: each.id, image: imageOf(pod, each.name), name: each.id },
        value: of(each),
        at,
      })),
    ),
  });
  const { capacity } = node.status ?? {};
  return [
    family(
      "container_cpu_usage_seconds_total",
      "Cumulative cpu time consumed in seconds.",
      each => each.cpuMs / 1_000,
      "counter",
    ),
    family("container_last_seen", "Last time a container was seen by the exporter", () => at / 1_000),
    family(
      "container_memory_usage_bytes",
      "Current memory usage in bytes, including all memory regardless of when it was accessed",
      each => each.memoryBytes,
    ),
    family("container_memory_working_set_bytes", "Current working set in bytes.", each => each.memoryBytes),
    family(
      "container_start_time_seconds",
      "Start time of the container since unix epoch in seconds.",
      each => (at - each.ageMs) / 1_000,
    ),
    {
      name: "machine_cpu_cores",
      type: "gauge",
      help: "Number of logical CPU cores.",
      samples: [{ value: quantityToNumber(capacity?.cpu ?? "0") }],
    },
    {
      name: "machine_memory_bytes",
      type: "gauge",
      help: "Amount of memory installed on the machine.",
      samples: [{ value: quantityToNumber(capacity?.memory ?? "0") }],
    },
  ];
}

/** What a kubelet tells of itself. */
export function kubeletMetrics({ node, pods: used }: NodeUse): MetricFamily[] {
  const { name } = node.metadata;
  const running = used.filter(({ containers }) => containers.length > 0);
  const containers = sum(used, each => each.containers.length);
  return [
    {
      name: "kubelet_node_name",
      type: "gauge",
      help: "[ALPHA] The node's name. The count is always 1.",
      samples: [{ labels: { node: name }, value: 1 }],
    },
    {
      name: "kubelet_running_pods",
      type: "gauge",
      help: "[ALPHA] Number of pods that have a running pod sandbox",
      samples: [{ value: running.length }],
    },
    {
      name: "kubelet_running_containers",
      type: "gauge",
      help: "[ALPHA] Number of containers currently running",
      samples: [{ labels: { container_state: "running" }, value: containers }],
    },
    {
      name: "kubelet_desired_pods",
      type: "gauge",
      help: "[ALPHA] The number of pods the kubelet is being instructed to run.",
      samples: [{ labels: { static: "" }, value: used.filter(({ pod }) => !hasEnded(pod)).length }],
    },
  ];
}

function labelsOf({ metadata: { name, namespace = "" } }: Pod, container: Measured): Record<string, string> {
  return { container: container.name, namespace, pod: name };
}

function imageOf({ spec }: Pod, name: string): string {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return all.find(each => each.name === name)?.image ?? "";
}

function ofContainers(used: readonly PodUse[], sample: (each: Measured) => MetricSample): MetricSample[] {
  return used.flatMap(({ pod, containers }) =>
    containers.map(each => ({ labels: labelsOf(pod, each), ...sample(each) })),
  );
}

function ofPods(used: readonly PodUse[], sample: (of: readonly Measured[]) => MetricSample): MetricSample[] {
  return used.map(({ pod: { metadata }, containers }) => ({
    labels: { namespace: metadata.namespace ?? "", pod: metadata.name },
    ...sample(containers),
  }));
}
