/**
 * Dynamic provisioning, as by Kubernetes' external-provisioner: a claim that waits for a volume of a driver gets one, and what the driver
 * made is deleted when its claim is gone and its policy is Delete. Binding the two is the controller's that binds all
 * (volume-binding.ts): it hands the claim over by an annotation.
 */
import { messageOf } from "../../errors/index.ts";
import { concerning, controller, keyOf, type Outcome, settled, type World, waker } from "../../loop/index.ts";
import {
  isTerminating,
  type PersistentVolume,
  type PersistentVolumeClaim,
  provisionedBy,
  quantityToNumber,
  selectedNode,
} from "../../resources/index.ts";
import { capabilitiesOf, DriverError, isFinal, type StorageDrivers, secretsOf } from "../../storage/index.ts";
import { claimTokens, driverParameters, fsTypeOf, volumeSecrets } from "./class-parameters.ts";
import { contentSourceOf } from "./content-source.ts";
import { DriverRetries } from "./driver-retries.ts";
import { wasBound } from "./lost-claims.ts";
import { deletionSecretOf, finalizer, volumeFor } from "./provisioned-volume.ts";
import { accessibilityOf } from "./topology.ts";

const provisioner = "volume.kubernetes.io/storage-provisioner";

/** What is detached can be deleted. */
const detachments = waker("VolumeAttachment", function* ({ type, object: { spec } }) {
  const { persistentVolumeName } = spec.source;
  if (type === "DELETED" && persistentVolumeName) yield keyOf("PersistentVolume", "", persistentVolumeName);
});

export function volumeProvisioning(drivers: StorageDrivers) {
  const retries = new DriverRetries();
  const unfinished = new Map<string, PersistentVolumeClaim>();
  const finish = async ({ namespace, name }: Named, world: World): Promise<Outcome> => {
    const uid = world.get("PersistentVolumeClaim", namespace ?? "", name)?.metadata.uid;
    const left = [...unfinished.values()].find(
      ({ metadata }) => metadata.name === name && metadata.namespace === namespace && metadata.uid !== uid,
    );
    if (!left) return settled;
    return retries.early(left, world) ?? provision(left, { drivers, retries, unfinished }, world);
  };
  const act = async (object: PersistentVolume | PersistentVolumeClaim, world: World): Promise<Outcome> => {
    const isDue = object.kind === "PersistentVolume" ? isOver(object) : isOpen(object);
    if (!isDue) {
      retries.done(object);
      return settled;
    }
    const early = retries.early(object, world);
    if (early) return early;
    return object.kind === "PersistentVolume"
      ? remove(object, drivers, retries, world)
      : provision(object, { drivers, retries, unfinished }, world);
  };
  return controller<"PersistentVolume" | "PersistentVolumeClaim">({
    name: "external-provisioner",
    kind: ["PersistentVolumeClaim", "PersistentVolume"],
    // As the side car's: calls take as long as the driver takes.
    concurrency: 100,
    wokenBy: [concerning("StorageClass", "PersistentVolumeClaim", isOpen), detachments],
    concerns: object =>
      object.kind === "PersistentVolume" ? isOver(object) : driverOf(object) !== undefined && isOpen(object),
    async reconcile(object, world) {
      // One of the same name may have gone before it.
      const isClaim = object.kind === "PersistentVolumeClaim";
      const rest = isClaim ? await finish(object.metadata, world) : settled;
      const outcome = await act(object, world);
      return outcome === settled ? rest : outcome;
    },
    async gone(key, world) {
      return key.kind === "PersistentVolumeClaim" ? finish(key, world) : settled;
    },
  });
}

function driverOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[provisioner];
}

/** Whether the claim has no volume yet, and never had one. */
function isOpen(claim: PersistentVolumeClaim): boolean {
  const { status, spec } = claim;
  return !isTerminating(claim) && status?.phase === "Pending" && !spec.volumeName && !wasBound(claim);
}

interface Provisioning {
  readonly drivers: StorageDrivers;
  readonly retries: DriverRetries;
  /**
   * Claims, by uid, of which it is not known whether the driver makes their volume. Where one goes meanwhile nothing in the API tells of the volume: it
   * is asked for until that is known. Then it has a PersistentVolume, and its policy says what becomes of it.
   */
  readonly unfinished: Map<string, PersistentVolumeClaim>;
}

type Named = Pick<PersistentVolumeClaim["metadata"], "namespace" | "name">;

async function provision(
  claim: PersistentVolumeClaim,
  { drivers, retries, unfinished }: Provisioning,
  world: World,
): Promise<Outcome> {
  const driver = driverOf(claim) ?? "";
  const storageClass = world.get("StorageClass", "", claim.spec.storageClassName ?? "");
  if (!drivers.has(driver) || storageClass?.provisioner !== driver) return settled;
  const node = claim.metadata.annotations?.[selectedNode];
  if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && !node) return settled;
  const name = `pvc-${claim.metadata.uid}`;
  const { uid } = claim.metadata;
  if (world.get("PersistentVolume", "", name)) {
    unfinished.delete(uid);
    return settled;
  }
  const { namespace, name: claimName } = claim.metadata;
  const message = `External provisioner is provisioning volume for claim "${namespace}/${claimName}"`;
  world.event(claim, "Normal", "Provisioning", message);
  try {
    if (claim.spec.volumeMode === "Block")
      throw new DriverError("InvalidArgument", "k4s has no block devices, only volumes with files");
    const requiredBytes = quantityToNumber(claim.spec.resources?.requests?.storage ?? "0");
    const { parameters, mountOptions } = storageClass;
    // Whatever is wrong with the class is found out before anything is made.
    const secretRefs = volumeSecrets(parameters, claimTokens(claim, name));
    const fsType = fsTypeOf(parameters);
    const request = {
      name,
      capacityRange: { requiredBytes },
      volumeCapabilities: capabilitiesOf(claim.spec.accessModes, mountOptions, fsType),
      parameters: driverParameters(parameters),
      contentSource: contentSourceOf(claim, driver, world),
      accessibilityRequirements: accessibilityOf(storageClass, node, claimName, world),
      secrets: secretsOf(secretRefs.provisioner, world.get),
    };
    unfinished.set(uid, claim);
    const made = await drivers.call(driver, "createVolume", request);
    await world.create<PersistentVolume>(volumeFor(claim, storageClass, name, made, secretRefs));
    unfinished.delete(uid);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    world.event(
      claim,
      "Warning",
      "ProvisioningFailed",
      `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${messageOf(error)}`,
    );
    if (isFinal(error)) unfinished.delete(uid);
    const outcome = retries.failed(claim, world);
    // Another node may have room: the scheduler chooses again.
    if (error.code === "ResourceExhausted" && node && world.byUid(uid))
      await world.update(withoutNode(claim));
    return outcome;
  }
  retries.done(claim);
  world.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  return settled;
}

/** A claim whose node can have no volume: the annotation goes. */
function withoutNode(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  const { [selectedNode]: _, ...annotations } = claim.metadata.annotations ?? {};
  return { ...claim, metadata: { ...claim.metadata, annotations } };
}

/** Whether what the driver made is to be deleted: its claim is gone, or its object goes. */
function isOver(volume: PersistentVolume): boolean {
  const { metadata, spec, status } = volume;
  const isOurs = metadata.annotations?.[provisionedBy] !== undefined && spec?.csi !== undefined;
  if (!isOurs || status?.phase === "Bound") return false;
  if (isTerminating(volume)) return metadata.finalizers?.includes(finalizer) ?? false;
  return (
    spec.persistentVolumeReclaimPolicy === "Delete" && ["Released", "Failed"].includes(status?.phase ?? "")
  );
}

async function remove(
  volume: PersistentVolume,
  drivers: StorageDrivers,
  retries: DriverRetries,
  world: World,
): Promise<Outcome> {
  const { csi, persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
  if (!csi || !drivers.has(csi.driver)) return settled;
  const { name } = volume.metadata;
  const attachment = world
    .list("VolumeAttachment")
    .find(({ spec }) => spec.source.persistentVolumeName === name);
  if (attachment) {
    const { nodeName } = attachment.spec;
    const message = `persistentvolume ${name} is still attached to node ${nodeName}`;
    world.event(volume, "Warning", "VolumeFailedDelete", message);
    return settled;
  }
  try {
    if (policy === "Delete") {
      const secrets = secretsOf(deletionSecretOf(volume), world.get);
      await drivers.call(csi.driver, "deleteVolume", { volumeId: csi.volumeHandle, secrets });
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    world.event(volume, "Warning", "VolumeFailedDelete", messageOf(error));
    return retries.failed(volume, world);
  }
  retries.done(volume);
  const finalizers = volume.metadata.finalizers?.filter(each => each !== finalizer) ?? [];
  const freed = await world.update({ ...volume, metadata: { ...volume.metadata, finalizers } });
  if (!isTerminating(volume)) await world.delete(freed);
  return settled;
}
