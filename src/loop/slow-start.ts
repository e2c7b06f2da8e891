/**
 * Slow start: how many children are created. The first alone, then two at once, then four, and so on, as long as all goes
 * well: so a set of ten thousand whose template is refused costs one refusal, not ten thousand (after the function of this
 * name in Kubernetes' controllers).
 */
import { ApiError } from "../errors/index.ts";

/** How a batch of creations went. */
export interface Started<T> {
  readonly created: readonly T[];
  /** Why the others were not, in the order in which they were tried; those that were not tried are not in here. */
  readonly refusals: readonly ApiError[];
}

/**
 * Creates what is in `drafts`, in order, in batches that double. A name that is taken concerns one draft only, and the
 * others go on; any other refusal ends it after its batch, and is none where the namespace goes. What is no ApiError is thrown.
 */
export async function slowStart<D, T>(
  drafts: readonly D[],
  create: (draft: D) => Promise<T>,
): Promise<Started<T>> {
  const created: T[] = [];
  const refusals: ApiError[] = [];
  let goesOn = true;
  for (let from = 0, size = 1; from < drafts.length && goesOn; from += size, size *= 2) {
    const batch = drafts.slice(from, from + size);
    for (const outcome of await Promise.allSettled(batch.map(create))) {
      if (outcome.status === "fulfilled") created.push(outcome.value);
      else if (!(outcome.reason instanceof ApiError)) throw outcome.reason;
      else if (isOfGoingNamespace(outcome.reason)) goesOn = false;
      else {
        refusals.push(outcome.reason);
        goesOn &&= outcome.reason.reason === "AlreadyExists";
      }
    }
  }
  return { created, refusals };
}

/** Whether a creation was refused because its namespace goes: no other will succeed, and nobody needs to be told. */
export function isOfGoingNamespace({ details }: ApiError): boolean {
  return details.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false;
}
