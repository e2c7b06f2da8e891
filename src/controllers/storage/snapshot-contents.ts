/**
 * The snapshots of drivers, as by Kubernetes' csi-snapshotter: of a content that names a volume the driver makes one; of a content that goes
 * it is deleted where the policy says so, and never otherwise. A driver that refuses is asked again, ever more seldom.
 */
import { messageOf } from "../../errors/index.ts";
import { controller, type Outcome, settled, type World } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  isTerminating,
  quantityToNumber,
  type VolumeSnapshot,
  type VolumeSnapshotContent,
} from "../../resources/index.ts";
import {
  type CreateSnapshotRequest,
  DriverError,
  isFinal,
  type StorageDrivers,
  secretsOf,
} from "../../storage/index.ts";
import { driverParameters, snapshotSecretOf } from "./class-parameters.ts";
import { DriverRetries } from "./driver-retries.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "./finalizers.ts";
import { classKind, contentKind, contentProtection, snapshotGoes, snapshotKind } from "./snapshot-names.ts";

export function volumeSnapshotContents(drivers: StorageDrivers) {
  // What cannot be made can be deleted at once.
  const making = new DriverRetries();
  const deleting = new DriverRetries();
  /** By uid: what a driver was asked for that may still make it. */
  const unfinished: Unfinished = new Map();
  return controller<typeof contentKind>({
    name: "csi-snapshotter",
    kind: contentKind,
    concurrency: 100,
    wokenBy: [],
    async reconcile(content, world) {
      const retries = isTerminating(content) ? deleting : making;
      const early = retries.early(content, world);
      if (early) return early;
      if (isTerminating(content)) return remove(content, { drivers, retries, unfinished }, world);
      // One that was made by hand is held like any other: else it would go, and the driver would keep what is to be deleted.
      if (!hasFinalizer(content, contentProtection)) {
        await world.update<VolumeSnapshotContent>(withFinalizer(content, contentProtection));
        return settled;
      }
      // The process ended between the two writes that let it go.
      if (content.metadata.annotations?.[snapshotGoes] === "yes" && !snapshotOf(content, world)) {
        if (content.spec.deletionPolicy === "Delete") await world.delete(content);
        return settled;
      }
      if (content.status?.readyToUse || !drivers.has(content.spec.driver)) {
        retries.done(content);
        return settled;
      }
      return make(content, { drivers, retries, unfinished }, world);
    },
  });
}

type Unfinished = Map<string, CreateSnapshotRequest>;

interface Snapshotting {
  readonly drivers: StorageDrivers;
  readonly retries: DriverRetries;
  readonly unfinished: Unfinished;
}

async function make(
  content: VolumeSnapshotContent,
  { drivers, retries, unfinished }: Snapshotting,
  world: World,
): Promise<Outcome> {
  const { driver, source, volumeSnapshotRef, volumeSnapshotClassName = "" } = content.spec;
  const { snapshotHandle, volumeHandle } = source;
  // One that was there before is taken to be there.
  if (snapshotHandle !== undefined) {
    const creationTime = world.now() * 1e6;
    await world.report(content, { snapshotHandle, readyToUse: true, creationTime });
    return settled;
  }
  if (volumeHandle === undefined) return settled;
  try {
    const { parameters } = world.get(classKind, "", volumeSnapshotClassName) ?? {};
    const { uid } = volumeSnapshotRef;
    if (uid === undefined) throw new DriverError("InvalidArgument", "volumeSnapshotRef names no uid");
    const name = `snapshot-${uid}`;
    const secrets = secretsOf(snapshotSecretOf(content), world.get);
    const own = parameters && driverParameters(parameters);
    const request = { name, sourceVolumeId: volumeHandle, secrets, ...(own && { parameters: own }) };
    unfinished.set(content.metadata.uid, request);
    const made = await drivers.call(driver, "createSnapshot", request);
    const { snapshotId, creationTime, readyToUse } = made;
    await world.report(content, {
      snapshotHandle: snapshotId,
      creationTime: creationTime * 1e6,
      readyToUse,
      // 0: the driver does not know it.
      restoreSize: made.sizeBytes || sizeOf(volumeHandle, driver, world),
    });
    unfinished.delete(content.metadata.uid);
    retries.done(content);
    return readyToUse ? settled : retries.failed(content, world);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (isFinal(error)) unfinished.delete(content.metadata.uid);
    const message = `Failed to check and update snapshot content: failed to take snapshot of the volume ${volumeHandle}: "${messageOf(error)}"`;
    world.event(content, "Warning", "SnapshotContentCheckandUpdateFailed", message);
    await world.report(content, {
      ...content.status,
      readyToUse: false,
      error: { message, time: timestamp(world.now()) },
    });
    return retries.failed(content, world);
  }
}

function sizeOf(handle: string, driver: string, world: World): number {
  const volume = world
    .list("PersistentVolume")
    .find(({ spec }) => spec?.csi?.volumeHandle === handle && spec.csi.driver === driver);
  return quantityToNumber(volume?.spec?.capacity?.storage ?? "0");
}

async function remove(
  content: VolumeSnapshotContent,
  { drivers, retries, unfinished }: Snapshotting,
  world: World,
): Promise<Outcome> {
  const { spec, status, metadata } = content;
  if (!hasFinalizer(content, contentProtection)) return settled;
  if (snapshotOf(content, world) && metadata.annotations?.[snapshotGoes] !== "yes") return settled;
  let handle = status?.snapshotHandle ?? spec.source.snapshotHandle;
  try {
    const isToGo = spec.deletionPolicy === "Delete" && drivers.has(spec.driver);
    const request = unfinished.get(metadata.uid);
    // What it is called is known when it is asked for once more.
    if (isToGo && handle === undefined && request)
      handle = (await drivers.call(spec.driver, "createSnapshot", request)).snapshotId;
    if (isToGo && handle !== undefined)
      await drivers.call(spec.driver, "deleteSnapshot", {
        snapshotId: handle,
        secrets: secretsOf(snapshotSecretOf(content), world.get),
      });
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    if (handle === undefined && isFinal(error)) {
      // It was refused for good: there is none.
      unfinished.delete(metadata.uid);
      await world.update(withoutFinalizer(content, contentProtection));
      return settled;
    }
    const message = `Failed to delete snapshot: failed to delete snapshot "${handle}": ${messageOf(error)}`;
    world.event(content, "Warning", "SnapshotDeleteError", message);
    return retries.failed(content, world);
  }
  unfinished.delete(metadata.uid);
  retries.done(content);
  await world.update(withoutFinalizer(content, contentProtection));
  return settled;
}

function snapshotOf({ spec }: VolumeSnapshotContent, world: World): VolumeSnapshot | undefined {
  const { name = "", namespace = "", uid } = spec.volumeSnapshotRef;
  const found = world.get(snapshotKind, namespace, name);
  return found?.metadata.uid === uid ? found : undefined;
}
