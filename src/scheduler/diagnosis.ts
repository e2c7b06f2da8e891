/**
 * The diagnosis of a pod that waits: what every plugin says of every node now, where a cycle asks no further than the first that
 * refuses; the scores of the nodes that can take it; and where none can, what preemption could do. Nothing is decided, and
 * nothing is written.
 */
import { messageOf } from "../errors/index.ts";
import type { Pod } from "../resources/index.ts";
import { type PluginScores, scoresOf, withPromised } from "./cycle.ts";
import type { Look, Plugin, PreFilterResult, Refusal } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Profile } from "./profile.ts";
import { type NodeReport, nodeReports, type RefusedNode } from "./report.ts";

interface Answer {
  readonly plugin: Plugin;
  readonly result: PreFilterResult;
}

/** Pods that were promised a node count there, as they do in a cycle. */
export async function diagnosis(pod: Pod, profile: Profile, look: Look): Promise<NodeReport[]> {
  const answers = await answersOf(pod, profile, look);
  const isRejected = answers.some(({ result }) => result.rejection !== undefined);
  const ask = asker(answers, pod, look);
  const feasible: NodeInfo[] = [];
  const refused: RefusedNode[] = [];
  const first = new Map<NodeInfo, Refusal>();
  for (const nodeInfo of look.snapshot.nodeInfos) {
    const found = ask(nodeInfo);
    if (found) {
      refused.push({ nodeInfo, refusals: found.refusals, remedies: found.remedies });
      first.set(nodeInfo, found.first);
    } else feasible.push(nodeInfo);
  }
  if (feasible.length > 0) {
    const scores = feasible.length > 1 ? await scoresOf(pod, profile, feasible, look) : [];
    if (isTable(scores)) return nodeReports(feasible, scores, refused);
    const { plugin, message } = scores;
    const failed = feasible.map(nodeInfo => ({
      nodeInfo,
      refusals: { [plugin]: [message] },
      remedies: [message],
    }));
    return nodeReports([], [], [...failed, ...refused]);
  }
  const prospect = isRejected ? undefined : profile.postFilter.find(each => each.prospect)?.prospect;
  if (!prospect) return nodeReports([], [], refused);
  const unschedulable = { pod, refusals: first, fits: (nodeInfo: NodeInfo) => ask(nodeInfo)?.first };
  const withProspects = refused.map(each => ({
    ...each,
    preemption: prospect(each.nodeInfo, unschedulable, look),
  }));
  return nodeReports([], [], withProspects);
}

function isTable(scores: readonly PluginScores[] | object): scores is readonly PluginScores[] {
  return Array.isArray(scores);
}

/** What the plugins say before any node is asked. One that fails refuses all nodes. */
async function answersOf(pod: Pod, profile: Profile, look: Look): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const plugin of profile.filter) {
    try {
      const result = await plugin.preFilter?.(pod, look);
      if (result) answers.push({ plugin, result });
    } catch (error) {
      const { remedies: _, ...failed } = plugin;
      answers.push({ plugin: failed, result: { rejection: messageOf(error) } });
    }
  }
  return answers;
}

interface Found extends Pick<NodeReport, "refusals" | "remedies"> {
  /** As a cycle would have seen it. */
  readonly first: Refusal;
}

/** Asks a node about everything; nothing where it can take the pod. */
function asker(answers: readonly Answer[], pod: Pod, look: Look): (nodeInfo: NodeInfo) => Found | undefined {
  const asked = answers.map(({ plugin, result: { rejection, filter } }) => {
    const everywhere: Refusal | undefined =
      rejection === undefined ? undefined : { reasons: [rejection], isFinal: true };
    return { plugin, filter: everywhere ? () => everywhere : filter, remedies: plugin.remedies?.(pod, look) };
  });
  return withPromised(pod, look.snapshot, nodeInfo => {
    const refusals: Record<string, readonly string[]> = {};
    const needed: string[] = [];
    let first: Refusal | undefined;
    for (const { plugin, filter, remedies } of asked) {
      const refusal = filter?.(nodeInfo);
      if (!refusal) continue;
      first ??= refusal;
      refusals[plugin.name] = refusal.reasons;
      const found = remedies?.(nodeInfo) ?? [];
      needed.push(
        ...(found.length > 0 ? found : refusal.reasons.map(reason => `${wordsOf(plugin)}: ${reason}`)),
      );
    }
    return first && { first, refusals, remedies: needed };
  });
}

/** Whose words they are. */
function wordsOf({ name, module }: Plugin): string {
  return module === undefined ? name : `${name} (${module})`;
}
