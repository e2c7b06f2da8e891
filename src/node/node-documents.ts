/**
 * What a node answers by itself: what a kubelet serves on its port 10250, for those who ask through the API server
 * (`kubectl get --raw /api/v1/nodes/N/proxy/stats/summary`, Prometheus). The documents are those of Kubernetes' kubelet, as far
 * as there is something to say: threads have no disks or network cards of their own.
 */
import type { Clock } from "../outside/index.ts";
import { type Node, type Pod, quantityToNumber } from "../resources/index.ts";
import type { NodeAgent } from "./agent.ts";
import { kubeletPort, type NodeDocument } from "./asked-node.ts";
import { kubeletMetrics, machineMetrics, resourceMetrics } from "./node-metrics.ts";
import { nodeSummary } from "./node-summary.ts";
import type { NodeUse, PodUse } from "./node-use.ts";
import { prometheusText } from "./prometheus-text.ts";
import type { UsageMeter } from "./usage-meter.ts";

export interface NodeDocumentParts {
  /** By the name of the node. */
  readonly agents: ReadonlyMap<string, Pick<NodeAgent, "allKnown">>;
  readonly meter: Pick<UsageMeter, "containersOf">;
  readonly clock: Clock;
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
        return asJson(nodeSummary(await this.#use(node)));
      case "/metrics/resource":
        return { mediaType: metrics, text: prometheusText(resourceMetrics(await this.#use(node))) };
      case "/metrics/cadvisor":
        return { mediaType: metrics, text: prometheusText(machineMetrics(await this.#use(node))) };
      case "/metrics":
        return { mediaType: metrics, text: prometheusText(kubeletMetrics(await this.#use(node))) };
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

  async #use(node: Node): Promise<NodeUse> {
    const pods = await Promise.all(
      this.#podsOn(node).map(async pod => ({ pod, containers: await this.#parts.meter.containersOf(pod) })),
    );
    return { node, pods, cpuMs: this.#count(node, pods), at: this.#parts.clock.now() };
  }

  /** The processor time of all containers so far, in milliseconds. */
  #count({ metadata: { name } }: Node, used: readonly PodUse[]): number {
    const last = this.#totals.get(name);
    const byInstance = new Map(used.flatMap(each => each.containers).map(({ id, cpuMs }) => [id, cpuMs]));
    let cpuMs = last?.cpuMs ?? 0;
    for (const [id, now] of byInstance) cpuMs += Math.max(0, now - (last?.byInstance.get(id) ?? 0));
    this.#totals.set(name, { cpuMs, byInstance });
    return cpuMs;
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
