/**
 * VolumeSnapshots, as by Kubernetes' snapshot-controller: each is bound to a content (snapshot-binding.ts), of which a driver makes the
 * snapshot (snapshot-contents.ts), and says when it is ready, how large it is, and what went wrong. A claim stays until it is copied,
 * a content until its snapshot is gone.
 */
import { concerning, controller, keyOf, type Outcome, settled, type World, waker } from "../../loop/index.ts";
import { timestamp } from "../../outside/index.ts";
import {
  byteQuantity,
  isSame,
  isTerminating,
  type VolumeSnapshot,
  type VolumeSnapshotContent,
} from "../../resources/index.ts";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "./finalizers.ts";
import { contentFor, SnapshotFault } from "./snapshot-binding.ts";
import {
  boundProtection,
  claimProtection,
  classKind,
  contentKind,
  contentProtection,
  snapshotGoes,
  snapshotKind,
} from "./snapshot-names.ts";

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
