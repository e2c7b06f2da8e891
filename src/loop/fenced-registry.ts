/**
 * A registry for who leads: it lets nothing be written by one that leads no more. A run that was under way when the lease was lost may
 * have more to write, from what it saw before; another control plane has taken over by then, and what was
 * seen before is old even where this one leads again since. Who does not know yet that it leads no more, for its process was halted, is
 * told by the store: it compares by which write the writer leads (promise 8).
 */
import { ApiError } from "../errors/index.ts";
import type { Fence, RegistryVerbs, Request } from "../store/index.ts";

/**
 * Writes fail with Conflict, as those of one whose view of the world is old, while we do not lead.
 * @param fence by which write we lead; undefined while we do not
 */
export function fencedRegistry(registry: RegistryVerbs, fence: () => Fence | undefined): RegistryVerbs {
  const written = <R extends Request, T>(request: R, write: (fenced: R) => Promise<T>): Promise<T> => {
    const leads = fence();
    // A run says by which write it led when it began.
    const begun = request.author.fence ?? leads;
    return leads && begun === leads
      ? write({ ...request, author: { ...request.author, fence: leads } })
      : Promise.reject(new ApiError("Conflict", "this control plane does not lead: nothing is written"));
  };
  return {
    store: registry.store,
    nameOf: kind => registry.nameOf(kind),
    scopeOf: reference => registry.scopeOf(reference),
    create: (draft, request) => written(request, fenced => registry.create(draft, fenced)),
    update: (object, request) => written(request, fenced => registry.update(object, fenced)),
    modify: (kind, namespace, name, change, request) =>
      written(request, fenced => registry.modify(kind, namespace, name, change, fenced)),
    delete: (kind, namespace, name, request) =>
      written(request, fenced => registry.delete(kind, namespace, name, fenced)),
    connect: (...given) => registry.connect(...given),
  };
}
