/**
 * What is special about namespaces: one must be there, and stay, before anything is put into it; some may not be deleted;
 * and they are held by a finalizer of their own kind, in spec, until a controller has emptied them.
 */
import {
  isTerminating,
  type KindDefinition,
  type KubernetesObject,
  type Namespace,
} from "../resources/index.ts";
import { forbidden, type Named, notFound } from "./refusals.ts";
import type { Store } from "./store.ts";

const namespaces: Named = { kind: "Namespace", group: "", plural: "namespaces" };

/** Those the cluster cannot do without. */
const immortal: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

export function isNamespace(object: KubernetesObject): object is Namespace {
  return object.kind === "Namespace" && object.apiVersion === "v1";
}

/** Fails with NotFound or Forbidden unless something new may be put into the namespace. */
export function assertTakesNew(store: Store, kind: KindDefinition, namespace: string, name: string): void {
  const found = store.get("Namespace", "", namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (!isTerminating(found) && found.status?.phase !== "Terminating") return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(kind, name, why, [
    { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
  ]);
}

export function assertMortal(object: KubernetesObject): void {
  const { name } = object.metadata;
  if (immortal.has(name)) throw forbidden(namespaces, name, "this namespace may not be deleted");
}

/** Whether the namespace's own finalizers still hold it. */
export function isHeld(object: KubernetesObject): boolean {
  return isNamespace(object) && (object.spec?.finalizers?.length ?? 0) > 0;
}

/** A plain update leaves the namespace's own finalizers alone: only `finalize` changes them. */
export function keepingFinalizers(last: KubernetesObject, next: KubernetesObject): KubernetesObject {
  if (!isNamespace(last) || !isNamespace(next)) return next;
  return withFinalizers(next, last.spec?.finalizers ?? []);
}

export function withFinalizers(namespace: Namespace, finalizers: readonly string[]): Namespace {
  const { finalizers: _, ...rest } = namespace.spec ?? {};
  return { ...namespace, spec: finalizers.length > 0 ? { ...rest, finalizers: [...finalizers] } : rest };
}

/** The namespace from the moment its deletion was asked for. */
export function terminating(namespace: Namespace, deletionTimestamp: string): Namespace {
  return {
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp },
    status: { ...namespace.status, phase: "Terminating" },
  };
}
