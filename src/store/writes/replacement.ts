/**
 * How the next version of an object is written: it is proposed, admitted, checked, finished and stored. A write that says
 * nothing new writes nothing; one that takes away what held an object which is to go deletes it.
 */
import {
  type Draft,
  isSame,
  type KindDefinition,
  type KubernetesObject,
  type Subresource,
} from "../../resources/index.ts";
import { deepFreeze } from "../freeze.ts";
import type { ObjectKey } from "../store.ts";
import { askingFor, contended, isPending } from "./admission.ts";
import { isReleased } from "./deletion.ts";
import { isSameButTimes } from "./field-managers.ts";
import { onLatest } from "./latest.ts";
import type { WriteParts } from "./parts.ts";
import type { Request, Written } from "./verbs.ts";

type Parts = Pick<WriteParts, "store" | "admission" | "versions">;

/** `propose` makes the next version of the last; that very one where nothing is to be written. */
export function replaced(
  { store, admission, versions }: Parts,
  kind: KindDefinition,
  key: ObjectKey,
  request: Request,
  propose: (last: KubernetesObject) => Draft,
): Promise<Written> {
  const { author, dryRun } = request;
  return onLatest(store, kind, key, async last => {
    const proposed = propose(last);
    if (proposed === last) return { object: last, outcome: "unchanged" };
    const asks = askingFor("UPDATE", kind, key, request, last);
    const authorized = request.authorizeWrite?.(deepFreeze(proposed), asks) ?? proposed;
    const changing = admission.mutate(deepFreeze(authorized), asks);
    const changed = isPending(changing) ? await changing : changing;
    const admitted = versions.admitted(kind, authorized, changed, last, partOf(kind, request));
    if (!request.isChecked) versions.validate(kind, admitted, request, last);
    if (request.subresource === undefined) versions.warn(kind, admitted, request, last);
    const asking = admission.validate(admitted, asks);
    if (asking) await asking;
    const write = async (): Promise<Written> => {
      const next = versions.finished(kind, last, admitted, request);
      if (isSame(last, next) || isSameButTimes(last, next)) return { object: last, outcome: "unchanged" };
      admission.validateLast(next, asks);
      // Taking away what held the object is what deletes it: there is no version in between.
      const outcome = isReleased(kind, next) ? "deleted" : "changed";
      if (dryRun) return { object: deepFreeze(next), outcome };
      if (outcome === "changed") return { object: await store.replace(key, last, next, author), outcome };
      const { metadata } = await store.remove(key, last, author);
      // Its writer sees what it asked for: without what held the object.
      return { object: deepFreeze(withVersion(next, metadata.resourceVersion)), outcome };
    };
    return store.alone(() => contended(kind, admission, asks), write);
  });
}

function partOf({ subresources }: KindDefinition, { subresource }: Request): Subresource | undefined {
  return subresource === undefined ? undefined : subresources.find(({ name }) => name === subresource);
}

function withVersion(object: KubernetesObject, resourceVersion: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
