/** A snapshot keeps a volume as it was; a claim that names it begins with that, whatever became of the volume since. */
import type { Cluster } from "k4s";
import type { Demo } from "./stage.ts";

export default {
  title: "Snapshot and restore",
  picture: `
     Pod notebook ──▶ claim notes      ──▶ "Monday", "Tuesday"
                          │ VolumeSnapshot monday
                          ▼
     Pod archive  ──▶ claim restored   ──▶ "Monday"`,
  manifest: "19-notebook.yaml",
  async play(cluster, stage) {
    await stage.step("Declare a notebook with a claim, and write a note.");
    await stage.apply(this.manifest);
    await stage.until("it is ready", cluster.waitFor("Pod/notebook", "Ready"));
    stage.message("you", "notebook", await notesOf(cluster, "notebook", "Monday"));

    await stage.step("Take a snapshot.");
    await stage.apply("19-snapshot.yaml");
    await stage.until(
      "it can be used",
      cluster.waitFor(
        "VolumeSnapshot.snapshot.storage.k8s.io/monday",
        snapshot => snapshot?.status?.readyToUse === true,
      ),
    );
    await stage.table("VolumeSnapshot");

    await stage.step("Write another note, and delete the notebook with its claim.");
    const both = await notesOf(cluster, "notebook", "Tuesday");
    stage.message("you", "notebook", both);
    stage.claim("the volume has both", both.join() === "Monday,Tuesday", both);
    const volume = (await cluster.get("PersistentVolumeClaim", "notes"))?.spec.volumeName;
    await cluster.delete("Pod", "notebook");
    await cluster.delete("PersistentVolumeClaim", "notes");
    await stage.until("its volume is gone", cluster.waitFor(`PersistentVolume/${volume}`, "deleted"));

    await stage.step("Declare a claim that begins with the snapshot, and a pod that reads it.");
    await stage.apply("19-restored.yaml");
    await stage.until("it is ready", cluster.waitFor("Pod/archive", "Ready"));
    const restored = await notesOf(cluster, "archive");
    stage.message("you", "archive", restored);
    stage.claim(
      "it has the note of before the snapshot, and not the later one",
      restored.join() === "Monday",
      restored,
    );

    await stage.step("Write into the restored one. The snapshot stays as it is.");
    await notesOf(cluster, "archive", "Wednesday");
    const text = `
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: { name: again }
      spec:
        accessModes: [ReadWriteOnce]
        resources: { requests: { storage: 1Mi } }
        dataSource: { apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: monday }`;
    await cluster.apply(text);
    const notes = { name: "notes", persistentVolumeClaim: { claimName: "again" } };
    const volumeMounts = [{ name: "notes", mountPath: "/data" }];
    const containers = [{ name: "main", image: "notebook", volumeMounts }];
    await cluster.apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "again" },
      spec: { containers, volumes: [notes] },
    });
    await stage.until("another one, restored from it, is ready", cluster.waitFor("Pod/again", "Ready"));
    const again = await notesOf(cluster, "again");
    stage.claim("it begins with Monday, too", again.join() === "Monday", again);
  },
} satisfies Demo;

async function notesOf(cluster: Cluster, pod: string, note?: string): Promise<string[]> {
  return (await cluster.api.request<{ notes: string[] }>(`pod/${pod}`, { note })).notes;
}
