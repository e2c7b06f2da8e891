/**
 * A registry for who leads: it lets nothing be written by one that leads no more. A run that was under way when the lease was lost may
 * have more to write, from what it saw before; another control plane has taken over by then.
 */
import { ApiError } from "../errors/index.ts";
import type { RegistryVerbs } from "../store/index.ts";

/** Writes fail with Conflict, as those of one whose view of the world is old, while `mayWrite` says no. */
export function fencedRegistry(registry: RegistryVerbs, mayWrite: () => boolean): RegistryVerbs {
  const written = <T>(write: () => Promise<T>): Promise<T> =>
    mayWrite()
      ? write()
      : Promise.reject(new ApiError("Conflict", "this control plane does not lead: nothing is written"));
  return {
    store: registry.store,
    nameOf: kind => registry.nameOf(kind),
    scopeOf: reference => registry.scopeOf(reference),
    create: (draft, request) => written(() => registry.create(draft, request)),
    update: (object, request) => written(() => registry.update(object, request)),
    modify: (...given) => written(() => registry.modify(...given)),
    delete: (...given) => written(() => registry.delete(...given)),
    connect: (...given) => registry.connect(...given),
  };
}
