/**
 * Tells threads where hosts lead. A thread asks once, and is told again whenever the answer changes (`hosts` of its subscriptions), once a
 * turn however much has changed: so its next connections need not ask. Nothing is remembered but which questions depend on which objects.
 */
import { isDeepStrictEqual } from "node:util";
import type { FoundHost } from "../messages/index.ts";
import { type Clock, onAbort } from "../outside/index.ts";
import { isTerminating, type KubernetesObject, type Service } from "../resources/index.ts";
import type { Change, Store, Unwatch } from "../store/index.ts";
import type { Identity } from "./attachment.ts";
import { dependsOn, hostNamed } from "./host-facts.ts";
import { addressesOf, ServiceAddresses } from "./service-addresses.ts";

/** One host that one thread has asked for. */
interface Question {
  readonly host: string;
  readonly namespace: string;
  keys: readonly string[];
  /** Called when something has changed on which the answer depends. */
  changed(): void;
}

export class Hosts {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #services: ServiceAddresses;
  /** By what they depend on (host-facts.ts). */
  readonly #questions = new Map<string, Set<Question>>();
  /** To be answered again when this turn ends. */
  readonly #stale = new Set<Question>();
  /** Of this revision of the store: most hosts are asked for by many threads. */
  readonly #answers = new Map<string, FoundHost | undefined>();
  #answeredAt = -1;
  #unwatch: readonly Unwatch[] = [];

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#services = new ServiceAddresses(store);
  }

  start(): void {
    this.#services.start();
    this.#unwatch = ["Service", "EndpointSlice", "Pod"].map(kind =>
      this.#store.watch({ kind }, change => this.#changed(change)),
    );
  }

  stop(): void {
    this.#services.stop();
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** The Services that have this address, mostly one or none. */
  readonly servicesAt = (address: string): readonly Service[] => this.#services.at(address);

  /** What a host means now, for a client in this namespace; undefined where the cluster does not know it. */
  find(host: string, namespace: string): FoundHost | undefined {
    if (this.#answeredAt !== this.#store.revision) this.#answers.clear();
    this.#answeredAt = this.#store.revision;
    const key = `${namespace}/${host}`;
    const known = this.#answers.get(key);
    if (known || this.#answers.has(key)) return known;
    const found = hostNamed(host, namespace, this.#store, this.#services.at);
    this.#answers.set(key, found);
    return found;
  }

  /** The subscription `hosts` of a thread: the answer, and each one that differs from the last. */
  async *subscribe(
    { namespace }: Pick<Identity, "namespace">,
    _name: string,
    [host]: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<FoundHost | undefined> {
    let wake = () => {};
    const question: Question = { host: String(host), namespace, keys: [], changed: () => wake() };
    const takeBack = onAbort(signal, () => wake());
    try {
      let told: FoundHost | undefined | "nothing" = "nothing";
      while (!signal.aborted) {
        this.#follow(question);
        const found = this.find(question.host, namespace);
        const change = new Promise<void>(resolve => {
          wake = resolve;
        });
        if (told === "nothing" || !isDeepStrictEqual(told, found)) {
          told = found;
          yield found;
        }
        await change;
      }
    } finally {
      takeBack();
      this.#ignore(question);
    }
  }

  #follow(question: Question): void {
    this.#ignore(question);
    question.keys = dependsOn(question.host, question.namespace, this.#store, this.#services.at);
    for (const key of question.keys)
      this.#questions.set(key, (this.#questions.get(key) ?? new Set()).add(question));
  }

  #ignore(question: Question): void {
    for (const key of question.keys) {
      const questions = this.#questions.get(key);
      questions?.delete(question);
      if (questions?.size === 0) this.#questions.delete(key);
    }
  }

  #changed({ type, key: { kind, namespace, name }, object, previous }: Change): void {
    switch (kind) {
      case "Service":
        this.#touch(`${namespace}/${name}`);
        for (const service of previous ? [object, previous] : [object])
          for (const address of addressesOf(service as Service)) this.#touch(address);
        break;
      case "EndpointSlice":
        this.#touch(`${namespace}/${serviceOf(object)}`);
        break;
      default:
        // Before its slice says so: a pod that is being stopped leaves at once.
        if (type !== "MODIFIED" || !isTerminating(object) || (previous && isTerminating(previous))) return;
        for (const slice of this.#store.list("EndpointSlice", { namespace }))
          if (slice.endpoints?.some(({ targetRef }) => targetRef?.name === name))
            this.#touch(`${namespace}/${serviceOf(slice)}`);
    }
  }

  #touch(key: string): void {
    for (const question of this.#questions.get(key) ?? []) {
      if (this.#stale.size === 0) this.#clock.soon(() => this.#wakeStale());
      this.#stale.add(question);
    }
  }

  #wakeStale(): void {
    const stale = [...this.#stale];
    this.#stale.clear();
    for (const question of stale) question.changed();
  }
}

function serviceOf({ metadata }: KubernetesObject): string {
  return metadata.labels?.["kubernetes.io/service-name"] ?? "";
}
