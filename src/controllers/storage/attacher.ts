/**
 * Attaching and detaching, as by Kubernetes' external-attacher: a VolumeAttachment has its driver attach a volume to a node, and one that goes
 * has it detached. A finalizer keeps the attachment, and the volume, until the driver has done so. A driver that refuses is asked again, ever
 * more seldom; the status says why.
 */
import { messageOf } from "../../errors/index.ts";
import { controller, type Outcome, settled, type World } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import { isTerminating, type PersistentVolume, type VolumeAttachment } from "../../resources/index.ts";
import { capabilityOf, DriverError, type StorageDrivers, secretsOf } from "../../storage/index.ts";
import { DriverRetries } from "./driver-retries.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "./finalizers.ts";

export function attacher(drivers: StorageDrivers) {
  const attaching = new DriverRetries();
  const detaching = new DriverRetries();
  /** By uid: those that this process has had attached. A driver may have forgotten what was attached before. */
  const attached = new Set<string>();
  return controller<"VolumeAttachment">({
    name: "external-attacher",
    kind: "VolumeAttachment",
    // As the side car's: calls take as long as the driver takes.
    concurrency: 100,
    wokenBy: [],
    concerns: ({ spec }) => drivers.has(spec.attacher),
    async reconcile(attachment, world) {
      if (!drivers.has(attachment.spec.attacher)) return settled;
      const { uid } = attachment.metadata;
      const retries = isTerminating(attachment) ? detaching : attaching;
      const early = retries.early(attachment, world);
      if (early) return early;
      if (isTerminating(attachment)) {
        attached.delete(uid);
        attaching.done(attachment);
        return detach(attachment, drivers, retries, world);
      }
      if (attachment.status?.attached && attached.has(uid)) return settled;
      const outcome = await attach(attachment, drivers, retries, world);
      if (outcome === settled) attached.add(uid);
      return outcome;
    },
  });
}

function finalizerOf({ spec }: VolumeAttachment): string {
  return `external-attacher/${spec.attacher.replaceAll(".", "-")}`;
}

/** Throws a DriverError where there is no such volume. */
function volumeOf({ spec }: VolumeAttachment, world: Pick<World, "get">) {
  const name = spec.source.persistentVolumeName ?? "";
  const volume = world.get("PersistentVolume", "", name);
  const { csi } = volume?.spec ?? {};
  if (!volume || !csi) throw new DriverError("NotFound", `persistentvolume "${name}" not found`);
  return { volume, csi };
}

async function attach(
  given: VolumeAttachment,
  drivers: StorageDrivers,
  retries: DriverRetries,
  world: World,
): Promise<Outcome> {
  const { attacher: driver, nodeName } = given.spec;
  const finalizer = finalizerOf(given);
  let attachment = given;
  try {
    const { volume, csi } = volumeOf(attachment, world);
    if (isTerminating(volume))
      throw new DriverError("FailedPrecondition", "PersistentVolume is marked for deletion");
    if (!hasFinalizer(attachment, finalizer))
      attachment = await world.update<VolumeAttachment>(withFinalizer(attachment, finalizer));
    if (!hasFinalizer(volume, finalizer))
      await world.update<PersistentVolume>(withFinalizer(volume, finalizer));
    const attachmentMetadata = (await drivers.can(driver, "controllerPublishVolume"))
      ? await publish()
      : undefined;
    retries.done(attachment);
    const status = { attached: true, ...(attachmentMetadata && { attachmentMetadata }) };
    await world.report<VolumeAttachment>(attachment, status);
    return settled;

    async function publish() {
      const { nodeId } = await drivers.nodeInfoOf(driver, nodeName);
      const request = {
        volumeId: csi.volumeHandle,
        nodeId,
        volumeCapability: capabilityOf(volume.spec?.accessModes ?? [], volume.spec),
        readonly: csi.readOnly ?? false,
        volumeContext: csi.volumeAttributes,
        secrets: secretsOf(csi.controllerPublishSecretRef, world.get),
      };
      const { publishContext = {} } = await drivers.call(driver, "controllerPublishVolume", request);
      return Object.keys(publishContext).length > 0 ? publishContext : undefined;
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const attachError = { message: messageOf(error), time: timestamp(world.now()) };
    await world.report<VolumeAttachment>(attachment, { ...attachment.status, attached: false, attachError });
    return retries.failed(attachment, world);
  }
}

async function detach(
  attachment: VolumeAttachment,
  drivers: StorageDrivers,
  retries: DriverRetries,
  world: World,
): Promise<Outcome> {
  const { attacher: driver, nodeName, source } = attachment.spec;
  const finalizer = finalizerOf(attachment);
  if (!hasFinalizer(attachment, finalizer)) return settled;
  const volume = world.get("PersistentVolume", "", source.persistentVolumeName ?? "");
  const { csi } = volume?.spec ?? {};
  try {
    if (csi && (await drivers.can(driver, "controllerUnpublishVolume"))) {
      const { nodeId } = await drivers.nodeInfoOf(driver, nodeName);
      const secrets = secretsOf(csi.controllerPublishSecretRef, world.get);
      const request = { volumeId: csi.volumeHandle, nodeId, secrets };
      await drivers.call(driver, "controllerUnpublishVolume", request);
    }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const detachError = { message: messageOf(error), time: timestamp(world.now()) };
    await world.report<VolumeAttachment>(attachment, { attached: true, ...attachment.status, detachError });
    return retries.failed(attachment, world);
  }
  retries.done(attachment);
  const others = world
    .list("VolumeAttachment")
    .filter(
      ({ metadata, spec }) =>
        spec.source.persistentVolumeName === source.persistentVolumeName &&
        metadata.uid !== attachment.metadata.uid,
    );
  if (volume && others.length === 0 && hasFinalizer(volume, finalizer))
    await world.update<PersistentVolume>(withoutFinalizer(volume, finalizer));
  await world.update<VolumeAttachment>(withoutFinalizer(attachment, finalizer));
  return settled;
}
