/**
 * Protection of storage in use: a claim that is deleted stays as long as a pod on a node uses it, a volume as long as it is
 * bound, a class of attributes as long as a claim or a volume names it. All have a finalizer from their creation
 * (resources/kinds/), which is taken away here when nothing holds them any more.
 */
import { type Controller, controller, keyOf, settled, type Waker, waker } from "../../loop/index.ts";
import {
  hasEnded,
  isTerminating,
  type KubernetesObject,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type VolumeAttributesClass,
} from "../../resources/index.ts";

const ofClaims = "kubernetes.io/pvc-protection";
const ofVolumes = "kubernetes.io/pv-protection";
const ofClasses = "kubernetes.io/vac-protection";

/** A pod that ends or goes wakes the claims that it used. */
const users = waker("Pod", function* ({ type, object: pod }) {
  if (type !== "DELETED" && !hasEnded(pod)) return;
  for (const name of claimsOf(pod)) yield keyOf("PersistentVolumeClaim", pod.metadata.namespace, name);
});

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

/** A claim or a volume that goes, or names another class, wakes the classes that wait to go. */
const leavers = (kind: "PersistentVolume" | "PersistentVolumeClaim"): Waker => ({
  kind,
  *keys(_, reader) {
    for (const each of reader.list("VolumeAttributesClass").filter(isTerminating))
      yield keyOf("VolumeAttributesClass", undefined, each.metadata.name);
  },
});

export const attributesClassProtection: Controller<"VolumeAttributesClass"> = controller({
  name: "volumeattributesclass-protection-controller",
  kind: "VolumeAttributesClass",
  wokenBy: [leavers("PersistentVolume"), leavers("PersistentVolumeClaim")],
  concerns: each => isHeldBy(ofClasses, each),
  async reconcile(attributesClass, world) {
    if (!isHeldBy(ofClasses, attributesClass)) return settled;
    const names = (each: PersistentVolume | PersistentVolumeClaim) =>
      attributesClassesOf(each).includes(attributesClass.metadata.name);
    const isUsed =
      world.list("PersistentVolumeClaim").some(names) || world.list("PersistentVolume").some(names);
    if (!isUsed) await world.update<VolumeAttributesClass>(without(ofClasses, attributesClass));
    return settled;
  },
});

/** Those that are asked for, in force, or being changed to. */
function attributesClassesOf({ spec, status }: PersistentVolume | PersistentVolumeClaim): string[] {
  const { currentVolumeAttributesClassName, modifyVolumeStatus } =
    (status as PersistentVolumeClaim["status"]) ?? {};
  return [
    spec.volumeAttributesClassName,
    currentVolumeAttributesClassName,
    modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter(name => name !== undefined);
}

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
