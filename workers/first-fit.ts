import { ApiError, type Node, type Pod, type WorkerContext } from "k4s";

/**
 * A whole scheduler as a worker: puts each pod that asks for it (`schedulerName: first-fit`) on the first node, by name, that has
 * a place left among its pods. Two of its kind do no harm: a pod is bound once.
 */
export async function firstFit({ api, stopping, log }: WorkerContext) {
  for await (const { type, object } of api.watch("Pod", { signal: stopping })) {
    const pod = object as Pod;
    const isOurs = pod.spec.schedulerName === "first-fit" && !pod.spec.nodeName;
    if (!isOurs || (type !== "ADDED" && type !== "MODIFIED")) continue;
    const node = await firstWithRoom(api);
    if (!node) continue;
    const { name, namespace } = pod.metadata;
    try {
      await api.create({
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace },
        target: { kind: "Node", name: node.metadata.name },
      });
      log.info(`${name} goes to ${node.metadata.name}`);
    } catch (error) {
      // It has a node by now, or is gone.
      if (!(error instanceof ApiError && ["Conflict", "NotFound"].includes(error.reason))) throw error;
    }
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
