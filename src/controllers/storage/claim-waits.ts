/**
 * What a claim that is not bound waits for, and how that is told: for a volume, a class, a driver, or the first pod that uses it. The
 * binding itself is volume-binding.ts.
 */
import type { World } from "../../loop/index.ts";
import {
  hasEnded,
  type KubernetesObject,
  mismatchOf,
  type PersistentVolumeClaim,
  type Pod,
  selectedNode,
} from "../../resources/index.ts";

/** With WaitForFirstConsumer the scheduler chooses a volume for it, or a node for which one is made, when the first pod uses it. */
export function waitsForPod(claim: PersistentVolumeClaim, world: World): boolean {
  return isDelayed(claim, world) && !claim.metadata.annotations?.[selectedNode];
}

export function isDelayed({ spec }: PersistentVolumeClaim, world: World): boolean {
  return (
    world.get("StorageClass", "", spec?.storageClassName ?? "")?.volumeBindingMode === "WaitForFirstConsumer"
  );
}

export function uses(pod: Pod, { metadata }: KubernetesObject): boolean {
  if (pod.metadata.namespace !== metadata.namespace) return false;
  return pod.spec.volumes?.some(each => each.persistentVolumeClaim?.claimName === metadata.name) ?? false;
}

/** Of a claim that names a volume: what is wrong with that. One that is not there may come. */
export function tellWhyNot(claim: PersistentVolumeClaim, volumeName: string, world: World): void {
  const volume = world.get("PersistentVolume", "", volumeName);
  if (!volume) return;
  if (volume.spec?.claimRef) {
    const message = `volume "${volumeName}" already bound to a different claim.`;
    world.event(claim, "Warning", "FailedBinding", message);
    return;
  }
  const message = `Cannot bind to requested volume "${volumeName}": ${mismatchOf(volume, claim)}`;
  world.event(claim, "Warning", "VolumeMismatch", message);
}

/** In the words of Kubernetes' controller. */
export function tellWhy(claim: PersistentVolumeClaim, world: World): void {
  const { storageClassName = "" } = claim.spec ?? {};
  if (storageClassName === "") {
    const message = "no persistent volumes available for this claim and no storage class is set";
    world.event(claim, "Normal", "FailedBinding", message);
    return;
  }
  const found = world.get("StorageClass", "", storageClassName);
  if (!found) {
    const message = `storageclass.storage.k8s.io "${storageClassName}" not found`;
    world.event(claim, "Warning", "ProvisioningFailed", message);
  } else if (waitsForPod(claim, world)) {
    const { namespace } = claim.metadata;
    const user = world.list("Pod", { namespace }).find(pod => uses(pod, claim) && !hasEnded(pod));
    if (user)
      world.event(
        claim,
        "Normal",
        "WaitForPodScheduled",
        `waiting for pod ${user.metadata.name} to be scheduled`,
      );
    else
      world.event(
        claim,
        "Normal",
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
      );
  } else if (found.provisioner === "kubernetes.io/no-provisioner") {
    const message = `storageclass "${storageClassName}" wants no provisioner: no volume plugin matched name: ${found.provisioner}`;
    world.event(claim, "Warning", "ProvisioningFailed", message);
  } else {
    const message = `Waiting for a volume to be created either by the external provisioner '${found.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    world.event(claim, "Normal", "ExternalProvisioning", message);
  }
}
