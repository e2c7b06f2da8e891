/**
 * Protection of storage in use: a claim that is deleted stays as long as a pod on a node uses it, a volume as long as it is
 * bound. Both have a finalizer from their creation (resources/kinds/), which is taken away here when nothing holds them any more.
 */
import { type Controller, controller, keyOf, settled, type Waker } from "../loop/index.ts";
import {
  hasEnded,
  isTerminating,
  type KubernetesObject,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
} from "../resources/index.ts";

const ofClaims = "kubernetes.io/pvc-protection";
const ofVolumes = "kubernetes.io/pv-protection";

/** A pod that ends or goes wakes the claims that it used. */
const users: Waker = {
  kind: "Pod",
  *keys({ type, object }) {
    const pod = object as Pod;
    if (type !== "DELETED" && !hasEnded(pod)) return;
    for (const name of claimsOf(pod)) yield keyOf("PersistentVolumeClaim", pod.metadata.namespace, name);
  },
};

export const claimProtection: Controller<"PersistentVolumeClaim"> = controller({
  name: "pvc-protection-controller",
  kind: "PersistentVolumeClaim",
  wokenBy: [users],
  concerns: claim => isHeldBy(ofClaims, claim),
  async reconcile(claim, world) {
    if (!isHeldBy(ofClaims, claim)) return settled;
    const { namespace, name } = claim.metadata;
    const isUsed = world
      .list("Pod", { namespace })
      .some(pod => pod.spec.nodeName !== undefined && !hasEnded(pod) && claimsOf(pod).includes(name));
    if (!isUsed) await world.update<PersistentVolumeClaim>(without(ofClaims, claim));
    return settled;
  },
});

export const volumeProtection: Controller<"PersistentVolume"> = controller({
  name: "pv-protection-controller",
  kind: "PersistentVolume",
  wokenBy: [],
  concerns: volume => isHeldBy(ofVolumes, volume),
  async reconcile(volume, world) {
    if (isHeldBy(ofVolumes, volume) && volume.status?.phase !== "Bound")
      await world.update<PersistentVolume>(without(ofVolumes, volume));
    return settled;
  },
});

function isHeldBy(finalizer: string, object: KubernetesObject): boolean {
  return isTerminating(object) && (object.metadata.finalizers?.includes(finalizer) ?? false);
}

function without<T extends KubernetesObject>(finalizer: string, object: T): T {
  const finalizers = object.metadata.finalizers?.filter(each => each !== finalizer);
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function claimsOf({ spec: { volumes = [] } }: Pod): string[] {
  return volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}
