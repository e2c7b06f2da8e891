/**
 * Apply: what a manifest declares becomes so. First everything in it is checked, against what is there already; only if
 * nothing at all is wrong is it written. An object that is there is changed as `kubectl apply` changes it: what the manifest
 * no longer names goes, what others have set stays.
 */
import {
  type Draft,
  type KindDefinition,
  KindRegistry,
  type KubernetesObject,
  type ManifestDocument,
  plainManifest,
  readManifest,
} from "../resources/index.ts";
import { kindsDefinedIn } from "./defined-kinds.ts";
import { placed, together } from "./manifest-errors.ts";
import { isObjects, type Source, textOf } from "./manifest-source.ts";
import type { Caller } from "./options.ts";
import { type Appliable, accept, faultsOf, put } from "./put.ts";

export interface ApplyParts {
  readonly api: Appliable;
  readonly kinds: KindRegistry;
  readonly onWarning?: (warning: string) => void;
}

/**
 * Applies manifests as one: if anything in any of them is wrong, nothing is applied.
 * @param namespace where what names none goes
 * @returns the objects as stored, in the manifests' order
 * @throws ApiError with every problem, at its place
 */
export async function apply(
  { api, kinds: served, onWarning }: ApplyParts,
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
    const read = () => {
      const { refusal, ...manifested } = readManifest(textOf(manifest), { file, kinds: kinds.all, check });
      if (refusal !== undefined) throw refusal;
      return manifested;
    };
    try {
      const { documents, warnings } = plain ? { documents: plain, warnings: [] } : read();
      for (const warning of warnings) onWarning?.(warning);
      return documents.map(({ object }, index) => {
        const kind = kinds.of(object);
        return {
          kind,
          object: inNamespace(kind, object, namespace),
          document: () => read().documents[index],
        };
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
    for (const each of wanted) await tryOut(each).catch(error => refusals.push(placed(error, each.document)));
    if (refusals.length > 0) throw together(refusals);
  }
  const stored: KubernetesObject[] = [];
  for (const each of wanted) {
    const { kind, object } = each;
    stored.push(
      await put(by, kind, object).catch(error => {
        throw placed(error, each.document);
      }),
    );
  }
  return stored;
}

interface Wanted {
  readonly kind: KindDefinition;
  readonly object: Draft;
  /** Reads the manifest for the places of its fields; throws if that shows what is wrong. */
  readonly document: () => ManifestDocument | undefined;
}

/** Puts what names no namespace into this one, if it belongs into any. */
function inNamespace<D extends Draft>(kind: KindDefinition, draft: D, namespace: string): D {
  if (kind.scope === "Cluster" || draft.metadata?.namespace) return draft;
  return { ...draft, metadata: { ...draft.metadata, namespace } };
}
