/** One object of a manifest: created, or merged into the one that is there; in earnest, on trial, or only checked. */
import { type Cause, hasReason } from "../errors/index.ts";
import {
  accepted,
  allFaults,
  applyManifest,
  type Draft,
  draftOf,
  jsonOf,
  type KindDefinition,
  type KubernetesObject,
} from "../resources/index.ts";
import { isPending, type Written } from "../store/index.ts";
import type { Api } from "./api.ts";
import type { Caller, ObjectTarget, Target, WriteOptions } from "./options.ts";

/** Through what objects are applied: the API of this process, or requests to one elsewhere. */
export interface Appliable extends Pick<Api, "find"> {
  create(caller: Caller, target: Target, draft: Draft, options?: WriteOptions): Promise<Written>;
  change: Api["change"];
}

/** Who applies, and through which API. */
export interface Applying {
  readonly api: Appliable;
  readonly caller: Caller;
}

/** Everything that is wrong with the object, or with what it would make of the one that is there. */
export function faultsOf(by: Applying, kind: KindDefinition, object: Draft): readonly Cause[] {
  const live = knownOf(by, kind, object);
  return allFaults(kind, merged(kind, object, live), live);
}

/** Throws where the object, or what it would make of the one that is there, is wrong. */
export function accept(by: Applying, kind: KindDefinition, object: Draft): void {
  const live = knownOf(by, kind, object);
  accepted(kind, merged(kind, object, live), live);
}

/** Creates the object, or changes the one that is there. */
export async function put(
  { api, caller }: Applying,
  kind: KindDefinition,
  object: Draft,
  options: WriteOptions = {},
): Promise<KubernetesObject> {
  const target = targetOf(kind, object);
  if (target === undefined) return (await api.create(caller, { kind }, merged(kind, object), options)).object;
  const finding = api.find(caller, target);
  const found = isPending(finding) ? await finding : finding;
  if (!found) {
    const { name: _, ...collection } = target;
    return (await api.create(caller, collection, merged(kind, object), options)).object;
  }
  const change = (live: KubernetesObject) => merged(kind, object, live);
  return (await api.change(caller, target, change, options)).object;
}

function merged(kind: KindDefinition, object: Draft, live?: KubernetesObject): Draft {
  return draftOf(applyManifest(object, live && jsonOf(live), kind.versions[0].schema));
}

/** The object that is there, as far as the caller may see it and that is known at once. */
function knownOf(
  { api, caller }: Applying,
  kind: KindDefinition,
  object: Draft,
): KubernetesObject | undefined {
  const target = targetOf(kind, object);
  if (target === undefined) return undefined;
  try {
    const found = api.find(caller, target);
    return isPending(found) ? undefined : found;
  } catch (error) {
    // What the caller may not see it is told when it comes to writing.
    if (hasReason(error, "Forbidden")) return undefined;
    throw error;
  }
}

/** Undefined for what has no name yet. */
function targetOf(kind: KindDefinition, { metadata }: Draft): ObjectTarget | undefined {
  if (!metadata.name) return undefined;
  const namespace = kind.scope === "Namespaced" ? (metadata.namespace ?? "") : "";
  return { kind, namespace, name: metadata.name };
}
