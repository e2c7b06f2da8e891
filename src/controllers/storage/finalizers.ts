/** Finalizers of an object: what holds it until somebody has done their part. */
import type { KubernetesObject } from "../../resources/index.ts";

export function hasFinalizer({ metadata }: KubernetesObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

export function withFinalizer<T extends KubernetesObject>(object: T, finalizer: string): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), finalizer] } };
}

export function withoutFinalizer<T extends KubernetesObject>(object: T, finalizer: string): T {
  const { metadata } = object;
  const finalizers = (metadata.finalizers ?? []).filter(each => each !== finalizer);
  return { ...object, metadata: { ...metadata, finalizers } };
}
