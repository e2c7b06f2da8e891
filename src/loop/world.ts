/**
 * The world as a controller sees it: reading is the store's, writing goes through the registry, and every write is signed
 * with its author and the revision that caused it.
 */
import { ApiError } from "../errors/index.ts";
import type { Clock, Random } from "../outside/index.ts";
import type { Draft, KubernetesObject } from "../resources/index.ts";
import type { Fence, RegistryVerbs, Request, Writer } from "../store/index.ts";
import type { Reader, World } from "./controller.ts";
import type { EventRecorder } from "./events/index.ts";
import type { RunWrites } from "./run-writes.ts";

/** What controllers are given from outside (`ControllerContext` in kube-controller-manager); the same for every run. */
export interface ControllerContext {
  readonly registry: RegistryVerbs;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventRecorder;
  /** By which write its writer leads, asked when a run begins; where left out, nobody else may lead. */
  readonly fence?: () => Fence | undefined;
}

/** Reads, and nothing else. */
export function readerOf(
  registry: Pick<RegistryVerbs, "store" | "nameOf" | "scopeOf">,
  clock: Pick<Clock, "now" | "elapsed">,
): Reader {
  const { store } = registry;
  return {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    get: (kind, namespace, name) => store.get(registry.nameOf(kind), namespace, name),
    list: (kind, options) => store.list(registry.nameOf(kind), options),
    ownedBy: (owner, kind) => store.dependents(owner.metadata.uid, registry.nameOf(kind)),
    dependents: owner => store.dependents(owner.metadata.uid),
    byUid: uid => store.byUid(uid),
    keyOf: uid => store.keyOf(uid),
    scopeOf: reference => registry.scopeOf(reference),
  };
}

/** The world of one writer, for one run that `cause` brought about. What it writes is noted in `writes`. */
export function worldOf(
  { registry, clock, random, events, fence }: ControllerContext,
  writer: Writer,
  cause: number | undefined,
  writes: RunWrites,
): World {
  // What was seen under one leadership is not acted upon under the next.
  const leads = fence?.();
  const request: Request = { author: { ...writer, cause, ...(leads && { fence: leads }) }, isChecked: true };
  const since = registry.store.revision;
  const create = async <T extends KubernetesObject>(draft: Draft<T>) => {
    const { object } = await registry.create(draft, request).catch(asBeaten(draft, registry, since));
    writes.add({ verb: "create", object });
    return object;
  };
  const createAt = async <T extends KubernetesObject>(object: T, subresource: string, body: Draft) => {
    const { name, namespace } = object.metadata;
    const at = { subresource, parent: registry.nameOf(object), ...request };
    const placed = { ...body, metadata: { ...body.metadata, name, namespace } };
    const changed: { readonly object: KubernetesObject } = await registry
      .create(placed, at)
      .catch(asConflict);
    writes.add({ verb: "update", object: changed.object });
    return changed.object as T;
  };
  const update = async <T extends KubernetesObject>(draft: T, part?: { readonly subresource?: string }) => {
    const asked = part ? { ...request, ...part } : request;
    const { object, outcome } = await registry.update<T>(draft, asked).catch(asConflict);
    if (outcome !== "unchanged") writes.add({ verb: "update", object });
    return object;
  };
  const remove: World["delete"] = async (object, options) => {
    const { metadata } = object;
    const asked = { ...request, ...options, preconditions: { uid: metadata.uid } };
    try {
      const kind = registry.nameOf(object);
      const { object: gone } = await registry.delete(kind, metadata.namespace ?? "", metadata.name, asked);
      if (gone.metadata.resourceVersion !== metadata.resourceVersion)
        writes.add({ verb: "delete", object: gone });
    } catch (error) {
      // It was deleted before, or another object has the name by now: either way the one we meant is gone.
      if (error instanceof ApiError && (error.reason === "NotFound" || error.reason === "Conflict")) return;
      throw error;
    }
  };
  return {
    random,
    ...readerOf(registry, clock),
    create: draft => writes.track(create(draft)),
    createAt: (object, subresource, body) => writes.track(createAt(object, subresource, body)),
    update: (object, options) => writes.track(update(object, options)),
    report: (object, status) =>
      status === object.status
        ? Promise.resolve(object)
        : writes.track(update({ ...object, status }, { subresource: "status" })),
    delete: (object, options) => writes.track(remove(object, options)),
    event: (about, type, reason, message, { heals, source } = {}) =>
      events.record(
        source === undefined ? writer : { ...writer, actor: source },
        about,
        type,
        reason,
        message,
        undefined,
        heals,
      ),
  };
}

/**
 * What was not there when the run began, and is now: another was faster with it, a conflict like any other. What had been there
 * before is in the way, and stays so.
 */
function asBeaten(
  draft: Draft,
  registry: Pick<RegistryVerbs, "store" | "nameOf">,
  since: number,
): (error: unknown) => never {
  return error => {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error;
    const { namespace = "", name = "" } = draft.metadata;
    const history = registry.store.history({ kind: registry.nameOf(draft), namespace, name });
    if (!history.some(({ type, revision }) => type === "ADDED" && revision > since)) throw error;
    throw new ApiError("Conflict", error.message, error.details, { cause: error });
  };
}

/**
 * What was read is gone by the time it is written: a conflict like any other. The next run sees what is so. A kind or a part of
 * it that there is not (no name is in the error) is a mistake of the controller, and stays one.
 */
function asConflict(error: unknown): never {
  if (!(error instanceof ApiError) || error.reason !== "NotFound" || !error.details.name) throw error;
  throw new ApiError("Conflict", error.message, error.details, { cause: error });
}
