/**
 * What is special about namespaces: they are held by finalizers of their own kind, in spec, until a controller has emptied
 * them.
 */
import type { KubernetesObject, Namespace } from "../../resources/index.ts";

export function isNamespace(object: KubernetesObject): object is Namespace {
  return object.kind === "Namespace" && object.apiVersion === "v1";
}

/** Whether the namespace's own finalizers still hold it. */
export function isHeld(object: KubernetesObject): boolean {
  return isNamespace(object) && (object.spec?.finalizers?.length ?? 0) > 0;
}

/** A plain update leaves the namespace's own finalizers alone: only the subresource `finalize` changes them. */
export function keepingFinalizers(last: KubernetesObject, next: KubernetesObject): KubernetesObject {
  if (!isNamespace(last) || !isNamespace(next)) return next;
  const { finalizers: _, ...rest } = next.spec ?? {};
  const finalizers = last.spec?.finalizers;
  return { ...next, spec: finalizers ? { ...rest, finalizers } : rest };
}

/** The namespace from the moment its deletion was asked for. */
export function terminating(namespace: Namespace, deletionTimestamp: string): Namespace {
  return {
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp },
    status: { ...namespace.status, phase: "Terminating" },
  };
}
