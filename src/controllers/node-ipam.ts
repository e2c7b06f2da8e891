/**
 * Gives each node of another process its own range of pod addresses (`spec.podCIDR`), as Kubernetes' node-ipam controller does, so that pods of
 * different processes never have one address. The nodes of this process share the lower half of all pod addresses, and need none.
 */

import { type Controller, controller, refused, settled } from "../loop/index.ts";
import { addressText, firstFarAddress, lastPodAddress } from "../messages/index.ts";
import type { Node } from "../resources/index.ts";

/** Of a /24, as nodes have by default. */
const size = 256;

/** @param isOfThisProcess whether a node runs here */
export function nodeIpam(isOfThisProcess: (name: string) => boolean): Controller<"Node"> {
  const wants = ({ metadata, spec }: Node) => !spec?.podCIDR && !isOfThisProcess(metadata.name);
  return controller({
    name: "node-ipam-controller",
    kind: "Node",
    wokenBy: [],
    concerns: wants,
    // One after the other: none is given twice.
    concurrency: 1,
    async reconcile(node, world) {
      if (!wants(node)) return settled;
      const taken = new Set(world.list("Node").map(({ spec }) => spec?.podCIDR));
      for (let start = firstFarAddress; start <= lastPodAddress; start += size) {
        const podCIDR = `${addressText(start)}/24`;
        if (taken.has(podCIDR)) continue;
        await world.update({ ...node, spec: { ...node.spec, podCIDR, podCIDRs: [podCIDR] } });
        return settled;
      }
      world.event(
        node,
        "Normal",
        "CIDRNotAvailable",
        `Node ${node.metadata.name} status is now: CIDRNotAvailable`,
      );
      return refused;
    },
  });
}
