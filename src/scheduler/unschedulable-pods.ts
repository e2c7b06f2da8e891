/**
 * The pods that were tried and fit nowhere. Those that are equivalent stand together (the pods of one ReplicaSet, mostly): where
 * one of them does not fit, none does, so a thousand pods that fit nowhere cost as much as one. When a queueing hint of a plugin
 * that refused them says that a change may help, one of each group is queued again, and after each that fits the next; until
 * then, what was found for one holds for all.
 *
 * A plugin of a user may take its time: what changes while a pod is being tried is kept (in-flight-changes.ts), and where it may have
 * helped, the pod is tried again at once. A pod that is tried again and again waits longer each time (tries.ts), unless there is nothing
 * else to do.
 */
import { hasEnded, isTerminating, type Pod } from "../resources/index.ts";
import type { Change } from "../store/index.ts";
import { equivalenceOf } from "./equivalence.ts";
import type { Look, QueueingHint } from "./framework.ts";
import { InFlightChanges } from "./in-flight-changes.ts";
import { type BackOffMs, Tries } from "./tries.ts";

/** After so long a pod is tried again in any case: a hint may be missing. As in Kubernetes. */
const longestMs = 300_000;

/** What was found of a pod that fits nowhere. */
export interface Verdict {
  readonly message: string;
  /** The plugins that refused it. */
  readonly plugins: ReadonlySet<string>;
  /** Whether it holds for this pod alone: another may yet push out pods of its own, or be another to a plugin of a user. */
  readonly isOwn: boolean;
}

interface Group {
  readonly pods: Map<string, Pod>;
  readonly verdict: Verdict;
  /** When it was found, in milliseconds, as `elapsed` of clocks. */
  readonly at: number;
  /** Whether a change may have helped since: then one of the pods is being tried. */
  isWoken: boolean;
  /** Which, in Kubernetes' words: `NodeAdd`, `AssignedPodDelete`. */
  wokenBy?: string;
}

export class UnschedulablePods {
  readonly #hintsOf: (pod: Pod, plugin: string) => readonly QueueingHint[];
  readonly #look: Look;
  readonly #tries: Tries;
  /** By what makes pods equivalent. */
  readonly #groups = new Map<string, Group>();
  /** In which group each pod stands, by uid. */
  readonly #keys = new Map<string, string>();
  #woken: Pod[] = [];
  readonly #meanwhile = new InFlightChanges();

  /** `hintsOf`: the hints of a plugin, in the profile of the pod. */
  constructor(
    hintsOf: (pod: Pod, plugin: string) => readonly QueueingHint[],
    look: Look,
    backOff: BackOffMs,
  ) {
    this.#hintsOf = hintsOf;
    this.#look = look;
    this.#tries = new Tries(backOff);
  }

  /** An attempt begins: from now on, until `end`, changes are kept for the pod that is tried. */
  begin({ metadata: { uid } }: Pod): void {
    this.#meanwhile.begin(uid);
  }

  end(): void {
    this.#meanwhile.end();
  }

  /**
   * The pod was tried, and fits nowhere. It is woken already where something changed meanwhile that may have helped, and does not
   * wait at all where it is gone or has its node by now. `now`: milliseconds, as `elapsed` of clocks.
   */
  add(pod: Pod, verdict: Verdict, now: number): void {
    const { uid } = pod.metadata;
    const left = this.#leave(uid);
    const own = this.#meanwhile.kept.filter(
      ({ key, object }) => key.kind === "Pod" && object.metadata.uid === uid,
    );
    if (own.some(({ type, object }) => isOver(object as Pod, type))) return;
    const key = verdict.isOwn ? uid : equivalenceOf(pod);
    const pods = this.#groups.get(key)?.pods ?? new Map<string, Pod>();
    const group: Group = { pods: pods.set(uid, pod), verdict, at: now, isWoken: false };
    this.#groups.set(key, group);
    // A pod that stands apart from now on was the one that was tried for its group: the next is.
    if (left?.isWoken && left.pods !== pods) this.#wakeFirst(left);
    this.#keys.set(uid, key);
    this.countTry(uid, now);
    const event = own.length > 0 ? "UnscheduledPodUpdate" : this.#eventThatHelps(group);
    if (event === undefined) return;
    group.isWoken = true;
    group.wokenBy = event;
  }

  #eventThatHelps(group: Group): string | undefined {
    if (this.#meanwhile.isOutdated) return "ForceActivate";
    const change = this.#meanwhile.kept.find(each => this.#mayHelp(group, each));
    return change && eventOf(change);
  }

  /** The pod was tried once more. Returns for how many milliseconds it is to wait now. */
  countTry(uid: string, now: number): number {
    return this.#tries.count(uid, now);
  }

  /** What was found for the pod or an equivalent one, if no change may have helped since. Joins them. */
  verdictFor(pod: Pod, now: number): Verdict | undefined {
    if (this.#groups.size === 0) return undefined;
    const { uid } = pod.metadata;
    const key = this.#keys.get(uid) ?? equivalenceOf(pod);
    const group = this.#groups.get(key);
    if (!group || group.isWoken || now - group.at >= longestMs) return undefined;
    group.pods.set(uid, pod);
    this.#keys.set(uid, key);
    return group.verdict;
  }

  /** Whether the pod waits for a change, and nothing is to be done about it. */
  isParked({ metadata: { uid } }: Pod, now: number): boolean {
    const group = this.#groups.get(this.#keys.get(uid) ?? "");
    return group !== undefined && !group.isWoken && now - group.at < longestMs;
  }

  /** Until when the pod is to wait before it is tried again, if others wait too. */
  backOffUntil(uid: string): number {
    return this.#tries.waitsUntil(uid);
  }

  /** Takes in a change. Whom it may help, `takeWoken` tells. */
  apply(change: Change): void {
    if (change.key.kind === "Pod") {
      this.#follow(change.object as Pod, change);
      // What waits itself stands in no one's way, and what is written about it here must not wake it.
      if (!isPlaced(change.object as Pod) && !hadPlace(change)) return;
    }
    this.#meanwhile.keep(change);
    for (const group of this.#groups.values()) {
      if (group.isWoken || !this.#mayHelp(group, change)) continue;
      group.isWoken = true;
      group.wokenBy = eventOf(change);
      this.#wakeFirst(group);
    }
  }

  /** How many wait, those not counted that are being tried. */
  get waiting(): number {
    let waiting = 0;
    for (const { pods, isWoken } of this.#groups.values()) waiting += isWoken ? pods.size - 1 : pods.size;
    return waiting;
  }

  /** Because of which event the pod is to be tried, in Kubernetes' words. */
  eventFor(uid: string): string {
    const group = this.#groups.get(this.#keys.get(uid) ?? "");
    if (group) return group.wokenBy ?? "UnschedulableTimeout";
    return this.#tries.has(uid) ? "BackoffComplete" : "UnscheduledPodAdd";
  }

  /** The pods that are to be tried again because of the last change. */
  takeWoken(): readonly Pod[] {
    if (this.#woken.length === 0) return this.#woken;
    const woken = this.#woken;
    this.#woken = [];
    return woken;
  }

  /** Something changed that no hint tells of: all are tried again, at the next resync. */
  wakeAll(): void {
    this.#meanwhile.outdate();
    for (const group of this.#groups.values()) {
      group.isWoken = true;
      group.wokenBy = "ForceActivate";
    }
  }

  /** A pod that has its node, is gone, or wants something else waits no more; the next of a group that was woken is tried. */
  #follow(pod: Pod, change: Change): void {
    const { uid } = pod.metadata;
    const isPast = isOver(pod, change.type);
    if (isPast) this.#tries.forget(uid);
    const before = change.previous as Pod | undefined;
    const isOther = pod.spec !== before?.spec || pod.metadata.labels !== before?.metadata.labels;
    if (!isPast && !isOther) return;
    this.#meanwhile.keepOwn(uid, change);
    const group = this.#leave(uid);
    if (group?.isWoken) this.#wakeFirst(group);
  }

  #leave(uid: string): Group | undefined {
    const key = this.#keys.get(uid);
    const group = key === undefined ? undefined : this.#groups.get(key);
    if (key === undefined || !group) return undefined;
    this.#keys.delete(uid);
    group.pods.delete(uid);
    if (group.pods.size === 0) this.#groups.delete(key);
    return group;
  }

  #mayHelp({ pods, verdict }: Group, change: Change): boolean {
    const [pod] = pods.values();
    if (!pod) return false;
    // There was no node that could have refused it.
    if (verdict.plugins.size === 0) return change.key.kind === "Node";
    for (const plugin of verdict.plugins)
      for (const { kind, helps } of this.#hintsOf(pod, plugin))
        if (kind === change.key.kind && helps(pod, change, this.#look)) return true;
    return false;
  }

  #wakeFirst({ pods }: Group): void {
    for (const pod of pods.values()) {
      this.#woken.push(pod);
      return;
    }
  }
}

function eventOf({ key, type }: Change): string {
  const what = { ADDED: "Add", MODIFIED: "Update", DELETED: "Delete" }[type];
  return `${key.kind === "Pod" ? "AssignedPod" : key.kind}${what}`;
}

function isPlaced(pod: Pod | undefined): boolean {
  return pod?.spec.nodeName !== undefined;
}

/** Whether it was on a node, or is gone and was promised one. */
function hadPlace({ type, object, previous }: Change): boolean {
  const before = previous as Pod | undefined;
  const isGone = type === "DELETED" || hasEnded(object as Pod);
  return isPlaced(before) || (isGone && before?.status?.nominatedNodeName !== undefined);
}

/** Whether the pod is to have no node any more, or has one. */
function isOver(pod: Pod, type: Change["type"]): boolean {
  return type === "DELETED" || pod.spec.nodeName !== undefined || isTerminating(pod) || hasEnded(pod);
}
