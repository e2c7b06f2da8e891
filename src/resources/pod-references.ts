/**
 * Which other objects a pod cannot run without: those that it names in its volumes, its variables, and as whom it runs; and which images. The node that it is bound to
 * may read these and no others (access/node-authorizer.ts), and reads them before it starts the pod.
 */
import type { Pod, PodContainer, PodSpec } from "./generated/kubernetes.gen.ts";

/** Names of objects in the namespace of the pod. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccount: string;
  /** The images of its containers, as they are named there. */
  readonly images: ReadonlySet<string>;
}

const known = new WeakMap<PodSpec, PodReferences>();

export function podReferences({
  metadata,
  spec,
}: Pick<Pod, "spec"> & { metadata: { name: string } }): PodReferences {
  const before = known.get(spec);
  if (before) return before;
  const found = read(metadata.name, spec);
  known.set(spec, found);
  return found;
}

function read(podName: string, spec: PodSpec): PodReferences {
  const secrets = new Set<string | undefined>();
  const configMaps = new Set<string | undefined>();
  const claims = new Set<string>();
  for (const { name } of spec.imagePullSecrets ?? []) secrets.add(name);
  const containers = [spec.containers, spec.initContainers ?? [], spec.ephemeralContainers ?? []].flat();
  for (const { env = [], envFrom = [] } of containers as readonly PodContainer[]) {
    for (const { valueFrom } of env) {
      secrets.add(valueFrom?.secretKeyRef?.name);
      configMaps.add(valueFrom?.configMapKeyRef?.name);
    }
    for (const { secretRef, configMapRef } of envFrom) {
      secrets.add(secretRef?.name);
      configMaps.add(configMapRef?.name);
    }
  }
  for (const { name, secret, configMap, projected, csi, persistentVolumeClaim, ephemeral } of spec.volumes ??
    []) {
    secrets.add(secret?.secretName);
    configMaps.add(configMap?.name);
    secrets.add(csi?.nodePublishSecretRef?.name);
    for (const source of projected?.sources ?? []) {
      secrets.add(source.secret?.name);
      configMaps.add(source.configMap?.name);
    }
    if (persistentVolumeClaim) claims.add(persistentVolumeClaim.claimName);
    if (ephemeral) claims.add(`${podName}-${name}`);
  }
  return {
    secrets: named(secrets),
    configMaps: named(configMaps),
    claims,
    serviceAccount: spec.serviceAccountName ?? "default",
    images: named((containers as readonly PodContainer[]).map(({ image }) => image)),
  };
}

function named(names: Iterable<string | undefined>): Set<string> {
  return new Set([...names].flatMap(name => name || []));
}
