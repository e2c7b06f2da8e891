/**
 * Apply: what a manifest declares becomes so. First everything in it is checked, against what is there already; only if
 * nothing at all is wrong is it written. An object that is there is changed as `kubectl apply` changes it: what the manifest
 * no longer names goes, what others have set stays.
 */
import { ApiError, type Cause, hasReason } from "../errors/index.ts";
import {
  accepted,
  allFaults,
  applyManifest,
  type CustomResourceDefinition,
  customKind,
  type Draft,
  draftOf,
  jsonOf,
  type KindDefinition,
  KindRegistry,
  type KubernetesObject,
  locate,
  type ManifestDocument,
  plainManifest,
  readManifest,
} from "../resources/index.ts";
import { isPending } from "../store/index.ts";
import type { Api } from "./api.ts";
import type { Caller, ObjectTarget, WriteOptions } from "./options.ts";

/** YAML or JSON, as text or bytes, or objects. */
export type Manifest = string | Uint8Array | object | readonly object[];

export interface ApplyParts {
  readonly api: Api;
  readonly kinds: KindRegistry;
}

/** One manifest, and the file that it is from, for messages. */
export interface Source {
  readonly manifest: Manifest;
  readonly file?: string;
}

/**
 * Applies manifests as one: if anything in any of them is wrong, nothing is applied.
 * @param namespace where what names none goes
 * @returns the objects as stored, in the manifests' order
 * @throws ApiError with every problem, at its place
 */
export async function apply(
  { api, kinds: served }: ApplyParts,
  sources: readonly Source[],
  caller: Caller,
  namespace: string,
): Promise<KubernetesObject[]> {
  const by = { api, caller };
  const defined = kindsDefinedIn(sources, served);
  const kinds = defined.length > 0 ? new KindRegistry([...served.all, ...defined]) : served;
  const check = (object: Draft, kind: KindDefinition) =>
    faultsOf(by, kind, inNamespace(kind, object, namespace));
  const refusals: unknown[] = [];
  const wanted = sources.flatMap(({ manifest, file }): Wanted[] => {
    // Objects need no reading, nor places to tell of, as long as nothing is wrong with them: their trial shows that.
    const plain = isObjects(manifest) ? plainManifest(manifest, { kinds: kinds.all }) : undefined;
    const read = (): ManifestDocument[] => {
      const { documents, refusal } = readManifest(textOf(manifest), { file, kinds: kinds.all, check });
      if (refusal !== undefined) throw refusal;
      return documents;
    };
    try {
      return (plain ?? read()).map(({ object }, place) => {
        const kind = kinds.of(object);
        return { kind, object: inNamespace(kind, object, namespace), document: () => read()[place] };
      });
    } catch (error) {
      // What is wrong with the other manifests is told as well.
      refusals.push(error);
      return [];
    }
  });
  if (refusals.length > 0) throw together(refusals);
  // What a manifest puts into a namespace of its own can only be looked at before that is there.
  const own = new Set(
    wanted.filter(({ kind }) => kind.name === "Namespace").map(({ object }) => object.metadata.name),
  );
  const tryOut = async ({ kind, object }: Wanted) => {
    // What is of a kind that the manifest itself defines, likewise.
    if (own.has(object.metadata.namespace) || defined.includes(kind)) accept(by, kind, object);
    else await put(by, kind, object, { dryRun: "All" });
  };
  // One object alone needs no trial: if anything is wrong with it, it is not written.
  if (wanted.length > 1) {
    for (const each of wanted) await tryOut(each).catch(error => refusals.push(placed(error, each)));
    if (refusals.length > 0) throw together(refusals);
  }
  const stored: KubernetesObject[] = [];
  for (const each of wanted) {
    const { kind, object } = each;
    stored.push(
      await put(by, kind, object).catch(error => {
        throw placed(error, each);
      }),
    );
  }
  return stored;
}

/** The kinds that CustomResourceDefinitions among the sources define, as far as they are not served yet. */
function kindsDefinedIn(sources: readonly Source[], kinds: KindRegistry): KindDefinition[] {
  const definition = kinds.find("CustomResourceDefinition");
  const defined: KindDefinition[] = [];
  for (const { manifest, file } of sources) {
    if (!mentions(manifest, definition.kind)) continue;
    // Its other objects cannot be read yet; what is wrong with them is told when they can.
    for (const { object } of readManifest(textOf(manifest), { file, kinds: kinds.all }).documents) {
      if (object.kind !== definition.kind || allFaults(definition, object).length > 0) continue;
      const kind = customKind(accepted(definition, object) as CustomResourceDefinition);
      if (!kinds.get(kind.name)) defined.push(kind);
    }
  }
  return defined;
}

/** Whether the name of a kind stands in a manifest at all: to look is cheaper than to read. */
function mentions(manifest: Manifest, kind: string): boolean {
  if (typeof manifest === "string") return manifest.includes(kind);
  if (manifest instanceof Uint8Array) return Buffer.from(manifest).includes(kind);
  return [manifest].flat().some(object => (object as { readonly kind?: unknown } | null)?.kind === kind);
}

interface Wanted {
  readonly kind: KindDefinition;
  readonly object: Draft;
  /** Reads the manifest for the places of its fields; throws if that shows what is wrong. */
  readonly document: () => ManifestDocument | undefined;
}

/** The error with every problem of the manifest, at its place; or, where only the store could know, with what it says. */
function placed(error: unknown, { document }: Wanted): unknown {
  let found: ManifestDocument | undefined;
  try {
    found = document();
  } catch (problems) {
    return problems;
  }
  if (!(error instanceof ApiError) || found === undefined) return error;
  const { source } = found;
  const { reason, message, details } = error;
  const causes = details.causes?.length ? details.causes : [{ field: fieldOf(reason), message }];
  const lines = causes.map(cause => {
    const { line, column } = locate(found, cause.field);
    return `${source.name}:${line}:${column} ${cause.field}: ${cause.message}`;
  });
  return new ApiError(reason, lines.join("\n"), details, { cause: error });
}

/** Several refusals as one; anything else is a fault of ours, and goes first. */
function together(errors: readonly unknown[]): unknown {
  const [first] = errors;
  const refusals = errors.filter(error => error instanceof ApiError);
  if (errors.length === 1 || refusals.length < errors.length)
    return errors.find(error => !(error instanceof ApiError)) ?? first;
  const reasons = new Set(refusals.map(({ reason }) => reason));
  const reason =
    [...reasons].find((_, place, all) => all.length === 1 || all[place] === "BadRequest") ?? "Invalid";
  const text = [...new Set(refusals.map(({ message }) => message))].join("\n");
  const causes = refusals.flatMap(({ details }) => details.causes ?? []);
  return new ApiError(reason, text, causes.length > 0 ? { causes } : {}, { cause: first });
}

/** Which field an error without causes is about. */
function fieldOf(reason: ApiError["reason"]): string {
  if (reason === "NotFound") return "metadata.namespace";
  return reason === "Conflict" ? "metadata.resourceVersion" : "metadata.name";
}

/** Puts what names no namespace into this one, if it belongs into any. */
function inNamespace<D extends Draft>(kind: KindDefinition, draft: D, namespace: string): D {
  if (kind.scope === "Cluster" || draft.metadata?.namespace) return draft;
  return { ...draft, metadata: { ...draft.metadata, namespace } };
}

/** Who applies, and at which door. */
interface Applying {
  readonly api: Api;
  readonly caller: Caller;
}

/** Everything that is wrong with the object, or with what it would make of the one that is there. */
function faultsOf(by: Applying, kind: KindDefinition, object: Draft): readonly Cause[] {
  const live = knownOf(by, kind, object);
  return allFaults(kind, merged(kind, object, live), live);
}

/** Throws where the object, or what it would make of the one that is there, is wrong. */
function accept(by: Applying, kind: KindDefinition, object: Draft): void {
  const live = knownOf(by, kind, object);
  accepted(kind, merged(kind, object, live), live);
}

/** Creates the object, or changes the one that is there. */
async function put(
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

function isObjects(manifest: Manifest): manifest is object {
  return typeof manifest !== "string" && !(manifest instanceof Uint8Array);
}

/** Objects as text, so that they take the same way, and their errors have a place to point at. */
function textOf(manifest: Manifest): string | Uint8Array {
  if (!isObjects(manifest)) return manifest as string | Uint8Array;
  const object = Array.isArray(manifest) ? { apiVersion: "v1", kind: "List", items: manifest } : manifest;
  try {
    const text: string | undefined = JSON.stringify(object, null, 2);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ApiError("BadRequest", notPlain, {}, { cause });
  }
  throw new ApiError("BadRequest", notPlain);
}

const notPlain = "the manifest is not JSON: it must be text, or plain data without cycles";
