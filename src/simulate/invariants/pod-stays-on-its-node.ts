/** A pod that was given a node keeps it. */
import type { Pod } from "../../resources/index.ts";
import type { MakeInvariant } from "../invariant.ts";

export const podStaysOnItsNode: MakeInvariant = () => {
  const nodes = new Map<string, string>();
  return {
    name: "no pod is on two nodes",
    written({ type, key, object }) {
      if (key.kind !== "Pod") return undefined;
      const { uid } = object.metadata;
      const before = nodes.get(uid);
      const { nodeName } = (object as Pod).spec;
      if (type === "DELETED") nodes.delete(uid);
      else if (nodeName !== undefined) nodes.set(uid, nodeName);
      if (before === undefined || before === nodeName) return undefined;
      return `${key.namespace}/${key.name} was on ${before} and is on ${nodeName}`;
    },
  };
};
