/**
 * Server-side apply: what it makes of an object, or of nothing, and how that is written. An apply of a part that is of another
 * kind (a Scale) is an apply of the field of the object that the part stands for.
 */
import { ApiError, hasReason } from "../errors/index.ts";
import {
  applied,
  asJsonMap,
  type Draft,
  draftOf,
  expand,
  inStoredVersion,
  isOfOtherKind,
  type JsonMap,
  jsonOf,
  type KubernetesObject,
  type Subresource,
} from "../resources/index.ts";
import { invalid, type Registry, type Request, type Written } from "../store/index.ts";
import type { ObjectTarget } from "./options.ts";
import { placed } from "./target.ts";

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
 * Changes the object that the target names, or creates it where it is not there; again where another writer created or deleted
 * it meanwhile.
 * @param mayCreate throws, or rejects, unless the caller may create it
 */
export async function serverSideApply(
  registry: Registry,
  apply: ServerSideApply,
  request: Request,
  mayCreate: () => Promise<void> | void,
): Promise<Written> {
  const { kind, namespace = "", name, subresource } = apply.target;
  const isThere = () => registry.store.get<string>(kind.name, namespace, name) !== undefined;
  for (;;) {
    const wasThere = isThere();
    try {
      if (wasThere || subresource !== undefined) {
        const next = (last: KubernetesObject) => appliedDraft(apply, last);
        return await registry.modify<string>(kind.name, namespace, name, next, request);
      }
      const draft = appliedDraft(apply, undefined);
      const allowing = mayCreate();
      if (allowing) await allowing;
      return await registry.create(placed(apply.target, draft), request);
    } catch (error) {
      const isBeaten = wasThere !== isThere() && subresource === undefined;
      if (!isBeaten || !hasReason(error, wasThere ? "NotFound" : "AlreadyExists")) throw error;
    }
  }
}

/**
 * The next version of `last`, as the registry's `modify` takes it, or the object to be created where there is none. Throws
 * Invalid where no field manager is given, BadRequest for what is no object of the kind, Conflict.
 */
function appliedDraft(apply: ServerSideApply, last: KubernetesObject | undefined): Draft {
  const { target, part, manager, force, now } = apply;
  const { kind, version = kind.versions[0], subresource } = target;
  if (!manager) throw invalid(patchOptions, "", managerRequired);
  const given = asJsonMap(apply.config, "the applied object");
  const write = { kind, version, subresource, manager, force, now };
  if (last && part && isOfOtherKind(part)) return appliedPart(write, part, given, last);
  const draft = applied(write, last, jsonOf(expand(draftOf(given))));
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
  const wanted = part.next(nothing, draftOf(config));
  const { managedFields } = applied(write, last, jsonOf(wanted)).metadata;
  const spec = config.spec ?? shown.spec;
  return { ...shown, spec, metadata: { ...shown.metadata, managedFields } } as Draft;
}
