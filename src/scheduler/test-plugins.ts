/** What tests of plugins are told with: pods and nodes as they would be read, and what a plugin says of them. */
import { node, pod } from "../loop/test-cluster.ts";
import { seededRandom } from "../outside/index.ts";
import type { KindName, KubernetesObject, Node, Pod, PodSpec } from "../resources/index.ts";
import type { Handle, Plugin } from "./framework.ts";
import { Snapshot } from "./snapshot.ts";

let uids = 0;

export function aPod(spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod {
  const made = pod(`p${uids}`, { uid: `${uids++}`, labels }, spec) as Pod;
  return { ...made, metadata: { ...made.metadata, namespace: "demo" } };
}

export function aNode(
  name: string,
  labels: Record<string, string> = {},
  spec: Node["spec"] = {},
  status: Node["status"] = {},
): Node {
  const draft = node(name, { cpu: "2", memory: "1Gi", pods: "2", "example.com/gpu": "1" }, spec) as Node;
  return {
    ...draft,
    metadata: { ...draft.metadata, labels: { ...draft.metadata.labels, ...labels } },
    status: { ...draft.status, ...status },
  };
}

export function asking(cpu: string, more: Record<string, string> = {}): Partial<PodSpec> {
  return { containers: [{ name: "app", resources: { requests: { cpu, ...more } } }] };
}

/** A world of these nodes and pods, and of other objects. */
export function handleOf(
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  objects: readonly KubernetesObject[] = [],
): Handle {
  const get = (kind: KindName, namespace: string, name: string) =>
    objects.find(
      each =>
        each.kind === kind && (each.metadata.namespace ?? "") === namespace && each.metadata.name === name,
    );
  const list = (kind: KindName) => objects.filter(each => each.kind === kind);
  const snapshot = new Snapshot(namespace => get("Namespace", "", namespace)?.metadata.labels);
  snapshot.fill(nodes, pods);
  return { snapshot, store: { get, list } as unknown as Handle["store"], random: seededRandom(1) };
}

/** Why the plugin refuses the pod on each node; "" where it does not. What it says before any node is asked stands for all. */
export function refusals(
  plugin: Plugin,
  asked: Pod,
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  objects: readonly KubernetesObject[] = [],
): string[] {
  const handle = handleOf(nodes, pods, objects);
  const result = plugin.preFilter?.(asked, handle);
  if (result instanceof Promise) throw new Error("the plugin answers later");
  return handle.snapshot.nodeInfos.map(
    nodeInfo => result?.rejection ?? result?.filter?.(nodeInfo)?.reasons.join() ?? "",
  );
}

/** What the plugin scores each node; undefined where it has nothing to say. */
export function scores(
  plugin: Plugin,
  asked: Pod,
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  objects: readonly KubernetesObject[] = [],
): number[] | undefined {
  const handle = handleOf(nodes, pods, objects);
  const { nodeInfos } = handle.snapshot;
  const scorer = plugin.preScore?.(asked, nodeInfos, handle);
  if (scorer instanceof Promise) throw new Error("the plugin answers later");
  const given = scorer && nodeInfos.map(scorer.score);
  if (given) scorer?.normalize?.(given);
  return given;
}
