/** How a deletion is carried out: admitted, held against what it insists on, planned (deletion.ts), and written. */
import { type Cause, hasReason } from "../../errors/index.ts";
import type { KindDefinition, KubernetesObject } from "../../resources/index.ts";
import { deepFreeze } from "../freeze.ts";
import type { Author, ObjectKey, Store } from "../store.ts";
import { askingFor } from "./admission.ts";
import type { DeleteOptions } from "./asked-write.ts";
import { assertPreconditions, planDeletion } from "./deletion.ts";
import { onLatest } from "./latest.ts";
import type { WriteParts } from "./parts.ts";
import { invalid } from "./refusals.ts";
import type { Request, Written } from "./verbs.ts";

type Parts = Pick<WriteParts, "store" | "admission" | "clock">;

export function removed(
  { store, admission, clock }: Parts,
  kind: KindDefinition,
  key: ObjectKey,
  request: Request & DeleteOptions,
): Promise<Written> {
  const deletion = checkedOptions(request);
  return onLatest(store, kind, key, async (last): Promise<Written> => {
    const asks = { ...askingFor("DELETE", kind, key, request, last), deletion };
    const asking = admission.validate(undefined, asks);
    if (asking) await asking;
    if (deletion.preconditions) assertPreconditions(kind, last, deletion.preconditions);
    const { marked, removes } = planDeletion(kind, last, deletion, clock.now());
    const outcome = removes ? "deleted" : "terminating";
    if (request.dryRun) return { object: deepFreeze(marked ?? last), outcome };
    const now = marked ? await store.replace(key, last, marked, request.author) : last;
    return { object: removes ? await takenOut(store, key, now, request.author) : now, outcome };
  });
}

/** Removes what was marked to go at once. Its node may have been told by the mark, and have been faster. */
async function takenOut(
  store: Store,
  key: ObjectKey,
  marked: KubernetesObject,
  author: Author,
): Promise<KubernetesObject> {
  try {
    return await store.remove(key, marked, author);
  } catch (error) {
    const isGone = store.byUid(marked.metadata.uid) === undefined;
    if (isGone && hasReason(error, "NotFound")) return marked;
    throw error;
  }
}

const deleteOptions = { kind: "DeleteOptions", group: "meta.k8s.io" };
const policies: readonly string[] = ["Foreground", "Background", "Orphan"];

/** Throws Invalid for a policy that there is none of. */
function checkedOptions({ propagationPolicy, gracePeriodSeconds, preconditions }: DeleteOptions) {
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy))
    throw invalid(deleteOptions, "", unknownPolicy(propagationPolicy));
  return { propagationPolicy, gracePeriodSeconds, preconditions };
}

function unknownPolicy(policy: string): Cause {
  const supported = [...policies, "nil"].map(each => JSON.stringify(each)).join(", ");
  return {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${supported}`,
    field: "propagationPolicy",
  };
}
