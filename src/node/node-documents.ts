/**
 * What a node answers by itself: what a kubelet serves on its port 10250, for those who ask through the API server
 * (`kubectl get --raw /api/v1/nodes/N/proxy/stats/summary`, Prometheus). The documents are those of Kubernetes' kubelet, as far
 * as there is something to say: threads have no disks or network cards of their own.
 */
import { type Clock, timestamp } from "../outside/index.ts";
import { hasEnded, type Node, type Pod, quantityToNumber } from "../resources/index.ts";
import type { NodeAgent } from "./agent.ts";
import { kubeletPort } from "./node-object.ts";
import { type MetricFamily, type MetricSample, prometheusText } from "./prometheus-text.ts";
import type { Measured, UsageMeter } from "./usage-meter.ts";

export interface NodeDocument {
  readonly mediaType: string;
  readonly text: string;
}

export interface NodeDocumentParts {
  /** By the name of the node. */
  readonly agents: ReadonlyMap<string, Pick<NodeAgent, "allKnown">>;
  readonly meter: Pick<UsageMeter, "containersOf">;
  readonly clock: Clock;
}

/** A pod and what its containers use that run. */
interface Used {
  readonly pod: Pod;
  readonly containers: readonly Measured[];
}

const plain = "text/plain; charset=utf-8";
const metrics = "text/plain; version=0.0.4; charset=utf-8";
const json = "application/json";

export class NodeDocuments {
  readonly #parts: NodeDocumentParts;
  /** What containers have used in all, by the node: a counter that never falls, though containers go. */
  readonly #totals = new Map<string, { cpuMs: number; byInstance: ReadonlyMap<string, number> }>();

  constructor(parts: NodeDocumentParts) {
    this.#parts = parts;
  }

  /** Resolves to undefined where a kubelet answers 404. */
  async answer(node: Node, path: string): Promise<NodeDocument | undefined> {
    const [at = "/"] = path.split("?", 1);
    switch (at) {
      case "/healthz":
      case "/healthz/ping":
      case "/healthz/log":
      case "/healthz/syncloop":
        return { mediaType: plain, text: "ok" };
      case "/pods":
      case "/pods/": {
        const items = this.#podsOn(node);
        return asJson({ kind: "PodList", apiVersion: "v1", metadata: {}, items });
      }
      case "/runningpods":
      case "/runningpods/": {
        const items = this.#podsOn(node).filter(({ status }) => status?.phase === "Running");
        return asJson({ kind: "PodList", apiVersion: "v1", metadata: {}, items });
      }
      case "/configz":
        return asJson({ kubeletconfig: configuration(node) });
      case "/stats/summary":
      case "/stats/summary/":
        return asJson(this.#summary(node, await this.#use(node)));
      case "/metrics/resource":
        return { mediaType: metrics, text: prometheusText(this.#resources(node, await this.#use(node))) };
      case "/metrics/cadvisor":
        return { mediaType: metrics, text: prometheusText(this.#machine(node, await this.#use(node))) };
      case "/metrics":
        return { mediaType: metrics, text: prometheusText(this.#own(node, await this.#use(node))) };
      case "/metrics/probes":
        return { mediaType: metrics, text: "" };
      case "/logs":
      case "/logs/":
        // A folder without files: there is no journal of a node, and containers print into memory.
        return { mediaType: "text/html; charset=utf-8", text: "<!doctype html>\n<pre>\n</pre>\n" };
      default:
        return undefined;
    }
  }

  #podsOn({ metadata: { name } }: Node): Pod[] {
    return [...(this.#parts.agents.get(name)?.allKnown() ?? [])];
  }

  async #use(node: Node): Promise<Used[]> {
    const used = await Promise.all(
      this.#podsOn(node).map(async pod => ({ pod, containers: await this.#parts.meter.containersOf(pod) })),
    );
    this.#count(node, used);
    return used;
  }

  #count({ metadata: { name } }: Node, used: readonly Used[]): void {
    const last = this.#totals.get(name);
    const byInstance = new Map(used.flatMap(each => each.containers).map(({ id, cpuMs }) => [id, cpuMs]));
    let cpuMs = last?.cpuMs ?? 0;
    for (const [id, now] of byInstance) cpuMs += Math.max(0, now - (last?.byInstance.get(id) ?? 0));
    this.#totals.set(name, { cpuMs, byInstance });
  }

  /** Processor time of all containers so far, in milliseconds. */
  #total({ metadata: { name } }: Node): number {
    return this.#totals.get(name)?.cpuMs ?? 0;
  }

  /** The `Summary` of Kubernetes' k8s.io/kubelet/pkg/apis/stats/v1alpha1. */
  #summary(node: Node, used: readonly Used[]): object {
    const now = this.#parts.clock.now();
    const time = timestamp(now);
    const all = used.flatMap(each => each.containers);
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
        ...stats(all, this.#total(node)),
      },
      pods: used.map(({ pod: { metadata, status }, containers }) => ({
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

  /** What metrics-server reads. */
  #resources(node: Node, used: readonly Used[]): MetricFamily[] {
    const at = this.#parts.clock.now();
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
        samples: [{ value: this.#total(node) / 1_000, at }],
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
  #machine(node: Node, used: readonly Used[]): MetricFamily[] {
    const at = this.#parts.clock.now();
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
  #own(node: Node, used: readonly Used[]): MetricFamily[] {
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
}

/** As far as they say something here, of the kubelet's configuration. */
function configuration({ status }: Node): object {
  return {
    kind: "KubeletConfiguration",
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    enableServer: true,
    address: "0.0.0.0",
    port: kubeletPort,
    clusterDomain: "cluster.local",
    maxPods: quantityToNumber(status?.capacity?.pods ?? "110"),
    nodeStatusUpdateFrequency: "10s",
    nodeStatusReportFrequency: "5m0s",
    nodeLeaseDurationSeconds: 40,
    failSwapOn: false,
    enableDebuggingHandlers: true,
  };
}

function asJson(document: object): NodeDocument {
  return { mediaType: json, text: JSON.stringify(document) };
}

function memory(of: readonly Measured[]): object {
  const bytes = sum(of, each => each.memoryBytes);
  return { usageBytes: bytes, workingSetBytes: bytes, rssBytes: bytes };
}

function labelsOf({ metadata: { name, namespace = "" } }: Pod, container: Measured): Record<string, string> {
  return { container: container.name, namespace, pod: name };
}

function imageOf({ spec }: Pod, name: string): string {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  return all.find(each => each.name === name)?.image ?? "";
}

function ofContainers(used: readonly Used[], sample: (each: Measured) => MetricSample): MetricSample[] {
  return used.flatMap(({ pod, containers }) =>
    containers.map(each => ({ labels: labelsOf(pod, each), ...sample(each) })),
  );
}

function ofPods(used: readonly Used[], sample: (of: readonly Measured[]) => MetricSample): MetricSample[] {
  return used.map(({ pod: { metadata }, containers }) => ({
    labels: { namespace: metadata.namespace ?? "", pod: metadata.name },
    ...sample(containers),
  }));
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
