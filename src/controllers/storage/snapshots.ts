/**
 * VolumeSnapshots, as by Kubernetes' snapshot-controller: one that names a claim gets a content, of which a driver makes the snapshot
 * (snapshot-contents.ts); one that names a content is bound to that. The two name each other, and the snapshot says when
 * it is ready, how large it is, and what went wrong. A claim stays until it is copied, a content until its snapshot is gone.
 */
import { messageOf } from "../../errors/index.ts";
import { concerning, controller, keyOf, type Outcome, settled, type World, waker } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  byteQuantity,
  isSame,
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
  boundProtection,
  claimProtection,
  classKind,
  contentKind,
  contentProtection,
  isDefaultClass,
  snapshotApiVersion,
  snapshotGoes,
  snapshotKind,
} from "./snapshot-names.ts";

/** What keeps a snapshot from its content; the event and the status say it. */
class SnapshotFault extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = "SnapshotFault";
    this.reason = reason;
  }
}

const contents = waker(contentKind, function* ({ object: { spec } }) {
  const { namespace, name = "" } = spec.volumeSnapshotRef;
  yield keyOf(snapshotKind, namespace, name);
});

export function volumeSnapshots() {
  return controller<typeof snapshotKind>({
    name: "snapshot-controller",
    kind: snapshotKind,
    wokenBy: [
      contents,
      concerning("PersistentVolumeClaim", snapshotKind, isOf),
      concerning(classKind, snapshotKind, ({ status }) => !status?.boundVolumeSnapshotContentName),
    ],
    async reconcile(snapshot, world) {
      if (isTerminating(snapshot)) return letGo(snapshot, world);
      try {
        const content = await contentFor(snapshot, world);
        await follow(snapshot, content, world);
      } catch (error) {
        if (!(error instanceof SnapshotFault)) throw error;
        await fail(snapshot, error, world);
      }
      return settled;
    },
  });
}

function isOf({ spec }: VolumeSnapshot, claim: { readonly metadata: { readonly name: string } }): boolean {
  return spec.source.persistentVolumeClaimName === claim.metadata.name;
}

/** The content that the snapshot has, or gets now. */
async function contentFor(snapshot: VolumeSnapshot, world: World): Promise<VolumeSnapshotContent> {
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

/** The snapshot says what its content says. */
async function follow(
  snapshot: VolumeSnapshot,
  { metadata: { name }, spec, status = {} }: VolumeSnapshotContent,
  world: World,
): Promise<void> {
  const { volumeSnapshotClassName } = spec;
  let seen = snapshot;
  const isMarked = hasFinalizer(snapshot, boundProtection);
  if (!isMarked || (!snapshot.spec.volumeSnapshotClassName && volumeSnapshotClassName)) {
    const marked = isMarked ? snapshot : withFinalizer(snapshot, boundProtection);
    const named = snapshot.spec.volumeSnapshotClassName ?? volumeSnapshotClassName;
    const filled = { ...snapshot.spec, ...(named && { volumeSnapshotClassName: named }) };
    seen = await world.update<VolumeSnapshot>({ ...marked, spec: filled });
  }
  const { creationTime, restoreSize, readyToUse = false, error } = status;
  const before = seen.status ?? {};
  const said: VolumeSnapshot["status"] = {
    boundVolumeSnapshotContentName: name,
    readyToUse,
    ...(creationTime !== undefined && { creationTime: timestamp(Math.floor(creationTime / 1e6)) }),
    ...(restoreSize !== undefined && { restoreSize: byteQuantity(restoreSize) }),
    ...(error && { error }),
  };
  if (!isSame(before, said)) await world.report(seen, said);
  const { namespace, name: own } = snapshot.metadata;
  if (creationTime !== undefined && before.creationTime === undefined)
    world.event(
      snapshot,
      "Normal",
      "SnapshotCreated",
      `Snapshot ${namespace}/${own} was successfully created by the CSI driver.`,
    );
  if (readyToUse && !before.readyToUse)
    world.event(snapshot, "Normal", "SnapshotReady", `Snapshot ${namespace}/${own} is ready to use.`);
  if (creationTime !== undefined) await releaseClaim(snapshot, world);
}

/** A claim of which no copy is being made any more may go. */
async function releaseClaim({ metadata, spec }: VolumeSnapshot, world: World): Promise<void> {
  const { namespace = "" } = metadata;
  const claim = world.get("PersistentVolumeClaim", namespace, spec.source.persistentVolumeClaimName ?? "");
  if (!claim || !hasFinalizer(claim, claimProtection)) return;
  const isCopied = world
    .list(snapshotKind, { namespace })
    .some(
      other =>
        other.metadata.uid !== metadata.uid &&
        isOf(other, claim) &&
        !isTerminating(other) &&
        other.status?.creationTime === undefined &&
        other.status?.boundVolumeSnapshotContentName !== undefined,
    );
  if (!isCopied) await world.update(withoutFinalizer(claim, claimProtection));
}

async function fail(
  snapshot: VolumeSnapshot,
  { reason, message }: SnapshotFault,
  world: World,
): Promise<void> {
  const { status = {} } = snapshot;
  if (status.error?.message === message) return;
  const error = { message, time: timestamp(world.now()) };
  await world.report(snapshot, { ...status, readyToUse: false, error });
  world.event(snapshot, "Warning", reason, message);
}

/** A snapshot that goes takes its content with it where the policy says so, and goes when that is gone. */
async function letGo(snapshot: VolumeSnapshot, world: World): Promise<Outcome> {
  const { metadata, status, spec } = snapshot;
  const { namespace = "", name, uid } = metadata;
  const isRead = world
    .list("PersistentVolumeClaim", { namespace })
    .some(
      claim =>
        claim.status?.phase === "Pending" &&
        claim.spec.dataSourceRef?.kind === "VolumeSnapshot" &&
        claim.spec.dataSourceRef.name === name,
    );
  if (isRead) return settled;
  await releaseClaim(snapshot, world);
  const named = status?.boundVolumeSnapshotContentName ?? spec.source.volumeSnapshotContentName;
  const content = world.get(contentKind, "", named ?? `snapcontent-${uid}`);
  if (content?.spec.volumeSnapshotRef.uid === uid) {
    if (content.spec.deletionPolicy === "Delete") {
      await dismiss(content, world);
      return settled;
    }
    // It goes, and has waited for its snapshot.
    if (isTerminating(content) && hasFinalizer(content, contentProtection))
      await world.update(withoutFinalizer(content, contentProtection));
  }
  if (hasFinalizer(snapshot, boundProtection))
    await world.update(withoutFinalizer(snapshot, boundProtection));
  return settled;
}

async function dismiss(content: VolumeSnapshotContent, world: World): Promise<void> {
  const { metadata } = content;
  const isTold = metadata.annotations?.[snapshotGoes] === "yes";
  const annotations = { ...metadata.annotations, [snapshotGoes]: "yes" };
  const told = isTold ? content : await world.update({ ...content, metadata: { ...metadata, annotations } });
  if (!isTerminating(told)) await world.delete(told);
}
