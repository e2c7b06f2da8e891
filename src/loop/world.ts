/**
 * The world as a controller sees it: reading is the store's, writing goes through the registry, and every write is signed
 * with who made it and which revision made them do it.
 */
import { ApiError } from "../errors/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Draft, KubernetesObject } from "../resources/index.ts";
import type { Author, RegistryVerbs, Store } from "../store/index.ts";
import type { Sight, World } from "./controller.ts";
import type { EventRecorder } from "./events.ts";

/** What a world is made of; the same for every run. */
export interface Surroundings {
  readonly registry: RegistryVerbs;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventRecorder;
}

/** Reading alone. */
export function sightOf(store: Store, clock: Pick<Clock, "now">): Sight {
  return {
    now: () => clock.now(),
    get: (kind, namespace, name) => store.get(kind, namespace, name),
    list: (kind, options) => store.list(kind, options),
    ownedBy: (owner, kind) => store.dependents(owner.metadata.uid, kind),
    dependents: owner => store.dependents(owner.metadata.uid),
    byUid: uid => store.byUid(uid),
  };
}

/** The world of one actor, for one run that `cause` brought about. */
export function worldOf({ registry, clock, random, events }: Surroundings, author: Author): World {
  const { store } = registry;
  const trusted = { author, trusted: true };
  return {
    random,
    ...sightOf(store, clock),
    create: <T extends KubernetesObject>(draft: Draft<T>) => registry.create(draft, trusted),
    update: object => registry.update(object, trusted),
    report: (object, status) =>
      status === object.status
        ? Promise.resolve(object)
        : registry.updateStatus({ ...object, status } as typeof object, trusted),
    async delete(object, options) {
      const { kind, metadata } = object;
      try {
        const preconditions = { uid: metadata.uid };
        await registry.delete(kind, metadata.namespace ?? "", metadata.name, {
          ...trusted,
          ...options,
          preconditions,
        });
      } catch (error) {
        // Somebody was faster, or another object has the name by now: either way the one we meant is gone.
        if (error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Conflict")) return;
        throw error;
      }
    },
    bind: ({ metadata }, nodeName) =>
      registry.bind(metadata.namespace ?? "", metadata.name, nodeName, trusted),
    finalize: ({ metadata }, finalizers) => registry.finalize(metadata.name, finalizers, trusted),
    event: (about, type, reason, message) => events.record(author.actor, about, type, reason, message),
  };
}
