/**
 * Tells of nodes that come and go, as Kubernetes' node life cycle controller does: `RegisteredNode` and `RemovingNode`. Which nodes it
 * knows it remembers itself, as that one does: one that begins anew tells of all nodes there are.
 */
import { controller, settled } from "../loop/index.ts";
import type { Node } from "../resources/index.ts";
import { controllerWriter } from "../store/index.ts";

export function nodeRegistration() {
  /** By name. */
  const known = new Map<string, Node>();
  return controller({
    name: "node-registration-controller",
    // It is a part of that one there, and its events say so.
    writer: controllerWriter("node-controller"),
    kind: "Node",
    wokenBy: [],
    concerns: node => known.get(node.metadata.name)?.metadata.uid !== node.metadata.uid,
    async reconcile(node, world) {
      const { name } = node.metadata;
      known.set(name, node);
      const what = `Registered Node ${name} in Controller`;
      world.event(node, "Normal", "RegisteredNode", `Node ${name} event: ${what}`);
      return settled;
    },
    async gone({ name }, world) {
      const node = known.get(name);
      known.delete(name);
      const what = `Removing Node ${name} from Controller`;
      if (node) world.event(node, "Normal", "RemovingNode", `Node ${name} event: ${what}`);
      return settled;
    },
  });
}
