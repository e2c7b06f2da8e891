import { ApiError, type Node, type Pod, type WorkerContext } from "k4s";

/**
 * A whole scheduler as a worker: puts each pod that asks for it (`schedulerName: first-fit`) on the first node, by name, that has
 * a place left among its pods. Whenever a pod changes it looks at all that wait: one that goes may make room for them. Two of its
 * kind do no harm: a pod is bound once.
 */
export async function firstFit({ api, stopping, log }: WorkerContext) {
  for await (const { type } of api.watch("Pod", { signal: stopping })) {
    // Nothing has changed: it only says how far the watch has come.
    if (type === "BOOKMARK") continue;
    const pods = (await api.list("Pod")) as Pod[];
    for (const pod of pods.filter(isWaiting)) {
      const node = await firstWithRoom(api);
      if (!node) break;
      if (await bind(pod, node, api)) log.info(`${pod.metadata.name} goes to ${node.metadata.name}`);
    }
  }
}

function isWaiting({ metadata, spec }: Pod): boolean {
  return spec.schedulerName === "first-fit" && !spec.nodeName && !metadata.deletionTimestamp;
}

/** Resolves to false where it has a node by now, or is gone. */
async function bind({ metadata }: Pod, node: Node, api: WorkerContext["api"]): Promise<boolean> {
  try {
    await api.create({
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name: metadata.name, namespace: metadata.namespace },
      target: { kind: "Node", name: node.metadata.name },
    });
    return true;
  } catch (error) {
    if (error instanceof ApiError && ["Conflict", "NotFound"].includes(error.reason)) return false;
    throw error;
  }
}

async function firstWithRoom(api: WorkerContext["api"]): Promise<Node | undefined> {
  const nodes = (await api.list("Node")) as Node[];
  const pods = (await api.list("Pod")) as Pod[];
  const places = ({ metadata, status }: Node) =>
    Number(status?.allocatable?.pods ?? 0) -
    pods.filter(({ spec }) => spec.nodeName === metadata.name).length;
  const open = nodes.filter(node => !node.spec?.unschedulable && places(node) > 0);
  return open.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1))[0];
}
