/** NodeName: a pod that names its node goes there alone. Such a pod seldom comes here: the node takes it without being asked. */
import { hint, type Plugin, type Refusal } from "../framework.ts";

const refusal: Refusal = { reasons: ["node(s) didn't match the requested node name"], isFinal: true };

export function nodeName(): Plugin {
  return {
    name: "NodeName",
    preFilter: ({ spec: { nodeName } }) =>
      nodeName
        ? { filter: ({ node }) => (node.metadata.name === nodeName ? undefined : refusal) }
        : undefined,
    remedies:
      ({ spec }) =>
      () => [`the pod names the node ${spec.nodeName}: it goes there or nowhere`],
    hints: [hint("Node", ({ spec }, { key, previous }) => !previous && spec.nodeName === key.name)],
  };
}
