/** NodePorts: a port of a node (`hostPort`) is one pod's alone, for each protocol and address of the node. */
import { type ContainerPort, hasEnded, type Pod } from "../../resources/index.ts";
import type { Plugin, Refusal } from "../framework.ts";
import { hostPortsOf } from "../node-info.ts";

const refusal: Refusal = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  isFinal: false,
};
const anyAddress = "0.0.0.0";

export function nodePorts(): Plugin {
  return {
    name: "NodePorts",
    preFilter(pod) {
      const wanted = hostPortsOf(pod);
      if (wanted.length === 0) return undefined;
      return {
        filter: ({ hostPorts }) => {
          for (const taken of hostPorts.values())
            for (const port of wanted) if (taken.some(each => clash(port, each))) return refusal;
          return undefined;
        },
      };
    },
    hints: [
      {
        kind: "Pod",
        helps: (pod, { type, object, previous }) => {
          const before = previous as Pod | undefined;
          if (!before?.spec.nodeName || (type !== "DELETED" && !hasEnded(object as Pod))) return false;
          const freed = hostPortsOf(before);
          return hostPortsOf(pod).some(port => freed.some(each => clash(port, each)));
        },
      },
      { kind: "Node", helps: (_, { previous }) => !previous },
    ],
  };
}

function clash(one: ContainerPort, other: ContainerPort): boolean {
  if (one.hostPort !== other.hostPort || (one.protocol ?? "TCP") !== (other.protocol ?? "TCP")) return false;
  const [here, there] = [one.hostIP || anyAddress, other.hostIP || anyAddress];
  return here === there || here === anyAddress || there === anyAddress;
}
