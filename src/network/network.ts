/**
 * Who talks to whom. The network keeps the list of the threads that take part, answers where a name leads, tells whoever
 * has asked when that changes, and introduces two threads to each other with a channel of their own. After that
 * they talk without it: no message ever passes here. It holds nothing that it could not read from the store again,
 * except the control ports.
 */
import { MessageChannel } from "node:worker_threads";
import { K4sError, MessageError, toWire } from "../errors/index.ts";
import {
  type Asked,
  type Exit,
  type MessageApi,
  Peer,
  type PeerId,
  type Port,
  type Route,
  type Sender,
} from "../messages/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Change, Store, Unwatch } from "../store/index.ts";
import { Attached, type Attachment, type Identity, type Interest } from "./attachment.ts";
import { localLine } from "./local-line.ts";
import { type Destination, dependsOn, destinationOf } from "./routes.ts";

/** What a worker can ask the cluster for besides messages: its `api.get`, `api.watch`, … The cluster supplies it. */
export interface ResourceCalls {
  /** Resolves, or rejects, with what the worker's promise shall. `who` is the thread that asks. */
  call(who: Identity, name: string, args: readonly unknown[]): Promise<unknown>;
  /** Each item goes to the worker. The signal aborts when it has stopped listening, or has ended. */
  subscribe(
    who: Identity,
    name: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ): AsyncIterable<unknown>;
}

export interface NetworkOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: ResourceCalls;
}

/** A service that has no ready pod is given a moment, for its pods are often just getting ready. */
const EMPTY_PATIENCE_MS = 100;
/** How many threads that have ended are remembered, for those who have heard too late. */
const MOST_EXITS = 1_000;

export class Network {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #calls: ResourceCalls;
  readonly #attached = new Map<PeerId, Attached>();
  /** By the pod's uid: the threads of its containers. */
  readonly #ofPod = new Map<string, Set<Attached>>();
  readonly #exits = new Map<PeerId, { who: Sender; exit: Exit }>();
  /** By `namespace/name` of an object, and by uid of a pod: whose routes depend on it. */
  readonly #interested = new Map<string, Set<Interest>>();
  /** The routes to look at again when this turn ends. */
  readonly #stale = new Set<Interest>();
  readonly #unwatch: Unwatch;
  readonly #main: Peer;
  #lastId = -1;
  #isStopped = false;

  constructor({ store, clock, random, calls }: NetworkOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#calls = calls;
    this.#unwatch = store.watch({}, change => this.#changed(change));
    const [ours, theirs] = localLine();
    this.#add(undefined, ours);
    this.#main = new Peer({ control: theirs, clock, random });
  }

  /** `send` and `request` of the main thread itself. */
  get api(): MessageApi {
    return this.#main.api;
  }

  /** A container has been started; `port` is the other end of its Peer's control port, and belongs to the network now. */
  attach(identity: Identity, port: Port): Attachment {
    const attached = this.#add(identity, port);
    const siblings = this.#ofPod.get(identity.uid) ?? new Set();
    this.#ofPod.set(identity.uid, siblings.add(attached));
    this.#touch(identity.uid);
    this.#touch(`${identity.namespace}/${identity.pod}`);
    return { id: attached.id, detach: exit => this.#detach(attached, exit) };
  }

  /** Everything that is pending fails with ClusterStopping. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#unwatch();
    const error = toWire(new MessageError("ClusterStopping", "the cluster is stopping"));
    for (const attached of this.#attached.values()) {
      attached.tell({ type: "stopping", error });
      attached.hangUp();
    }
    this.#attached.clear();
    this.#main.close();
  }

  #add(identity: Identity | undefined, port: Port): Attached {
    const attached = new Attached(++this.#lastId, identity, port);
    this.#attached.set(attached.id, attached);
    attached.listen(
      asked => this.#heard(attached, asked),
      () => this.#leave(attached),
    );
    return attached;
  }

  #detach(attached: Attached, exit: Exit): void {
    if (!this.#attached.delete(attached.id)) return;
    const { id, who, identity } = attached;
    this.#leave(attached);
    if (identity) {
      const siblings = this.#ofPod.get(identity.uid);
      siblings?.delete(attached);
      if (siblings?.size === 0) this.#ofPod.delete(identity.uid);
    }
    for (const interest of attached.interests.values()) this.#forget(interest);
    this.#exits.set(id, { who, exit });
    for (const oldest of this.#exits.keys()) {
      if (this.#exits.size <= MOST_EXITS) break;
      this.#exits.delete(oldest);
    }
    for (const other of attached.acquainted) {
      this.#attached.get(other)?.acquainted.delete(id);
      this.#attached.get(other)?.tell({ type: "gone", peer: id, who, exit });
    }
    attached.hangUp();
  }

  /** No new messages for this thread: it leaves every route. */
  #leave(attached: Attached): void {
    attached.isLeaving = true;
    if (attached.identity) this.#touch(attached.identity.uid);
  }

  #heard(attached: Attached, asked: Asked): void {
    if (this.#isStopped) return;
    switch (asked.type) {
      case "resolve":
        this.#resolve(attached, asked.target);
        break;
      case "connect":
        this.#connect(attached, asked.peer);
        break;
      case "draining":
        this.#leave(attached);
        attached.tell({ type: "introduced-to-all" });
        break;
      case "call":
        void this.#call(attached, asked.id, asked.name, asked.args);
        break;
      case "subscribe":
        void this.#subscribe(attached, asked.id, asked.name, asked.args);
        break;
      case "unsubscribe":
        attached.subscriptions.get(asked.id)?.abort();
        break;
    }
  }

  // Introductions.

  #connect(from: Attached, peer: PeerId): void {
    const to = this.#attached.get(peer);
    if (to === undefined) {
      const { who, exit } = this.#exits.get(peer) ?? { who: nobody, exit: forgotten };
      from.tell({ type: "gone", peer, who, exit });
    } else if (from.acquainted.has(peer)) {
      // Both have asked: they were introduced when the first did.
    } else if (to.isLeaving) {
      from.tell({ type: "refused", peer, who: to.who });
    } else {
      from.acquainted.add(peer);
      to.acquainted.add(from.id);
      const copies = from.copies || to.copies;
      const { port1, port2 } = new MessageChannel();
      from.tell({ type: "introduce", peer, who: to.who, port: port1, copies }, port1);
      to.tell({ type: "introduce", peer: from.id, who: from.who, port: port2, copies }, port2);
    }
  }

  // Routes.

  #resolve(attached: Attached, target: string): void {
    let interest = attached.interests.get(target);
    if (interest === undefined) {
      const names = dependsOn(target, attached.namespace);
      interest = { attached, target, names, pods: [], told: undefined, isAsked: true };
      attached.interests.set(target, interest);
      for (const name of names) this.#listen(name, interest);
    }
    interest.isAsked = true;
    if (this.#answer(interest)) return;
    const patient = interest;
    this.#clock.after(EMPTY_PATIENCE_MS, () => {
      if (patient.isAsked && attached.interests.get(target) === patient) this.#answer(patient, true);
    });
  }

  /** Says where the target leads, if that is news or was asked for. False: nobody is there, and it may be worth waiting. */
  #answer(interest: Interest, evenIfEmpty = false): boolean {
    const { attached, target } = interest;
    const destination = destinationOf(target, attached.namespace, this.#store);
    if (destination === undefined) {
      attached.tell({ type: "no-route", target, error: toWire(noSuchTarget(target, attached)) });
      this.#forget(interest);
      return true;
    }
    this.#follow(interest, destination.pods);
    const route = this.#routeOf(destination, interest);
    if (interest.isAsked && route.endpoints.length === 0 && !evenIfEmpty) return false;
    if (interest.isAsked || !isSame(route, interest.told)) {
      attached.tell({ type: "route", target, route, asked: interest.isAsked });
    }
    interest.told = route;
    interest.isAsked = false;
    return true;
  }

  #routeOf({ pods, balancing, affinity, single, container }: Destination, interest: Interest): Route {
    const all = pods.flatMap(uid => this.#endpointOf(uid, container) ?? []);
    const endpoints = affinity ? keptTo(all, interest) : all;
    return { endpoints: endpoints.map(({ id }) => id), balancing, single };
  }

  /** Who gets the messages for a pod: the container that was named, or its first. */
  #endpointOf(uid: string, container: string | undefined): Attached | undefined {
    const pod = this.#store.byUid(uid);
    const first = (pod?.spec as { containers?: { name: string }[] } | undefined)?.containers?.[0]?.name;
    const wanted = container ?? first;
    for (const attached of this.#ofPod.get(uid) ?? []) {
      if (!attached.isLeaving && (wanted === undefined || attached.identity?.container === wanted))
        return attached;
    }
    return undefined;
  }

  #changed({ key, object }: Change): void {
    const { namespace, name, kind } = key;
    if (kind === "Service" || kind === "Container" || kind === "Pod") this.#touch(`${namespace}/${name}`);
    if (kind === "Pod") this.#touch(object.metadata.uid);
    if (kind === "EndpointSlice") {
      this.#touch(`${namespace}/${object.metadata.labels?.["kubernetes.io/service-name"]}`);
    }
  }

  /** Something changed on which routes depend: they are looked at again when the turn ends, however often it changed. */
  #touch(key: string): void {
    for (const interest of this.#interested.get(key) ?? []) {
      if (this.#stale.size === 0) this.#clock.soon(() => this.#refresh());
      this.#stale.add(interest);
    }
  }

  #refresh(): void {
    const stale = [...this.#stale];
    this.#stale.clear();
    if (this.#isStopped) return;
    for (const interest of stale) {
      if (interest.attached.interests.get(interest.target) === interest) this.#answer(interest);
    }
  }

  #follow(interest: Interest, pods: readonly string[]): void {
    for (const uid of interest.pods) this.#ignore(uid, interest);
    for (const uid of pods) this.#listen(uid, interest);
    interest.pods = pods;
  }

  #forget(interest: Interest): void {
    for (const key of [...interest.names, ...interest.pods]) this.#ignore(key, interest);
    interest.attached.interests.delete(interest.target);
  }

  #listen(key: string, interest: Interest): void {
    this.#interested.set(key, (this.#interested.get(key) ?? new Set()).add(interest));
  }

  #ignore(key: string, interest: Interest): void {
    const interested = this.#interested.get(key);
    interested?.delete(interest);
    if (interested?.size === 0) this.#interested.delete(key);
  }

  // Calls to the cluster.

  async #call(attached: Attached, id: number, name: string, args: readonly unknown[]): Promise<void> {
    try {
      const value = await this.#calls.call(callerOf(attached), name, args);
      attached.tell({ type: "answer", id, value });
    } catch (error) {
      attached.tell({ type: "failed", id, error: toWire(error) });
    }
  }

  async #subscribe(attached: Attached, id: number, name: string, args: readonly unknown[]): Promise<void> {
    const stop = new AbortController();
    attached.subscriptions.set(id, stop);
    try {
      for await (const value of this.#calls.subscribe(callerOf(attached), name, args, stop.signal)) {
        if (stop.signal.aborted) break;
        attached.tell({ type: "item", id, value });
      }
      attached.tell({ type: "end", id });
    } catch (error) {
      attached.tell({ type: "end", id, error: toWire(error) });
    } finally {
      attached.subscriptions.delete(id);
    }
  }
}

const nobody: Sender = { cluster: false, namespace: "", pod: "the container", container: "" };
const forgotten: Exit = { exitCode: 0, reason: "Unknown", message: "it ended a while ago" };

function callerOf(attached: Attached): Identity {
  if (attached.identity) return attached.identity;
  throw new K4sError("InternalError", "the main thread calls the cluster itself, not over its line");
}

function noSuchTarget(target: string, { namespace }: Attached): MessageError {
  const text = `there is no service, container or pod "${target}" (looked up from the namespace "${namespace}")`;
  return new MessageError("NoSuchTarget", text);
}

/** Session affinity: the pod that this sender was led to before, or else one that its own pod's uid stands for. */
function keptTo(endpoints: readonly Attached[], { told, attached }: Interest): readonly Attached[] {
  const kept = endpoints.find(({ id }) => id === told?.endpoints[0]);
  if (kept || endpoints.length === 0) return kept ? [kept] : [];
  const weighed = endpoints.map(endpoint => ({ endpoint, weight: weightOf(attached, endpoint) }));
  return [weighed.reduce((best, next) => (next.weight > best.weight ? next : best)).endpoint];
}

/** The highest weight wins (rendezvous hashing): the containers of one pod agree without having spoken. */
function weightOf(sender: Attached, endpoint: Attached): number {
  let hash = 0x811c9dc5;
  for (const character of `${sender.identity?.uid ?? ""} ${endpoint.identity?.uid ?? ""}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  }
  return hash >>> 0;
}

function isSame(route: Route, told: Route | undefined): boolean {
  return (
    told !== undefined &&
    told.balancing === route.balancing &&
    told.single === route.single &&
    told.endpoints.length === route.endpoints.length &&
    told.endpoints.every((id, i) => id === route.endpoints[i])
  );
}
