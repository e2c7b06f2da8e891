/**
 * The ports of its node that a pod takes (`hostPort`): each is one pod's alone, for each protocol and address of the node. The scheduler
 * asks before it binds a pod, and the node before it takes one in.
 */
import type { ContainerPort, Pod } from "./generated/kubernetes.gen.ts";
import { servingContainers } from "./serving-containers.ts";

const noPorts: readonly ContainerPort[] = [];
const anyAddress = "0.0.0.0";

/** The ports of the containers, and of those that start before and stay. */
export function hostPortsOf(pod: Pick<Pod, "spec">): readonly ContainerPort[] {
  const containers = servingContainers(pod);
  // Hardly any pod takes one, and this is asked of every pod.
  if (!containers.some(({ ports }) => ports?.some(isHostPort))) return noPorts;
  return containers.flatMap(({ ports = [] }) => ports.filter(isHostPort));
}

function isHostPort({ hostPort }: ContainerPort): boolean {
  return hostPort !== undefined && hostPort > 0;
}

/** Whether both cannot be had on one node. */
export function hostPortsClash(one: ContainerPort, other: ContainerPort): boolean {
  if (one.hostPort !== other.hostPort || (one.protocol ?? "TCP") !== (other.protocol ?? "TCP")) return false;
  const [here, there] = [one.hostIP || anyAddress, other.hostIP || anyAddress];
  return here === there || here === anyAddress || there === anyAddress;
}
