/**
 * What a server-side apply makes of an object, or of nothing, for the registry to write. An apply of a part that is of another kind
 * (a Scale) is one of the field of the object that it stands for.
 */
import { ApiError } from "../errors/index.ts";
import {
  applied,
  asJsonMap,
  type Draft,
  expand,
  inStoredVersion,
  type JsonMap,
  type KubernetesObject,
  type Subresource,
} from "../resources/index.ts";
import { invalid } from "../store/index.ts";
import type { ObjectTarget } from "./options.ts";

export interface ServerSideApply {
  readonly target: ObjectTarget;
  readonly part: Subresource | undefined;
  /** What was handed in. */
  readonly config: unknown;
  /** Who applies; it has to be said. */
  readonly manager: string | undefined;
  readonly force: boolean | undefined;
  /** As objects hold times. */
  readonly now: string;
}

const patchOptions = { kind: "PatchOptions", group: "meta.k8s.io" };

/**
 * The next version of `last`, as the registry's `modify` takes it, or the object to be created where there is none. Throws
 * Invalid where nobody is said to apply, BadRequest for what is no object of the kind, Conflict.
 */
export function appliedDraft(apply: ServerSideApply, last: KubernetesObject | undefined): Draft {
  const { target, part, manager, force, now } = apply;
  const { kind, version = kind.versions[0], subresource } = target;
  if (!manager) throw invalid(patchOptions, "", managerRequired);
  const given = asJsonMap(apply.config, "the applied object");
  const write = { kind, version, subresource, manager, force, now };
  if (part?.as && last) return appliedPart(write, part, given, last);
  const draft = applied(write, last, expand(given as unknown as Draft) as unknown as JsonMap);
  if (last) return inStoredVersion(kind, version, draft);
  return placedNew(target, draft);
}

/** An apply that is none must not say that it takes what others own. */
export function refuseForce(force: boolean | undefined): void {
  if (force === undefined) return;
  const message = "Forbidden: may not be specified for non-apply patch";
  throw invalid(patchOptions, "", { reason: "FieldValueForbidden", message, field: "force" });
}

const managerRequired = {
  reason: "FieldValueRequired",
  message: "Required value: is required for apply patch",
  field: "fieldManager",
} as const;

/** The new object, once its name and namespace are known to be those of the target. */
function placedNew({ kind, name, namespace = "" }: ObjectTarget, draft: Draft): Draft {
  const { metadata } = draft;
  if (!metadata.name) {
    const what = `the name of the object (${name} based on URL) was undeterminable: name must be provided`;
    throw new ApiError("BadRequest", what);
  }
  if (metadata.uid) {
    const uid = `the provided object specified uid ${metadata.uid}, and no existing object was found`;
    throw new ApiError(
      "Conflict",
      `Operation cannot be fulfilled on ${kind.plural} ${JSON.stringify(name)}: uid mismatch: ${uid}`,
      { name, kind: kind.plural },
    );
  }
  return namespace && !metadata.namespace ? { ...draft, metadata: { ...metadata, namespace } } : draft;
}

/** A Scale, as the object with the replicas that it says; what the part's own write takes comes back. */
function appliedPart(
  write: Parameters<typeof applied>[0],
  part: Subresource,
  config: JsonMap,
  last: KubernetesObject,
): Draft {
  const { as, show } = part;
  const shown = show?.(last);
  if (!as || !shown || !part.next || config.kind !== as.kind)
    throw new ApiError(
      "BadRequest",
      `invalid object type: ${String(config.apiVersion)}, Kind=${String(config.kind)}`,
    );
  const { apiVersion, kind, metadata } = last;
  const nothing = { apiVersion, kind, metadata: { name: metadata.name } } as KubernetesObject;
  const wanted = part.next(nothing, config as unknown as Draft);
  const { managedFields } = applied(write, last, wanted as unknown as JsonMap).metadata;
  const spec = config.spec ?? shown.spec;
  return { ...shown, spec, metadata: { ...shown.metadata, managedFields } } as Draft;
}
