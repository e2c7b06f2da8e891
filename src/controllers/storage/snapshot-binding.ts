/**
 * Which content a VolumeSnapshot has: the one that it names, the one that was kept for it, or a new one, of which its driver makes the
 * snapshot. The two name each other from then on. What stands in the way is a SnapshotFault, in the words of Kubernetes'
 * snapshot-controller.
 */
import { messageOf } from "../../errors/index.ts";
import type { World } from "../../loop/index.ts";
import {
  isTerminating,
  type PersistentVolume,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
} from "../../resources/index.ts";
import { DriverError } from "../../storage/index.ts";
import { snapshotSecretMarks } from "./class-parameters.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "./finalizers.ts";
import {
  claimProtection,
  classKind,
  contentKind,
  contentProtection,
  isDefaultClass,
  snapshotApiVersion,
} from "./snapshot-names.ts";

/** What keeps a snapshot from its content; the event and the status say it. */
export class SnapshotFault extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = "SnapshotFault";
    this.reason = reason;
  }
}

/** The content that the snapshot has, or gets now. */
export async function contentFor(snapshot: VolumeSnapshot, world: World): Promise<VolumeSnapshotContent> {
  const { volumeSnapshotContentName: given } = snapshot.spec.source;
  if (given !== undefined) return givenContent(snapshot, given, world);
  const { uid } = snapshot.metadata;
  const { boundVolumeSnapshotContentName: bound } = snapshot.status ?? {};
  const name = bound ?? `snapcontent-${uid}`;
  const found = world.get(contentKind, "", name);
  if (found?.spec.volumeSnapshotRef.uid === uid) return found;
  if (found) throw misbound(name);
  if (bound !== undefined)
    throw new SnapshotFault("SnapshotContentMissing", "VolumeSnapshotContent is missing");
  const kept = world.list(contentKind).find(content => isKeptFor(content, snapshot));
  return kept ? bindContent(kept, snapshot, world) : makeContent(snapshot, name, world);
}

/**
 * Whether it is the content of a snapshot of that name in a cluster that was there before, on the same folder. None else names a volume
 * and no certain snapshot.
 */
function isKeptFor({ spec, status, metadata }: VolumeSnapshotContent, snapshot: VolumeSnapshot): boolean {
  const { volumeSnapshotRef: ref, source } = spec;
  return (
    ref.uid === undefined &&
    ref.name === snapshot.metadata.name &&
    ref.namespace === snapshot.metadata.namespace &&
    source.volumeHandle !== undefined &&
    status?.snapshotHandle !== undefined &&
    metadata.deletionTimestamp === undefined
  );
}

function misbound(name: string): SnapshotFault {
  return new SnapshotFault(
    "SnapshotContentMisbound",
    `VolumeSnapshotContent [${name}] is bound to a different snapshot`,
  );
}

/** The uid of the snapshot is entered into its content. */
async function bindContent(
  content: VolumeSnapshotContent,
  { metadata }: VolumeSnapshot,
  world: World,
): Promise<VolumeSnapshotContent> {
  const bound = {
    ...content.spec,
    volumeSnapshotRef: { ...content.spec.volumeSnapshotRef, uid: metadata.uid },
  };
  const held = withFinalizer(withoutFinalizer(content, contentProtection), contentProtection);
  return world.update<VolumeSnapshotContent>({ ...held, spec: bound });
}

/** One that is there before its snapshot names that; the snapshot's uid is entered into it. */
async function givenContent(
  snapshot: VolumeSnapshot,
  name: string,
  world: World,
): Promise<VolumeSnapshotContent> {
  const content = world.get(contentKind, "", name);
  if (!content) throw new SnapshotFault("SnapshotContentMissing", "VolumeSnapshotContent is missing");
  const { metadata } = snapshot;
  const { volumeSnapshotRef: ref } = content.spec;
  const isOurs =
    ref.name === metadata.name &&
    ref.namespace === metadata.namespace &&
    [undefined, metadata.uid].includes(ref.uid);
  if (!isOurs) throw misbound(name);
  if (content.spec.source.snapshotHandle === undefined)
    throw new SnapshotFault(
      "SnapshotContentMismatch",
      "VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one",
    );
  return ref.uid === undefined ? bindContent(content, snapshot, world) : content;
}

async function makeContent(
  snapshot: VolumeSnapshot,
  name: string,
  world: World,
): Promise<VolumeSnapshotContent> {
  const failed = (why: string) =>
    new SnapshotFault("SnapshotContentCreationFailed", `Failed to create snapshot content with error ${why}`);
  const { metadata, spec } = snapshot;
  const { namespace = "" } = metadata;
  const { persistentVolumeClaimName: claimName = "" } = spec.source;
  const claim = world.get("PersistentVolumeClaim", namespace, claimName);
  if (!claim)
    throw failed(
      `snapshot controller failed to update ${metadata.name} on API server: cannot get claim from snapshot`,
    );
  const volume = world.get("PersistentVolume", "", claim.spec.volumeName ?? "");
  if (claim.status?.phase !== "Bound" || !volume)
    throw failed(`the PVC ${claimName} is not yet bound to a PV, will not attempt to take a snapshot`);
  const { csi } = volume.spec ?? {};
  if (!csi) throw failed(`cannot find CSI PersistentVolumeSource for volume ${volume.metadata.name}`);
  const snapshotClass = await classOf(snapshot, volume, world);
  if (snapshotClass.driver !== csi.driver)
    throw failed(
      `cannot get volume from snapshot: driver name in volume snapshot class ${snapshotClass.driver} does not match driver of the volume ${csi.driver}`,
    );
  if (!hasFinalizer(claim, claimProtection) && !isTerminating(claim))
    await world.update(withFinalizer(claim, claimProtection));
  const { apiVersion, kind } = snapshot;
  const { uid, resourceVersion } = metadata;
  const annotations = secretMarks(snapshotClass, { name: metadata.name, namespace }, name);
  const made = await world.create<VolumeSnapshotContent>({
    apiVersion: snapshotApiVersion,
    kind: "VolumeSnapshotContent",
    metadata: { name, annotations, finalizers: [contentProtection] },
    spec: {
      deletionPolicy: snapshotClass.deletionPolicy,
      driver: csi.driver,
      source: { volumeHandle: csi.volumeHandle },
      sourceVolumeMode: volume.spec?.volumeMode ?? "Filesystem",
      volumeSnapshotClassName: snapshotClass.metadata.name,
      volumeSnapshotRef: { apiVersion, kind, name: metadata.name, namespace, uid, resourceVersion },
    },
  });
  const message = `Waiting for a snapshot ${namespace}/${metadata.name} to be created by the CSI driver.`;
  world.event(snapshot, "Normal", "CreatingSnapshot", message);
  return made;
}

function secretMarks(
  { parameters }: VolumeSnapshotClass,
  snapshot: { readonly name: string; readonly namespace: string },
  contentName: string,
) {
  try {
    return snapshotSecretMarks(parameters, snapshot, contentName);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    throw new SnapshotFault("SnapshotContentCreationFailed", messageOf(error));
  }
}

/** The class that the snapshot names, or else that of its driver which is marked as the default. */
async function classOf(
  snapshot: VolumeSnapshot,
  { spec }: PersistentVolume,
  world: World,
): Promise<VolumeSnapshotClass> {
  const { volumeSnapshotClassName: named } = snapshot.spec;
  if (named !== undefined) {
    const found = world.get(classKind, "", named);
    if (found) return found;
    throw new SnapshotFault(
      "GetSnapshotClassFailed",
      `Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "${named}" not found`,
    );
  }
  const defaults = world
    .list(classKind)
    .filter(
      ({ driver, metadata }) =>
        driver === spec?.csi?.driver && metadata.annotations?.[isDefaultClass] === "true",
    );
  const [first, ...others] = defaults;
  if (first && others.length === 0) return first;
  const why = first
    ? `${defaults.length} default snapshot classes were found`
    : "cannot find default snapshot class";
  throw new SnapshotFault(
    "SetDefaultSnapshotClassFailed",
    `Failed to set default snapshot class with error ${why}`,
  );
}
