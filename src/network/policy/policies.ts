/**
 * The NetworkPolicies of the store, ready to give verdicts at once. Policies are indexed by namespace, those that select a pod are found
 * once for each pod, and a verdict is remembered until a policy, the labels of a namespace, or one of the two pods changes.
 */
import { isDeepStrictEqual } from "node:util";
import type { Labels, NetworkPolicy, Pod } from "../../resources/index.ts";
import type { Change, StoreReads, Unwatch } from "../../store/index.ts";
import { type CompiledPolicy, compiled, type Direction } from "./compiled-policy.ts";
import {
  addressesOf,
  endOfPod,
  outside,
  type PolicyEnd,
  type PolicyPod,
  plainAddress,
} from "./policy-end.ts";
import {
  type Explanation,
  explained,
  type PolicyFacts,
  type Protocol,
  type Verdict,
  verdictOf,
} from "./verdict.ts";

/** Whose verdicts may be others now: of one pod (its uid), or of all. */
export type PolicyChange = { readonly pod: string } | "all";

type Selected = Readonly<Record<Direction, readonly CompiledPolicy[]>>;

/** So many ports of one pair are remembered. */
const mostPorts = 64;
/** So many addresses outside of the cluster are remembered. */
const mostOutside = 1_000;

export class Policies {
  readonly #store: Pick<StoreReads, "list" | "get" | "byUid" | "watch" | "count">;
  /** By namespace, then by name. */
  readonly #policies = new Map<string, Map<string, CompiledPolicy>>();
  /** By uid. */
  readonly #ends = new Map<string, PolicyEnd>();
  /** By address, the uid of the pod that has it. */
  readonly #podAt = new Map<string, string>();
  readonly #outside = new Map<string, PolicyEnd>();
  #selected = new WeakMap<PolicyPod, Selected>();
  #verdicts = new WeakMap<PolicyEnd, WeakMap<PolicyEnd, Map<string, Verdict>>>();
  readonly #listeners = new Set<(change: PolicyChange) => void>();
  #unwatch: readonly Unwatch[] = [];
  readonly #facts: PolicyFacts;

  constructor(store: Pick<StoreReads, "list" | "get" | "byUid" | "watch" | "count">) {
    this.#store = store;
    this.#facts = {
      selecting: (pod, direction) => this.#selecting(pod)[direction],
      labelsOf: namespace => this.#labelsOf(namespace),
    };
  }

  /** Takes in what is there, and follows the store from now on. */
  start(): void {
    for (const policy of this.#store.list("NetworkPolicy")) this.#keep(policy);
    for (const pod of this.#store.list("Pod")) this.#place(pod);
    this.#unwatch = [
      this.#store.watch({ kind: "NetworkPolicy" }, change => this.#policyChanged(change)),
      this.#store.watch({ kind: "Namespace" }, change => this.#namespaceChanged(change)),
      this.#store.watch({ kind: "Pod" }, change => this.#podChanged(change)),
    ];
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    this.#unwatch = [];
    this.#listeners.clear();
  }

  /** False: there is no policy at all, and every connection is allowed. */
  get isPoliced(): boolean {
    return this.#policies.size > 0;
  }

  /** Calls `changed` whenever verdicts may be others than before. Returns what ends that. */
  onChange(changed: (change: PolicyChange) => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  /** A pod as one end of a connection; undefined where there is no such pod. */
  endOf(uid: string): PolicyEnd | undefined {
    const known = this.#ends.get(uid);
    if (known) return known;
    const pod = this.#store.byUid(uid);
    if (pod?.kind !== "Pod") return undefined;
    const end = endOfPod(pod as Pod);
    this.#ends.set(uid, end);
    return end;
  }

  /** Who has this address: a pod that is not on the network of its node, or an end outside of the cluster. */
  endAt(given: string): PolicyEnd {
    const address = plainAddress(given);
    const uid = this.#podAt.get(address);
    const pod = uid === undefined ? undefined : this.endOf(uid);
    if (pod) return pod;
    const known = this.#outside.get(address) ?? outside(address);
    if (this.#outside.size >= mostOutside) this.#outside.clear();
    this.#outside.set(address, known);
    return known;
  }

  /**
   * Whether `from` may connect to `to`, and which policies decided it.
   * @param port of the pod that is connected to (not of a Service); undefined for a message, which has no port
   */
  verdict(from: PolicyEnd, to: PolicyEnd, port?: number, protocol: Protocol = "TCP"): Verdict {
    if (!this.isPoliced) return allowed;
    const ofFrom = this.#verdicts.get(from) ?? new WeakMap<PolicyEnd, Map<string, Verdict>>();
    this.#verdicts.set(from, ofFrom);
    const ofPair = ofFrom.get(to) ?? new Map<string, Verdict>();
    ofFrom.set(to, ofPair);
    const key = `${port ?? ""}${protocol}`;
    const known = ofPair.get(key);
    if (known) return known;
    if (ofPair.size >= mostPorts) ofPair.clear();
    const verdict = verdictOf(from, to, port, protocol, this.#facts);
    ofPair.set(key, verdict);
    return verdict;
  }

  /** The same verdict with what both ends say of it, for people who ask: it is not remembered. */
  explanation(from: PolicyEnd, to: PolicyEnd, port?: number, protocol: Protocol = "TCP"): Explanation {
    return explained(from, to, port, protocol, this.#facts);
  }

  /** Which policies select the pod for each direction, as `namespace/name`. */
  selecting(pod: PolicyPod): Readonly<Record<Direction, readonly string[]>> {
    const { Ingress, Egress } = this.#selecting(pod);
    return { Ingress: Ingress.map(({ id }) => id), Egress: Egress.map(({ id }) => id) };
  }

  #selecting(pod: PolicyPod): Selected {
    const known = this.#selected.get(pod);
    if (known) return known;
    const all = [...(this.#policies.get(pod.namespace)?.values() ?? [])].filter(each => each.selects(pod));
    const selected = {
      Ingress: all.filter(({ rules }) => rules.Ingress),
      Egress: all.filter(({ rules }) => rules.Egress),
    };
    this.#selected.set(pod, selected);
    return selected;
  }

  #labelsOf(namespace: string): Labels {
    return (
      this.#store.get("Namespace", "", namespace)?.metadata.labels ?? {
        "kubernetes.io/metadata.name": namespace,
      }
    );
  }

  #keep(policy: NetworkPolicy): void {
    const { namespace = "", name } = policy.metadata;
    const ofNamespace = this.#policies.get(namespace) ?? new Map<string, CompiledPolicy>();
    this.#policies.set(namespace, ofNamespace.set(name, compiled(policy)));
  }

  #place(pod: Pod): void {
    if (pod.spec?.hostNetwork || hasFinished(pod)) return;
    for (const address of addressesOf(pod.status)) this.#podAt.set(address, pod.metadata.uid);
  }

  #unplace(pod: Pod): void {
    const { uid } = pod.metadata;
    for (const address of addressesOf(pod.status))
      if (this.#podAt.get(address) === uid) this.#podAt.delete(address);
  }

  #policyChanged({ type, key: { namespace, name }, object, previous }: Change): void {
    if (type === "DELETED") {
      const ofNamespace = this.#policies.get(namespace);
      ofNamespace?.delete(name);
      if (ofNamespace?.size === 0) this.#policies.delete(namespace);
    } else {
      const policy = object as NetworkPolicy;
      if (previous && isDeepStrictEqual((previous as NetworkPolicy).spec, policy.spec)) return;
      this.#keep(policy);
    }
    this.#forgetAll();
  }

  #namespaceChanged({ object, previous }: Change): void {
    if (previous && isDeepStrictEqual(previous.metadata.labels, object.metadata.labels)) return;
    if (this.isPoliced) this.#forgetAll();
  }

  #podChanged({ type, object, previous }: Change): void {
    const pod = object as Pod;
    const before = previous as Pod | undefined;
    if (type === "MODIFIED" && before && isSame(before, pod)) return;
    const { uid } = pod.metadata;
    this.#ends.delete(uid);
    if (before) this.#unplace(before);
    if (type === "DELETED") this.#unplace(pod);
    else this.#place(pod);
    if (this.isPoliced) this.#tell({ pod: uid });
  }

  #forgetAll(): void {
    this.#selected = new WeakMap();
    this.#verdicts = new WeakMap();
    this.#tell("all");
  }

  #tell(change: PolicyChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

const allowed: Verdict = { allowed: true, policies: [] };

function hasFinished({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/**
 * Whether verdicts see no difference: most changes are to parts of the status that no verdict depends on. Each write of a pod is
 * looked at here, so only what can change in its life is compared: the ports and the network of a pod stay.
 */
function isSame(before: Pod, after: Pod): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.spec?.nodeName === after.spec?.nodeName &&
    hasFinished(before) === hasFinished(after) &&
    isDeepStrictEqual(addressesOf(before.status), addressesOf(after.status)) &&
    isDeepStrictEqual(before.metadata.labels, after.metadata.labels)
  );
}
