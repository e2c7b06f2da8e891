/**
 * Volumes that grow, as by Kubernetes' external-resizer: where a bound claim asks for more than it has, the driver makes its volume larger,
 * and the claim says how far that is. What is left to do on a node (`FileSystemResizePending`) a node does that has the volume mounted.
 */
import { messageOf } from "../../errors/index.ts";
import { controller, keyOf, type Outcome, settled, type World, waker } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  asksForMore,
  byteQuantity,
  compareQuantities,
  grownStatus,
  othersThanResizing,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type PersistentVolumeClaimCondition,
  quantityToNumber,
} from "../../resources/index.ts";
import { DriverError, type StorageDrivers, secretsOf } from "../../storage/index.ts";
import { DriverRetries } from "./driver-retries.ts";

const waiting = "Waiting for user to (re-)start a pod to finish file system resize of volume on node.";

/** A volume that a node has made larger, or that was changed by hand. */
const volumes = waker("PersistentVolume", function* ({ object: { spec } }) {
  const { name, namespace } = spec?.claimRef ?? {};
  if (name !== undefined) yield keyOf("PersistentVolumeClaim", namespace, name);
});

export function volumeExpansion(drivers: StorageDrivers) {
  const retries = new DriverRetries();
  /** Of which claims it was told that nobody makes their volumes larger: uid and size. */
  const told = new Map<string, string>();
  return controller<"PersistentVolumeClaim">({
    name: "external-resizer",
    kind: "PersistentVolumeClaim",
    concurrency: 100,
    wokenBy: [volumes],
    concerns: claim => asksForMore(claim) || claim.status?.conditions !== undefined,
    async reconcile(claim, world) {
      if (!asksForMore(claim)) {
        retries.done(claim);
        told.delete(claim.metadata.uid);
        return settled;
      }
      const early = retries.early(claim, world);
      if (early) return early;
      const volume = world.get("PersistentVolume", "", claim.spec.volumeName ?? "");
      if (!volume?.spec) return settled;
      const { csi } = volume.spec;
      if (csi && drivers.has(csi.driver)) return grow(claim, volume, drivers, retries, world);
      const { uid } = claim.metadata;
      const size = sizeOf(claim);
      if (told.get(uid) === size) return settled;
      for (const each of told.keys()) if (!world.byUid(each)) told.delete(each);
      told.set(uid, size);
      const message =
        "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an external controller to process this PVC.";
      world.event(claim, "Warning", "ExternalExpanding", message);
      return settled;
    },
  });
}

function sizeOf({ spec }: PersistentVolumeClaim): string {
  return spec.resources?.requests?.storage ?? "0";
}

async function grow(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  drivers: StorageDrivers,
  retries: DriverRetries,
  world: World,
): Promise<Outcome> {
  const { driver = "", volumeHandle = "" } = volume.spec?.csi ?? {};
  const { name } = volume.metadata;
  const size = sizeOf(claim);
  const isMade = compareQuantities(volume.spec?.capacity?.storage ?? "0", size) >= 0;
  // The driver has done its part; a node is to do the rest.
  const needsNode = claim.status?.allocatedResourceStatuses?.storage === "NodeResizePending";
  if (isMade) return needsNode ? settled : done(claim, size, world);
  const seen = await say(claim, "Resizing", size, "ControllerResizeInProgress", undefined, world);
  world.event(seen, "Normal", "Resizing", `External resizer is resizing volume ${name}`);
  try {
    let onNodeToo = true;
    let grown = size;
    if (await drivers.can(driver, "controllerExpandVolume")) {
      const requiredBytes = quantityToNumber(size);
      const secrets = secretsOf(volume.spec?.csi?.controllerExpandSecretRef, world.get);
      const request = { volumeId: volumeHandle, capacityRange: { requiredBytes }, secrets };
      const { nodeExpansionRequired, capacityBytes } = await drivers.call(
        driver,
        "controllerExpandVolume",
        request,
      );
      onNodeToo = nodeExpansionRequired;
      if (capacityBytes > requiredBytes) grown = byteQuantity(capacityBytes);
    } else if (!(await drivers.can(driver, "nodeExpandVolume")))
      throw new DriverError("Unimplemented", `the driver ${driver} cannot make volumes larger`);
    const capacity = { ...volume.spec?.capacity, storage: grown };
    await world.update<PersistentVolume>({ ...volume, spec: { ...volume.spec, capacity } });
    retries.done(claim);
    if (onNodeToo && (await drivers.can(driver, "nodeExpandVolume"))) {
      const message = "Require file system resize of volume on node";
      world.event(claim, "Normal", "FileSystemResizeRequired", message);
      return onNode(seen, size, world);
    }
    return done(seen, grown, world);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    const message = `resize volume "${name}" by resizer "${driver}" failed: ${messageOf(error)}`;
    world.event(claim, "Warning", "VolumeResizeFailed", message);
    const isInfeasible = ["InvalidArgument", "OutOfRange", "Unimplemented", "NotFound"].includes(error.code);
    if (isInfeasible) await say(seen, "Resizing", size, "ControllerResizeInfeasible", undefined, world);
    return retries.failed(claim, world);
  }
}

async function onNode(claim: PersistentVolumeClaim, size: string, world: World): Promise<Outcome> {
  await say(claim, "FileSystemResizePending", size, "NodeResizePending", waiting, world);
  return settled;
}

/** One of the two conditions stands at a time. */
async function say(
  claim: PersistentVolumeClaim,
  type: "Resizing" | "FileSystemResizePending",
  storage: string,
  progress: string,
  message: string | undefined,
  world: World,
): Promise<PersistentVolumeClaim> {
  const { status = {} } = claim;
  const known = status.conditions?.find(each => each.type === type);
  if (
    known &&
    status.allocatedResourceStatuses?.storage === progress &&
    status.allocatedResources?.storage === storage
  )
    return claim;
  const condition: PersistentVolumeClaimCondition = {
    type,
    status: "True",
    lastTransitionTime: known?.lastTransitionTime ?? timestamp(world.now()),
    ...(message !== undefined && { message }),
  };
  return world.report(claim, {
    ...status,
    allocatedResources: { ...status.allocatedResources, storage },
    allocatedResourceStatuses: { ...status.allocatedResourceStatuses, storage: progress },
    conditions: [...othersThanResizing(status.conditions), condition],
  });
}

async function done(claim: PersistentVolumeClaim, storage: string, world: World): Promise<Outcome> {
  await world.report(claim, grownStatus(claim, storage));
  world.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
  return settled;
}
