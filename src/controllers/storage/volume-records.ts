/**
 * Keeps what is known of the volumes in a folder that outlives the cluster beside them, so that the next cluster with that folder has them
 * again. A volume whose object is deleted is forgotten, also where its data are retained.
 */
import { controller, settled } from "../../loop/index.ts";
import type { VolumeRecords } from "../../storage/index.ts";

export function volumeRecords(records: VolumeRecords) {
  return controller<"PersistentVolume">({
    name: "volume-records-controller",
    kind: "PersistentVolume",
    concurrency: 20,
    wokenBy: [],
    concerns: volume => records.isFor(volume),
    async reconcile(volume) {
      if (records.isFor(volume)) await records.keep(volume);
      return settled;
    },
    async gone({ name }) {
      await records.forget(name);
      return settled;
    },
  });
}
