/**
 * Lists: what a selection finds, in the order of namespace and name, all of one revision; in pieces where it is asked for in
 * pieces. A piece ends with a token that says where the next one begins and of which revision it is, so that nothing is
 * told twice or left out, whatever is written meanwhile.
 */
import { ApiError, hasReason } from "../errors/index.ts";
import { forbidden, type KindDefinition, type KubernetesObject } from "../resources/index.ts";
import { invalid, type Store } from "../store/index.ts";
import type { ListOptions, ObjectList, Selectors, Target } from "./options.ts";
import { predicateOf } from "./selection.ts";

/** Throws BadRequest for options that cannot be read, Expired where the revision is too old. */
export function listOf(store: Store, target: Target, options: ListOptions): ObjectList {
  const { kind, namespace = "" } = target;
  const { limit = 0, labelSelector, fieldSelector } = options;
  if (!Number.isInteger(limit) || limit < 0)
    throw new ApiError("BadRequest", `limit must be a number that is not negative, not ${String(limit)}`);
  checkMatch(options);
  if (options.continue && options.resourceVersion && options.resourceVersion !== "0")
    throw new ApiError("BadRequest", "specifying resource version is not allowed when using continue");
  const from = options.continue ? startOf(options.continue) : undefined;
  const revision = from?.revision ?? revisionOf(options, store);
  const fits = predicateOf(target, options);
  const found = candidates(store, kind, namespace, revision)
    .filter(fits)
    .sort(byPosition)
    .filter(object => from === undefined || comparePositions(positionOf(object), from.after) > 0);
  const items = limit > 0 ? found.slice(0, limit) : found;
  const last = items.at(-1);
  const isCut = items.length < found.length && last !== undefined;
  const isWhole = labelSelector === undefined && fieldSelector === undefined;
  const { apiVersion } = kind.versions[0];
  return {
    apiVersion,
    kind: listKindOf(kind),
    metadata: {
      resourceVersion: String(revision),
      ...(isCut && { continue: tokenOf(revision, positionOf(last)) }),
      ...(isCut && isWhole && { remainingItemCount: found.length - items.length }),
    },
    items,
  };
}

/** The same of objects that are not kept: those that fit, all at once. */
export function listOfReading(
  { revision }: Pick<Store, "revision">,
  objects: readonly KubernetesObject[],
  target: Target,
  options: Selectors,
): ObjectList {
  const { kind } = target;
  const items = objects.filter(predicateOf(target, options)).sort(byPosition);
  const { apiVersion } = kind.versions[0];
  return { apiVersion, kind: listKindOf(kind), metadata: { resourceVersion: String(revision) }, items };
}

function listKindOf({ kind, listKind = `${kind}List` }: KindDefinition): string {
  return listKind;
}

function candidates(
  store: Store,
  kind: KindDefinition,
  namespace: string,
  revision: number,
): readonly KubernetesObject[] {
  const where = { namespace: namespace === "" ? undefined : namespace };
  if (revision === store.revision) return store.list<string>(kind.name, where);
  try {
    return store.at(revision).list<string>(kind.name, where);
  } catch (cause) {
    if (!hasReason(cause, "Expired")) throw cause;
    const advice = "You must start a new list without the continue parameter.";
    const text = `The provided continue parameter is too old to display a consistent list result. ${advice}`;
    throw new ApiError("Expired", text, {}, { cause });
  }
}

/** What Kubernetes calls the options of lists and watches where it refuses them. */
export const listOptions = { kind: "ListOptions", group: "meta.k8s.io" };

/** Throws Invalid for a match that says nothing, or that there is none of; as Kubernetes' `ValidateListOptions`. */
function checkMatch({
  resourceVersion = "",
  resourceVersionMatch: match,
  continue: token,
}: ListOptions): void {
  if (match === undefined) return;
  const refuse = (rule: string) => {
    throw invalid(listOptions, "", forbidden("resourceVersionMatch", rule));
  };
  if (resourceVersion === "") refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (token) refuse("resourceVersionMatch is forbidden when continue is provided");
  checkKnown(match, ["Exact", "NotOlderThan", ""]);
  if (match === "Exact" && resourceVersion === "0")
    refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
}

export function checkKnown(match: string, supported: readonly string[]): void {
  if (supported.includes(match)) return;
  const known = supported.map(each => JSON.stringify(each)).join(", ");
  throw invalid(listOptions, "", {
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(match)}: supported values: ${known}`,
    field: "resourceVersionMatch",
  });
}

function revisionOf({ resourceVersion = "", resourceVersionMatch }: ListOptions, store: Store): number {
  const asked = Number(resourceVersion);
  if (!/^\d*$/.test(resourceVersion) || !Number.isSafeInteger(asked))
    throw new ApiError("BadRequest", `Invalid value: "${resourceVersion}": a resourceVersion is a number`);
  if (asked > store.revision)
    throw new ApiError("Timeout", `Too large resource version: ${asked}, current: ${store.revision}`);
  return resourceVersionMatch === "Exact" && asked > 0 ? asked : store.revision;
}

// --- Positions: where in the order of a list an object stands.

interface Position {
  readonly namespace: string;
  readonly name: string;
}

function positionOf({ metadata: { namespace = "", name } }: KubernetesObject): Position {
  return { namespace, name };
}

function byPosition(one: KubernetesObject, other: KubernetesObject): number {
  return comparePositions(positionOf(one), positionOf(other));
}

function comparePositions(one: Position, other: Position): number {
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return 0;
}

// --- Tokens.

function tokenOf(rv: number, { namespace, name }: Position): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv, start: `${namespace}/${name}` })).toString(
    "base64url",
  );
}

function startOf(token: string): { readonly revision: number; readonly after: Position } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString()) as Record<string, unknown>;
    if (typeof start === "string" && Number.isSafeInteger(rv)) {
      const [namespace = "", name = ""] = start.split("/");
      return { revision: rv as number, after: { namespace, name } };
    }
  } catch {
    // Told below, in the same words as what is no token for another reason.
  }
  throw new ApiError(
    "BadRequest",
    "invalid continue token: continue key is not valid: it is not what a list gave",
  );
}
