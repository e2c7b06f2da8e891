/**
 * The scheduling cycle of one pod, over a snapshot: which nodes can take it (filter), and which of those suits it best (score);
 * among equals chance decides. With many nodes not all are asked. Like Kubernetes' scheduler it stops when it has found enough, and
 * goes on with the next pod where it stopped, so that each node has its turn.
 */
import { messageOf } from "../errors/index.ts";
import type { Pod } from "../resources/index.ts";
import type {
  Filter,
  Handle,
  Look,
  NodeRefusal,
  PreFilterResult,
  Refusal,
  Rejection,
  Scorer,
  Unschedulable,
} from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import { priorityOf } from "./plugins/index.ts";
import type { Profile } from "./profile.ts";

/** What one plugin gave to each node that can take the pod, in their order. */
export interface PluginScores {
  readonly plugin: string;
  readonly weight: number;
  readonly scores: readonly number[];
}

/** What came of a cycle. */
export interface Attempt extends Unschedulable {
  /** The nodes that can take the pod: all, or as many as were looked for. */
  readonly feasible: readonly NodeInfo[];
  /** Empty where there was nothing to choose from. */
  readonly scores: readonly PluginScores[];
  /** The best of them. */
  readonly chosen?: NodeInfo;
  /** A node went while plugins were waited for: nothing was chosen, and all is to be asked again. */
  readonly isOutdated?: true;
  /** How many nodes were asked of those that have their turn. */
  readonly asked: number;
}

interface NamedFilter {
  readonly plugin: string;
  readonly filter: Filter;
}

/** `from`: with which node the search begins. */
export async function schedulingCycle(
  pod: Pod,
  profile: Profile,
  handle: Handle,
  from: number,
): Promise<Attempt> {
  const { snapshot } = handle;
  const filters: NamedFilter[] = [];
  let only: Set<string> | undefined;
  const narrowing: string[] = [];
  const nothing = { pod, feasible: [], refusals: new Map(), scores: [], asked: 0, fits: () => undefined };
  const rejected = (rejection: Rejection) => ({ ...nothing, nodes: snapshot.nodeInfos.length, rejection });
  for (const { name, preFilter } of profile.filter) {
    let result: PreFilterResult | undefined;
    try {
      const given = preFilter?.(pod, handle);
      result = given instanceof Promise ? await given : given;
    } catch (error) {
      return rejected(failed(name, "filter", error));
    }
    if (!result) continue;
    const { filter, onlyNodes, rejection } = result;
    if (rejection !== undefined) return rejected({ plugin: name, message: rejection });
    if (filter) filters.push({ plugin: name, filter });
    if (onlyNodes) {
      narrowing.push(name);
      only = new Set([...onlyNodes].filter(each => only?.has(each) ?? true));
    }
  }
  // From here to the end of the search nothing is waited for: the snapshot stays as it is.
  const { nodeInfos } = snapshot;
  const fits = nodeFilter(pod, filters, handle);
  const found = only ? amongOnly(only, fits, handle) : search(pod, profile, nodeInfos, from, fits, handle);
  const attempt = {
    ...{ pod, nodes: nodeInfos.length, fits, ...found },
    ...(only && { unasked: unaskedBy(narrowing) }),
  };
  const [first] = found.feasible;
  if (found.feasible.length <= 1 || !first)
    return { scores: [], ...(first && { chosen: first }), ...attempt };
  const scores = await scoresOf(pod, profile, found.feasible, handle);
  if (areGone(found.feasible, handle)) return { scores: [], isOutdated: true, ...attempt };
  if ("message" in scores) return { scores: [], rejection: scores, ...attempt };
  return { scores, chosen: best(found.feasible, scores, handle) ?? first, ...attempt };
}

/** Asks a node, filter after filter. */
function nodeFilter(
  pod: Pod,
  filters: readonly NamedFilter[],
  { snapshot }: Handle,
): (nodeInfo: NodeInfo) => NodeRefusal | undefined {
  // Most refusals are the same object for every node: each gets its plugin's name once.
  const named = new Map<Refusal, NodeRefusal>();
  const ask = (nodeInfo: NodeInfo): NodeRefusal | undefined => {
    for (const { plugin, filter } of filters) {
      const refusal = filter(nodeInfo);
      if (!refusal) continue;
      const known = named.get(refusal) ?? { ...refusal, plugin };
      named.set(refusal, known);
      return known;
    }
    return undefined;
  };
  return withPromised(pod, snapshot, ask);
}

/**
 * Asks a node as if those were there already who were promised it and are as important as the pod. Where nothing speaks against it
 * then, it is asked as it is, too: they may be needed, and a pod near which this one wants to be is not there yet.
 */
export function withPromised<T>(
  pod: Pod,
  snapshot: Handle["snapshot"],
  ask: (nodeInfo: NodeInfo) => T | undefined,
): (nodeInfo: NodeInfo) => T | undefined {
  if (!snapshot.hasNominated) return ask;
  const priority = priorityOf(pod);
  const counts = ({ pod: other }: { readonly pod: Pod }) =>
    other.metadata.uid !== pod.metadata.uid && priorityOf(other) >= priority;
  return nodeInfo => {
    const nominated = snapshot.nominatedOn(nodeInfo);
    if (!nominated.some(counts)) return ask(nodeInfo);
    const found = snapshot.trial(nodeInfo, trial => {
      for (const other of nominated) if (counts(other)) trial.add(other.pod, other.taken);
      return ask(nodeInfo);
    });
    return found ?? ask(nodeInfo);
  };
}

type Search = Pick<Attempt, "feasible" | "refusals" | "asked">;

/** Asks one node after the other, from the given one on, until enough can take the pod, or all were asked. */
function search(
  { status }: Pod,
  { percentageOfNodesToScore }: Profile,
  nodeInfos: readonly NodeInfo[],
  from: number,
  fits: (nodeInfo: NodeInfo) => NodeRefusal | undefined,
  { snapshot }: Handle,
): Search {
  const refusals = new Map<NodeInfo, NodeRefusal>();
  // The node that the pod was promised is asked first, and is good enough.
  const promised = status?.nominatedNodeName ? snapshot.nodeInfo(status.nominatedNodeName) : undefined;
  if (promised && !fits(promised)) return { feasible: [promised], refusals, asked: 0 };
  const feasible: NodeInfo[] = [];
  const enough = enoughOf(nodeInfos.length, percentageOfNodesToScore);
  let asked = 0;
  for (; asked < nodeInfos.length && feasible.length < enough; asked++) {
    const place = from + asked;
    const nodeInfo = nodeInfos[place < nodeInfos.length ? place : place - nodeInfos.length];
    if (!nodeInfo) continue;
    const refusal = fits(nodeInfo);
    if (refusal) refusals.set(nodeInfo, refusal);
    else feasible.push(nodeInfo);
  }
  return { feasible, refusals, asked };
}

/** Asks the only nodes that come into question. */
function amongOnly(
  names: ReadonlySet<string>,
  fits: (nodeInfo: NodeInfo) => NodeRefusal | undefined,
  { snapshot }: Handle,
): Search {
  const refusals = new Map<NodeInfo, NodeRefusal>();
  const feasible: NodeInfo[] = [];
  for (const name of names) {
    const nodeInfo = snapshot.nodeInfo(name);
    const refusal = nodeInfo && fits(nodeInfo);
    if (nodeInfo && refusal) refusals.set(nodeInfo, refusal);
    else if (nodeInfo) feasible.push(nodeInfo);
  }
  return { feasible, refusals, asked: 0 };
}

function unaskedBy(plugins: readonly string[]): NodeRefusal {
  const reasons = [`node(s) didn't satisfy plugin(s) [${plugins.join(" ")}]`];
  return { plugin: plugins[0] ?? "", reasons, isFinal: true };
}

/** How many of so many nodes are worth ranking: all of a hundred, half of a few hundred, 5 % of very many. */
export function enoughOf(nodes: number, percentage = 0): number {
  const percent = percentage > 0 ? percentage : Math.max(5, Math.trunc(50 - nodes / 125));
  return Math.max(100, Math.trunc((nodes * percent) / 100));
}

/** What each plugin gives to these nodes, at least two; or which of them failed. Nothing where one of the nodes goes meanwhile. */
export async function scoresOf(
  pod: Pod,
  profile: Profile,
  nodeInfos: readonly NodeInfo[],
  look: Look,
): Promise<PluginScores[] | Rejection> {
  const table: PluginScores[] = [];
  for (const { plugin, weight } of profile.score) {
    let scorer: Scorer | undefined;
    try {
      const given = plugin.preScore?.(pod, nodeInfos, look);
      scorer = given instanceof Promise ? await given : given;
    } catch (error) {
      return failed(plugin.name, "score", error);
    }
    if (areGone(nodeInfos, look)) return [];
    if (!scorer) continue;
    const scores = nodeInfos.map(scorer.score);
    scorer.normalize?.(scores);
    table.push({ plugin: plugin.name, weight, scores });
  }
  return table;
}

function areGone(nodeInfos: readonly NodeInfo[], { snapshot }: Look): boolean {
  return nodeInfos.some(each => !snapshot.isThere(each));
}

/** A plugin that fails costs the pod its placement. */
function failed(plugin: string, point: string, error: unknown): Rejection {
  return { plugin, message: `running "${plugin}" ${point} plugin: ${messageOf(error)}`, isFailure: true };
}

/** The node with the highest sum; every equal has the same chance. */
function best(
  nodeInfos: readonly NodeInfo[],
  table: readonly PluginScores[],
  { random }: Handle,
): NodeInfo | undefined {
  let winner: NodeInfo | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let equals = 0;
  for (let i = 0; i < nodeInfos.length; i++) {
    let sum = 0;
    for (const { weight, scores } of table) sum += weight * (scores[i] ?? 0);
    if (sum < highest) continue;
    equals = sum > highest ? 1 : equals + 1;
    if (equals === 1 || random.below(equals) === 0) winner = nodeInfos[i];
    highest = sum;
  }
  return winner;
}
