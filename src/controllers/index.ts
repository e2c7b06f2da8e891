/** The door of controllers/: one for each resource. To add a kind that acts, write its file and name it here. */
import type { Controller } from "../loop/index.ts";
import type { KindDefinition } from "../resources/index.ts";
import { container } from "./container.ts";
import { garbageCollectionOf } from "./garbage-collection.ts";
import { namespaceController } from "./namespace.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { podGarbageCollection } from "./pod-garbage-collection.ts";
import { replicaset } from "./replicaset.ts";
import { service } from "./service.ts";

/** All of them. `kinds` are those there are, now and whenever it is asked. */
export function controllersFor(kinds: () => readonly KindDefinition[]): Controller[] {
  const own: Controller[] = [
    container,
    replicaset,
    service,
    nodeLifecycle,
    podGarbageCollection,
    namespaceController(kinds),
  ];
  // Events belong to nobody, and are many.
  const owned = kinds().filter(({ name }) => name !== "Event");
  return [...own, ...owned.map(({ name }) => garbageCollectionOf(name))];
}
