/**
 * Writing on top of the last version of an object, which another writer may change at the same time: then all begins again,
 * with the version that the other has written.
 */
import { hasReason } from "../../errors/index.ts";
import type { KindDefinition, KubernetesObject } from "../../resources/index.ts";
import type { ObjectKey, Store } from "../store.ts";
import { notFound } from "./refusals.ts";
import type { Written } from "./verbs.ts";

/** Fails with NotFound where the object is not there, or goes meanwhile; else as `write` does. */
export async function onLatest(
  store: Store,
  kind: KindDefinition,
  { namespace, name }: ObjectKey,
  write: (last: KubernetesObject) => Promise<Written>,
): Promise<Written> {
  for (;;) {
    const last: KubernetesObject | undefined = store.get(kind.name, namespace, name);
    if (!last) throw notFound(kind, name);
    try {
      return await write(last);
    } catch (error) {
      const now = store.get(kind.name, namespace, name);
      if (hasReason(error, "NotFound") && !now) throw notFound(kind, name);
      // A conflict although nothing was written meanwhile is a precondition that does not hold: trying again would not help.
      if (!(hasReason(error, "Conflict") && now !== last)) throw error;
    }
  }
}
