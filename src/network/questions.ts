/**
 * Questions of threads whose answers depend on Services, their slices and their pods. A thread asks once, and is told again whenever the
 * answer changes, once a turn however much has changed: so it need not ask again. Nothing is remembered but which questions depend on
 * which objects.
 */
import { isDeepStrictEqual } from "node:util";
import { type Clock, onAbort } from "../outside/index.ts";
import {
  type EndpointSlice,
  isTerminating,
  type KubernetesObject,
  type Service,
} from "../resources/index.ts";
import type { Change, StoreReads, Unwatch } from "../store/index.ts";
import { addressesOf } from "./service-addresses.ts";

/** What one thread has asked. */
export interface Question<Answer> {
  /** The answer as it is now. */
  find(): Answer;
  /** On what it depends by now: `namespace/name` of Services, with their slices and pods, and addresses. */
  keys(): readonly string[];
}

interface Followed {
  keys: readonly string[];
  /** Called when something has changed on which the answer depends. */
  changed(): void;
}

export class Questions {
  readonly #store: StoreReads;
  readonly #clock: Clock;
  /** By what they depend on. */
  readonly #followed = new Map<string, Set<Followed>>();
  /** To be answered again when this turn ends. */
  readonly #stale = new Set<Followed>();
  #unwatch: readonly Unwatch[] = [];

  constructor(store: StoreReads, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  start(): void {
    this.#unwatch = ["Service", "EndpointSlice", "Pod"].map(kind =>
      this.#store.watch({ kind }, change => this.#changed(change)),
    );
  }

  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
  }

  /** The answer, and each one that differs from the last. */
  async *answers<Answer>(question: Question<Answer>, signal: AbortSignal): AsyncGenerator<Answer> {
    let wake = () => {};
    const followed: Followed = { keys: [], changed: () => wake() };
    const takeBack = onAbort(signal, () => wake());
    try {
      let told: Answer | undefined;
      for (let isFirst = true; !signal.aborted; isFirst = false) {
        this.#follow(followed, question.keys());
        const found = question.find();
        const change = new Promise<void>(resolve => {
          wake = resolve;
        });
        if (isFirst || !isDeepStrictEqual(told, found)) {
          told = found;
          yield found;
        }
        await change;
      }
    } finally {
      takeBack();
      this.#ignore(followed);
    }
  }

  #follow(question: Followed, keys: readonly string[]): void {
    this.#ignore(question);
    question.keys = keys;
    for (const key of keys) this.#followed.set(key, (this.#followed.get(key) ?? new Set()).add(question));
  }

  #ignore(question: Followed): void {
    for (const key of question.keys) {
      const questions = this.#followed.get(key);
      questions?.delete(question);
      if (questions?.size === 0) this.#followed.delete(key);
    }
  }

  #changed({ type, key: { kind, namespace, name }, object, previous }: Change): void {
    switch (kind) {
      case "Service":
        this.touch(`${namespace}/${name}`);
        for (const service of previous ? [object, previous] : [object])
          for (const address of addressesOf(service as Service)) this.touch(address);
        break;
      case "EndpointSlice":
        this.touch(`${namespace}/${serviceOf(object)}`);
        for (const slice of previous ? [object, previous] : [object])
          for (const { addresses } of (slice as EndpointSlice).endpoints ?? [])
            this.touch(addresses[0] ?? "");
        break;
      default:
        // Before its slice says so: a pod that is being stopped leaves at once.
        if (type !== "MODIFIED" || !isTerminating(object) || (previous && isTerminating(previous))) return;
        for (const slice of this.#store.list("EndpointSlice", { namespace }))
          if (slice.endpoints?.some(({ targetRef }) => targetRef?.name === name))
            this.touch(`${namespace}/${serviceOf(slice)}`);
    }
  }

  touch(key: string): void {
    for (const question of this.#followed.get(key) ?? []) {
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
