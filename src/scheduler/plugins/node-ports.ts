/** NodePorts: a port of a node (`hostPort`) is one pod's alone, for each protocol and address of the node. */
import {
  type ContainerPort,
  hasEnded,
  hostPortsClash,
  hostPortsOf,
  type Pod,
} from "../../resources/index.ts";
import { namesOf } from "../explain.ts";
import { hint, type Plugin, type Refusal } from "../framework.ts";

const refusal: Refusal = {
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  isFinal: false,
};

export function nodePorts(): Plugin {
  return {
    name: "NodePorts",
    preFilter(pod) {
      const wanted = hostPortsOf(pod);
      if (wanted.length === 0) return undefined;
      return {
        filter: ({ hostPorts }) => {
          for (const taken of hostPorts.values())
            for (const port of wanted) if (taken.some(each => hostPortsClash(port, each))) return refusal;
          return undefined;
        },
      };
    },
    remedies:
      pod =>
      ({ hostPorts, pods }) =>
        hostPortsOf(pod).flatMap(port =>
          [...hostPorts]
            .filter(([, taken]) => taken.some(each => hostPortsClash(port, each)))
            .map(([uid]) => `the port ${nameOf(port)} is free, which ${holderOf(pods.get(uid))} has`),
        ),
    hints: [
      hint("Pod", (pod, { type, object, previous: before }) => {
        if (!before?.spec.nodeName || (type !== "DELETED" && !hasEnded(object))) return false;
        const freed = hostPortsOf(before);
        return hostPortsOf(pod).some(port => freed.some(each => hostPortsClash(port, each)));
      }),
      hint("Node", (_, { previous }) => !previous),
    ],
  };
}

/** `8080`, `53/UDP`, `10.0.0.1:8080`. */
function nameOf({ hostPort, protocol = "TCP", hostIP }: ContainerPort): string {
  return `${hostIP ? `${hostIP}:` : ""}${hostPort}${protocol === "TCP" ? "" : `/${protocol}`}`;
}

function holderOf(pod: Pod | undefined): string {
  return pod ? namesOf([pod]) : "another pod";
}
