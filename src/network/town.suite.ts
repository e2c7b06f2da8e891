/**
 * For tests: a network over a store in memory, and what is put into it in a line each. Its containers are peers on this
 * very thread, over real MessageChannels, unless a test starts threads of its own.
 */
import { MessageChannel } from "node:worker_threads";
import { type EjectionNews, type Message, Peer } from "../messages/index.ts";
import { realClock, seededRandom } from "../outside/index.ts";
import type { KindName, KubernetesObject } from "../resources/index.ts";
import { administrator, MemoryStore } from "../store/index.ts";
import type { Attachment, Identity } from "./attachment.ts";
import type { FarOptions } from "./far/index.ts";
import { Network } from "./network.ts";
import type { Denial } from "./policy/index.ts";
import type { ResourceCalls } from "./resource-calls.ts";

/** A container in the town. */
export interface Resident {
  readonly peer: Peer;
  readonly attachment: Attachment;
  readonly identity: Identity;
  /** Resolves when its inbox has ended and was read. */
  readonly finished: Promise<void>;
}

const noCalls: ResourceCalls = {
  call: (_, name) => Promise.reject(new Error(`nobody answers ${name}`)),
  // biome-ignore lint/correctness/useYield: there is nothing to yield.
  async *subscribe(_, name) {
    throw new Error(`nobody answers ${name}`);
  },
};

export class Town {
  readonly store: MemoryStore;
  readonly network: Network;
  readonly ejections: EjectionNews[] = [];
  #uids = 0;
  readonly #name: string;
  readonly #residents: Resident[] = [];

  /** @param far of one of several processes over one store: how it is connected to the others, and whose store it is */
  constructor(
    calls: ResourceCalls = noCalls,
    onDenied?: (denial: Denial) => void,
    far?: FarOptions & { readonly store?: MemoryStore },
    random = seededRandom(1),
  ) {
    this.#name = far?.name ?? "uid";
    this.store = far?.store ?? new MemoryStore({ clock: realClock, onFault: thrown });
    const { store } = this;
    this.network = new Network({
      store,
      clock: realClock,
      random,
      calls,
      onDenied,
      onEjection: news => this.ejections.push(news),
      onFault: thrown,
      far,
      isHere: node => node !== "node-2",
    });
    this.network.start();
  }

  get api() {
    return this.network.api;
  }

  async write(
    object: { kind: string; metadata: { name: string } & Record<string, unknown> } & Record<string, unknown>,
  ) {
    const { kind, metadata } = object;
    const full = { apiVersion: "v1", ...object, metadata: { namespace: "default", ...metadata } };
    const key = { kind, namespace: String(full.metadata.namespace), name: metadata.name };
    const before = this.store.get(kind, key.namespace, key.name);
    const uid = before?.metadata.uid ?? `${this.#name}-${++this.#uids}`;
    const next = { ...full, metadata: { ...full.metadata, uid } } as KubernetesObject;
    const author = { actor: "test", user: administrator, manager: "test" };
    return before
      ? this.store.replace(
          key,
          before,
          { ...next, metadata: { ...next.metadata, resourceVersion: before.metadata.resourceVersion } },
          author,
        )
      : this.store.add(key, next, author);
  }

  async remove(kind: KindName, name: string): Promise<void> {
    const before: KubernetesObject | undefined = this.store.get(kind, "default", name);
    const author = { actor: "test", user: administrator, manager: "test" };
    if (before) await this.store.remove({ kind, namespace: "default", name }, before, author);
  }

  service(name: string, more: { annotations?: Record<string, string>; spec?: Record<string, unknown> } = {}) {
    return this.write({
      kind: "Service",
      metadata: { name, annotations: more.annotations ?? {} },
      spec: more.spec ?? {},
    });
  }

  /** Says which pods of a service are ready, as the service's controller would. */
  ready(service: string, ...pods: string[]) {
    const endpoints = pods.map(name => ({
      addresses: ["127.1.0.1"],
      conditions: { ready: true },
      targetRef: { kind: "Pod", name, uid: this.uidOf(name) },
    }));
    return this.write({
      kind: "EndpointSlice",
      metadata: { name: `${service}-abc`, labels: { "kubernetes.io/service-name": service } },
      endpoints,
    });
  }

  uidOf(pod: string): string {
    return this.store.get("Pod", "default", pod)?.metadata.uid ?? "";
  }

  async pod(name: string, nodeName?: string): Promise<Identity> {
    const spec = { containers: [{ name: "main" }], ...(nodeName && { nodeName }) };
    await this.write({ kind: "Pod", metadata: { name }, spec });
    return { namespace: "default", pod: name, uid: this.uidOf(name), account: "default", container: "main" };
  }

  /** A pod with a running container that does `work`, if any, with what comes into its inbox. */
  async resident(name: string, work?: (message: Message, peer: Peer) => void): Promise<Resident> {
    const identity = this.store.get("Pod", "default", name)
      ? { namespace: "default", pod: name, uid: this.uidOf(name), account: "default", container: "main" }
      : await this.pod(name);
    const { port1, port2 } = new MessageChannel();
    const attachment = this.network.attach(identity, port1);
    const peer = new Peer({ control: port2, clock: realClock, random: seededRandom(2) });
    const resident = { peer, attachment, identity, finished: work ? readAll(peer, work) : Promise.resolve() };
    this.#residents.push(resident);
    return resident;
  }

  async stop(): Promise<void> {
    const stopped = this.network.stop();
    for (const { peer } of this.#residents) peer.close();
    await stopped;
  }
}

function thrown(fault: unknown): never {
  throw fault;
}

/** A container that answers with its own name. */
export function name(self: string): (message: Message) => void {
  return message => message.reply(self);
}

async function readAll(peer: Peer, work: (message: Message, peer: Peer) => void): Promise<void> {
  for await (const message of peer.inbox) work(message, peer);
}
