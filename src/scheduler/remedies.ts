/**
 * What would have to change on a node for a pod to fit there, one sentence for each plugin that refuses it: the verdict of Kubernetes
 * says what is wrong in general, this says which taint, which label, how much of what.
 */
import { hostPortsOf, isSuited, isTolerated, type Pod } from "../resources/index.ts";
import type { NodeInfo } from "./node-info.ts";
import { amountOf, requestsOf } from "./requests.ts";

type Remedy = (pod: Pod, nodeInfo: NodeInfo) => readonly string[];

/** `reasons` is what the plugin said of the node; it stands for itself where nothing more is known. */
export function remediesFor(
  plugin: string,
  reasons: readonly string[],
  pod: Pod,
  nodeInfo: NodeInfo,
): readonly string[] {
  return remedies[plugin]?.(pod, nodeInfo) ?? reasons.map(reason => `${plugin}: ${reason}`);
}

const remedies: Readonly<Record<string, Remedy | undefined>> = {
  NodeUnschedulable: (_, { node }) => [`kubectl uncordon ${node.metadata.name}`],
  TaintToleration: (pod, { node }) =>
    (node.spec?.taints ?? [])
      .filter(taint => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, pod.spec.tolerations))
      .map(({ key, value, effect }) => {
        const taint = `${key}${value ? `=${value}` : ""}:${effect}`;
        return `the pod tolerates the taint ${taint}, or it is removed: kubectl taint node ${node.metadata.name} ${taint}-`;
      }),
  NodeAffinity(pod, { node }) {
    const labels = node.metadata.labels ?? {};
    const missing = Object.entries(pod.spec.nodeSelector ?? {})
      .filter(([key, value]) => labels[key] !== value)
      .map(([key, value]) => `the label ${key}=${value} (it has ${key in labels ? labels[key] : "none"})`);
    if (missing.length > 0) return missing;
    return isSuited(pod, node)
      ? ["the affinity that the profile adds"]
      : ["one of the terms of its node affinity"];
  },
  NodeName: ({ spec }) => [`the pod names the node ${spec.nodeName}`],
  NodePorts: (pod, { hostPorts, pods }) =>
    [...hostPorts].flatMap(([uid, taken]) =>
      hostPortsOf(pod)
        .filter(port => taken.some(({ hostPort }) => hostPort === port.hostPort))
        .map(({ hostPort }) => `the port ${hostPort} is free, which ${nameOf(pods.get(uid))} has`),
    ),
  NodeResourcesFit(pod, { allocatable, requested }) {
    const wanted = requestsOf(pod);
    const unit = (resource: string, amount: number) => (resource === "cpu" ? `${amount}m` : String(amount));
    return ["pods", "cpu", "memory", ...wanted.others.keys()].flatMap(resource => {
      const [needs, has] = [amountOf(wanted, resource), amountOf(allocatable, resource)];
      const free = has - amountOf(requested, resource);
      if (needs === 0 || needs <= free) return [];
      const missing = `${unit(resource, needs - free)} more ${resource}`;
      return [
        `${missing} (it requests ${unit(resource, needs)}; ${unit(resource, free)} of ${unit(resource, has)} are free)`,
      ];
    });
  },
};

function nameOf(pod: Pod | undefined): string {
  return pod ? `${pod.metadata.namespace}/${pod.metadata.name}` : "another pod";
}
