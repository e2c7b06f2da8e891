/**
 * A plugin of a user, as the framework sees it: all nodes are asked at once, in the plugin's thread (plugin-host.ts), before the
 * filters of the cycle run. What the functions return is checked: a wrong answer is a fault of the plugin like an error.
 */
import { thrownMessage } from "../errors/index.ts";
import { isSame, type Node } from "../resources/index.ts";
import { hint, maxScore, type Plugin, type Refusal } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PluginHost } from "./plugin-host.ts";

/** `module`: where its code lies, as the configuration says. */
export function ownPlugin(name: string, module: string, host: Pick<PluginHost, "call" | "close">): Plugin {
  const refused = `node(s) were refused by the plugin ${name}`;
  return {
    name,
    module,
    async preFilter(pod, { snapshot }) {
      const answers = await host.call("filter", pod, snapshot.nodeInfos);
      if (!answers) return undefined;
      const refusals = new Map<NodeInfo, Refusal | undefined>();
      for (const [nodeInfo, answer] of answers) refusals.set(nodeInfo, refusalOf(answer, refused));
      // A node that came meanwhile was not asked.
      const unknown: Refusal = { reasons: [refused], isFinal: true };
      return { filter: nodeInfo => (refusals.has(nodeInfo) ? refusals.get(nodeInfo) : unknown) };
    },
    async preScore(pod, nodeInfos) {
      const answers = await host.call("score", pod, nodeInfos);
      if (!answers) return undefined;
      const scores = new Map<NodeInfo, number>();
      for (const [nodeInfo, answer] of answers) scores.set(nodeInfo, scoreOf(answer));
      return { score: nodeInfo => scores.get(nodeInfo) ?? 0 };
    },
    // Nothing is known of what it looks at.
    hints: [
      hint("Node", (_, { object, previous }) => !isHeartbeat(object, previous)),
      hint("Pod", () => true),
    ],
    close: () => host.close(),
  };
}

function isHeartbeat(node: Node, before: Node | undefined): boolean {
  return (
    node.spec === before?.spec &&
    node.metadata.labels === before?.metadata.labels &&
    isSame(node.metadata.annotations, before?.metadata.annotations) &&
    isSame(node.status?.allocatable, before?.status?.allocatable)
  );
}

function refusalOf(answer: unknown, refused: string): Refusal | undefined {
  if (answer === true) return undefined;
  if (answer === false) return { reasons: [refused], isFinal: false };
  if (typeof answer === "string" && answer !== "") return { reasons: [answer], isFinal: false };
  throw new TypeError(`filter must return true, false or a reason, not ${thrownMessage(answer)}`);
}

function scoreOf(answer: unknown): number {
  if (typeof answer === "number" && answer >= 0 && answer <= maxScore) return answer;
  throw new TypeError(`score must return a number from 0 to ${maxScore}, not ${thrownMessage(answer)}`);
}
