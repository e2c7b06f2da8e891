/**
 * Where names lead, and who has asked. A thread that asks once hears of every later change: so for each question the
 * directory knows the objects and pods on which its answer depends, and looks again when one of them changes, once a
 * turn however much has changed. What it looks at is the store and the threads that are here; nothing is remembered but
 * what each was told.
 */
import { isDeepStrictEqual } from "node:util";
import { MessageError, toWire } from "../errors/index.ts";
import type { Denied, Route } from "../messages/index.ts";
import type { Clock } from "../outside/index.ts";
import type { Pod } from "../resources/index.ts";
import type { Change, StoreReads, Unwatch } from "../store/index.ts";
import type { Attached, Interest } from "./attachment.ts";
import { type MeshTable, messagePlan } from "./mesh/index.ts";
import { deniedText } from "./message-policy.ts";
import type { Policies, PolicyChange } from "./policy/index.ts";
import { type Destination, dependsOn, destinationOf } from "./routes.ts";
import { placeOfPod } from "./within-reach.ts";

/** A service that has no ready pod is given a moment, for its pods are often just getting ready. */
const EMPTY_PATIENCE_MS = 100;

export interface DirectoryParts {
  readonly store: StoreReads;
  readonly clock: Clock;
  readonly policies: Policies;
  readonly mesh: MeshTable;
  readonly isHere: (node: string) => boolean;
  /** Whether messages go to other processes at all. */
  readonly hearsOthers: boolean;
}

export class Directory {
  readonly #store: StoreReads;
  readonly #clock: Clock;
  readonly #policies: Policies;
  readonly #mesh: MeshTable;
  readonly #isHere: (node: string) => boolean;
  readonly #hearsOthers: boolean;
  /** By the pod's uid: the threads of its containers. */
  readonly #ofPod = new Map<string, Set<Attached>>();
  /** By `namespace/name` of an object, and by uid of a pod: the interests whose routes depend on it. */
  readonly #interested = new Map<string, Set<Interest>>();
  /** The routes to look at again when this turn ends. */
  readonly #stale = new Set<Interest>();
  #unwatch: readonly Unwatch[] = [];
  #isStopped = false;

  constructor({ store, clock, policies, mesh, isHere, hearsOthers }: DirectoryParts) {
    this.#store = store;
    this.#clock = clock;
    this.#policies = policies;
    this.#mesh = mesh;
    this.#isHere = isHere;
    this.#hearsOthers = hearsOthers;
  }

  start(): void {
    this.#unwatch = ["Service", "EndpointSlice", "Container", "Pod"].map(kind =>
      this.#store.watch({ kind }, change => this.#changed(change)),
    );
    this.#mesh.onServed(service => this.#touch(service));
    this.#policies.onChange(change => this.#policiesChanged(change));
  }

  stop(): void {
    this.#isStopped = true;
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** A thread is here: names lead to it from now on. */
  add(attached: Attached): void {
    const { identity } = attached;
    if (identity === undefined) return;
    this.#ofPod.set(identity.uid, (this.#ofPod.get(identity.uid) ?? new Set()).add(attached));
    this.#touch(identity.uid);
    this.#touch(`${identity.namespace}/${identity.pod}`);
  }

  /** No new messages for this thread: it leaves every route. */
  leave(attached: Attached): void {
    attached.isLeaving = true;
    if (attached.identity) this.#touch(attached.identity.uid);
  }

  /** A thread has gone: nothing leads to it, and it asks nothing any more. */
  remove(attached: Attached): void {
    this.leave(attached);
    const { uid = "" } = attached.identity ?? {};
    const siblings = this.#ofPod.get(uid);
    siblings?.delete(attached);
    if (siblings?.size === 0) this.#ofPod.delete(uid);
    for (const interest of attached.interests.values()) this.#forget(interest);
  }

  /** A thread asks where a name leads. */
  resolve(attached: Attached, target: string): void {
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

  /** Says where the target leads, if that is news or was asked for. False: there is no endpoint, and it may be worth waiting. */
  #answer(interest: Interest, evenIfEmpty = false): boolean {
    const { attached, target } = interest;
    const place = placeOfPod(attached.identity?.uid, this.#store);
    const destination = destinationOf(target, attached.namespace, place, this.#store);
    if (destination === undefined) {
      attached.tell({ type: "no-route", target, error: toWire(noSuchTarget(target, attached)) });
      this.#forget(interest);
      return true;
    }
    this.#follow(interest, destination.pods);
    const route = this.#routeOf(destination, interest);
    if (interest.isAsked && route.endpoints.length === 0 && !route.plan && !evenIfEmpty) return false;
    if (interest.isAsked || !isSame(route, interest.told)) {
      attached.tell({ type: "route", target, route, asked: interest.isAsked });
    }
    interest.told = route;
    interest.isAsked = false;
    return true;
  }

  #routeOf({ pods, service, traffic, single, container }: Destination, { attached }: Interest): Route {
    const all = pods.flatMap(uid => this.#endpointOf(uid, container) ?? []);
    const denied = this.#deniedTo(attached, all);
    const rule = service && this.#mesh.ruleForMessages(service, attached.namespace);
    const plan = rule && messagePlan(rule, service);
    const why = all.length === 0 ? this.#whyNone(pods) : undefined;
    return {
      endpoints: all.map(each => ({ peer: each.id, address: this.#addressOf(each) })),
      single,
      client: this.#addressOf(attached),
      ...(traffic && { traffic }),
      ...(plan && { plan }),
      ...(denied && { denied }),
      ...(why !== undefined && { why }),
    };
  }

  /** A pod that runs in another process is reached over NATS alone. */
  #whyNone(pods: readonly string[]): string | undefined {
    const elsewhere = pods
      .map(uid => this.#store.byUid(uid) as Pod | undefined)
      .filter(pod => pod?.status?.phase === "Running")
      .map(pod => pod?.spec.nodeName)
      .find(node => node !== undefined && !this.#isHere(node));
    if (elsewhere === undefined) return undefined;
    return this.#hearsOthers
      ? `it runs on the node ${elsewhere}, in another process, which is not heard over NATS: it is cut off, has ended, or has no --nats`
      : `it runs on the node ${elsewhere}, in another process: messages go there over NATS, which both need (--nats)`;
  }

  /** The address of its pod; of a pod that has none yet, and of the main thread, what tells it from others. */
  #addressOf({ identity }: Attached): string {
    if (!identity) return "the cluster";
    const { status } = (this.#store.byUid(identity.uid) ?? {}) as { readonly status?: { podIP?: string } };
    return status?.podIP ?? identity.uid;
  }

  /** A Service leads to an endpoint that policies deny just as to another: its messages fail there, as connections do in Kubernetes. */
  #deniedTo(from: Attached, endpoints: readonly Attached[]): readonly Denied[] | undefined {
    if (!this.#policies.isPoliced) return undefined;
    const denied = endpoints.flatMap(to => {
      const text = deniedText(from, to, this.#policies);
      return text === undefined ? [] : [{ peer: to.id, text }];
    });
    return denied.length > 0 ? denied : undefined;
  }

  /** Which container gets the messages for a pod: the container that was named, or its first. */
  #endpointOf(uid: string, container: string | undefined): Attached | undefined {
    const pod = this.#store.byUid(uid);
    const first = (pod?.spec as { containers?: { name: string }[] } | undefined)?.containers?.[0]?.name;
    const wanted = container ?? first;
    for (const attached of this.#ofPod.get(uid) ?? []) {
      // Another process may say that it has any pod.
      if (attached.far?.isGenuine() === false) continue;
      if (!attached.isLeaving && (wanted === undefined || attached.identity?.container === wanted))
        return attached;
    }
    return undefined;
  }

  #changed({ key, object }: Change): void {
    const { namespace, name, kind } = key;
    const service = object.metadata.labels?.["kubernetes.io/service-name"];
    this.#touch(`${namespace}/${kind === "EndpointSlice" ? service : name}`);
    if (kind === "Pod") this.#touch(object.metadata.uid);
  }

  #policiesChanged(change: PolicyChange): void {
    if (change === "all") {
      const told = [...this.#interested.values()].flatMap(interests => [...interests]);
      this.#lookAgain(told);
      return;
    }
    for (const { interests } of this.#ofPod.get(change.pod) ?? []) this.#lookAgain(interests.values());
    this.#touch(change.pod);
  }

  /** Something changed on which routes depend: they are looked at again when the turn ends, however often it changed. */
  #touch(key: string): void {
    this.#lookAgain(this.#interested.get(key) ?? []);
  }

  #lookAgain(interests: Iterable<Interest>): void {
    for (const interest of interests) {
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
}

function noSuchTarget(target: string, { namespace }: Attached): MessageError {
  const text = `there is no service, container or pod "${target}" (looked up from the namespace "${namespace}")`;
  return new MessageError("NoSuchTarget", text);
}

function isSame(route: Route, told: Route | undefined): boolean {
  return (
    told !== undefined &&
    told.single === route.single &&
    told.why === route.why &&
    told.client === route.client &&
    told.endpoints.length === route.endpoints.length &&
    told.endpoints.every(({ peer, address }, i) => isAt(route.endpoints[i], peer, address)) &&
    (told.traffic === route.traffic || isDeepStrictEqual(told.traffic, route.traffic)) &&
    (told.plan === route.plan || isDeepStrictEqual(told.plan, route.plan)) &&
    (told.denied === route.denied || isDeepStrictEqual(told.denied, route.denied))
  );
}

function isAt(endpoint: Route["endpoints"][number] | undefined, peer: number, address: string): boolean {
  return endpoint?.peer === peer && endpoint.address === address;
}
