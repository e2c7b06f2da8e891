/**
 * The scheduling framework, as in Kubernetes: what a plugin is. A plugin has a name and takes part at one or more extension
 * points. PreFilter looks at the pod once, and gives the filter that is then asked about each node; PreScore does the same for
 * scores. A plugin that has nothing to say about a pod returns nothing there (Kubernetes' Skip), and costs nothing more.
 *
 * A plugin decides by what it is given alone (the pod, the snapshot, the store's objects): it starts nothing and writes nothing.
 */
import type { Random } from "../outside/index.ts";
import type { KindName, KubernetesObject, ObjectOf, Pod } from "../resources/index.ts";
import type { Change, Store } from "../store/index.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Snapshot } from "./snapshot.ts";

/** Why a node cannot take a pod. */
export interface Refusal {
  /** `Insufficient cpu`; one for each resource that is short. */
  readonly reasons: readonly string[];
  /** Kubernetes says UnschedulableAndUnresolvable: no pod that went away could let this one in. */
  readonly isFinal: boolean;
}

/** Asks one node; nothing where it can take the pod. Reads the snapshot as it is at the time of the call. */
export type Filter = (nodeInfo: NodeInfo) => Refusal | undefined;

/** What a plugin says of a pod before any node is asked. */
export interface PreFilterResult {
  readonly filter?: Filter;
  /** Names of the only nodes that come into question; the others are not asked. */
  readonly onlyNodes?: ReadonlySet<string>;
  /** Why the pod can be placed nowhere, as things are. */
  readonly rejection?: string;
}

/** How well nodes suit a pod: higher is better. */
export interface Scorer {
  /** Any whole number; from 0 to 100 where there is no `normalize`. */
  readonly score: (nodeInfo: NodeInfo) => number;
  /** Brings the scores of all nodes, in place, into the range from 0 to 100. */
  readonly normalize?: (scores: number[]) => void;
}

export const maxScore = 100;

/**
 * A change that may make a pod schedulable which the plugin refused (Kubernetes: ClusterEventWithHint). Of pods those that have a
 * node are told; a pod whose own spec or labels change is tried again without being asked about.
 */
export interface QueueingHint {
  readonly kind: KindName;
  /** Whether the change may help this pod. */
  readonly helps: (pod: Pod, change: Change, look: Look) => boolean;
}

/** A hint whose function gets the objects as those of the kind that they are. */
export function hint<K extends KindName>(
  kind: K,
  helps: (pod: Pod, change: Change<ObjectOf<K>>, look: Look) => boolean,
): QueueingHint {
  return { kind, helps: (pod, change, look) => helps(pod, change as Change<ObjectOf<K>>, look) };
}

export interface Plugin {
  readonly name: string;
  /** PreEnqueue: why the pod is not to be tried yet. */
  readonly preEnqueue?: (pod: Pod) => string | undefined;
  /** PreFilter and Filter. */
  readonly preFilter?: (
    pod: Pod,
    look: Look,
  ) => PreFilterResult | undefined | Promise<PreFilterResult | undefined>;
  /** PreScore, Score and NormalizeScore. `nodeInfos`: the nodes that can take the pod, at least two. */
  readonly preScore?: (
    pod: Pod,
    nodeInfos: readonly NodeInfo[],
    look: Look,
  ) => Scorer | undefined | Promise<Scorer | undefined>;
  /** PostFilter: what could be done for a pod that fits nowhere. */
  readonly postFilter?: (unschedulable: Unschedulable, handle: Handle) => PostFilterResult;
  /**
   * PreBind: what must be so before the pod is given the node: objects as they are to be written (each read from the store), for which the pod
   * waits then. Undefined where nothing is missing.
   */
  readonly preBind?: (pod: Pod, nodeInfo: NodeInfo, look: Look) => readonly KubernetesObject[] | undefined;
  /** QueueSort: whether the first pod goes before the second. */
  readonly queueSort?: (one: Pod, other: Pod) => number;
  /**
   * What would have to change for a node to take the pod, which the plugin refused there: a phrase for each thing, with the figures.
   * For reports alone; without it the plugin's reasons stand for themselves.
   */
  readonly remedies?: (pod: Pod, look: Look) => (nodeInfo: NodeInfo) => readonly string[];
  /** What PostFilter could do for the pod on one node that refused it, or why nothing: a sentence for reports. */
  readonly prospect?: (nodeInfo: NodeInfo, unschedulable: Asked, look: Look) => string;
  /** Where its code lies, as the configuration says; undefined where it is built in. */
  readonly module?: string;
  /** Which changes may help a pod that it refused. */
  readonly hints?: readonly QueueingHint[];
  /** Ends what it has begun. */
  readonly close?: () => Promise<void>;
}

/** What plugins can look at. */
export interface Look {
  readonly snapshot: Snapshot;
  readonly store: Pick<Store, "get" | "list">;
}

/** The same in a scheduling cycle (Kubernetes: framework.Handle). */
export interface Handle extends Look {
  readonly random: Random;
}

/** A refusal, and the plugin that made it. */
export interface NodeRefusal extends Refusal {
  readonly plugin: string;
}

export interface Rejection {
  readonly plugin: string;
  readonly message: string;
  /** Whether the plugin failed: it threw, or took too long. */
  readonly isFailure?: true;
}

/** A pod, and what was found when nodes were asked whether they can take it. */
export interface Asked {
  readonly pod: Pod;
  /** Why not, by node. A node that was not asked is not in it. */
  readonly refusals: ReadonlyMap<NodeInfo, Refusal>;
  /** Whether the node could take the pod, asked again as the snapshot is now. */
  readonly fits: (nodeInfo: NodeInfo) => Refusal | undefined;
}

/** What was found of a pod that fits nowhere. */
export interface Unschedulable extends Asked {
  /** Which plugin refused first, too. */
  readonly refusals: ReadonlyMap<NodeInfo, NodeRefusal>;
  /** How many nodes there are. */
  readonly nodes: number;
  /** What keeps the pod from all nodes alike. */
  readonly rejection?: Rejection;
  /** Why those nodes were not asked that are not among the refusals. */
  readonly unasked?: NodeRefusal;
}

export type PostFilterResult =
  /** These pods are to go so that the pod fits on the node. */
  | { readonly nominated: NodeInfo; readonly victims: readonly Pod[] }
  /** Nothing can be done; `keepsNomination` where the pod still waits for the node that it was promised. */
  | { readonly message: string; readonly keepsNomination: boolean };

/** Brings scores in place into the range from 0 to 100 by the highest of them, turned round where fewer is better. */
export function normalizeByHighest(scores: number[], isReverse = false): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let i = 0; i < scores.length; i++) {
    const share = highest === 0 ? 0 : Math.trunc((maxScore * (scores[i] ?? 0)) / highest);
    scores[i] = isReverse ? maxScore - share : share;
  }
}
