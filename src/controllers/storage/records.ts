/**
 * Keeps what is known of the volumes and snapshots in a folder that outlives the cluster beside them, so that the next cluster with that
 * folder has them again. What is deleted is forgotten, also where its data are retained.
 */
import { type Controller, controller, keyOf, settled, waker } from "../../loop/index.ts";
import type { StorageDrivers, StorageRecords } from "../../storage/index.ts";
import { contentKind, snapshotGoes, snapshotKind } from "./snapshot-names.ts";

export function recordings({ records }: Pick<StorageDrivers, "records">): Controller[] {
  return records ? [volumeRecording(records) as Controller, snapshotRecording(records) as Controller] : [];
}

function volumeRecording({ volumes }: StorageRecords) {
  return controller<"PersistentVolume">({
    name: "volume-records-controller",
    kind: "PersistentVolume",
    concurrency: 20,
    wokenBy: [],
    concerns: volume => volumes.isFor(volume),
    async reconcile(volume) {
      const { phase } = volume.status ?? {};
      const isLeft = phase === "Released" || phase === "Failed";
      await volumes.keep(volume, isLeft || volume.metadata.deletionTimestamp !== undefined);
      return settled;
    },
    async gone({ name }) {
      await volumes.forget(name);
      return settled;
    },
  });
}

/** A snapshot that goes may leave its content. The name of one that is not there could be anything, a path too. */
const ofSnapshot = waker(snapshotKind, function* ({ object: { status } }, reader) {
  const { boundVolumeSnapshotContentName: name = "" } = status ?? {};
  if (reader.get(contentKind, "", name)) yield keyOf(contentKind, "", name);
});

function snapshotRecording({ snapshots }: StorageRecords) {
  return controller<typeof contentKind>({
    name: "snapshot-records-controller",
    kind: contentKind,
    concurrency: 20,
    wokenBy: [ofSnapshot],
    async reconcile(content, world) {
      if (!snapshots.isFor(content)) return settled;
      const { namespace = "", name = "", uid } = content.spec.volumeSnapshotRef;
      const goes = content.metadata.annotations?.[snapshotGoes] === "yes";
      const has = world.get(snapshotKind, namespace, name)?.metadata.uid;
      await snapshots.keep(content, goes || (uid !== undefined && has !== uid));
      return settled;
    },
    async gone({ name }) {
      await snapshots.forget(name);
      return settled;
    },
  });
}
