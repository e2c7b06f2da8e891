/** What a pod has written outlives it: its deletion, the loss of its node, and the end of the whole cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster, type ClusterOptions, type Pod } from "k4s";
import type { Demo } from "./stage.ts";

const pods = ["db-0", "db-1"];
const images = new URL("../workers", import.meta.url);
const kept = ["PersistentVolume", "PersistentVolumeClaim"] as const;

let folder: string | undefined;

export default {
  title: "Data that outlive pods, nodes and the cluster",
  picture: `
     StatefulSet db   ──▶  db-0        db-1         pods come and go
                            │           │
     claims            data-db-0    data-db-1       stay with their ordinal
                            │           │
     volumes             pvc-…       pvc-…          folders, made when asked for`,
  manifest: "18-data-that-stay.yaml",
  /** The folder in which volumes lie and stay: the second cluster gets it, too. */
  get options(): ClusterOptions {
    folder ??= mkdtempSync(join(tmpdir(), "k4s-demo-"));
    return { nodes: 2, volumes: folder };
  },
  async play(cluster, stage) {
    try {
      await stage.step("Declare a StatefulSet of two, each with a claim.");
      await stage.apply(this.manifest);
      await stage.until("both are ready", cluster.rollout.wait("StatefulSet/db"));
      await stage.table("PersistentVolumeClaim");

      await stage.step("Write a note into each.");
      for (const pod of pods) stage.message("you", `${pod}.db`, await notesOf(cluster, pod, `I am ${pod}`));

      await stage.step("Delete db-0.");
      const first = await cluster.get("Pod", "db-0");
      await cluster.delete("Pod", "db-0");
      await stage.until("another db-0 is ready", another(cluster, first));
      const after = await notesOf(cluster, "db-0");
      stage.claim("its note is there", after.join() === "I am db-0", after);

      await stage.step("Drain the node on which db-0 runs.");
      const second = await cluster.get("Pod", "db-0");
      const node = second?.spec.nodeName ?? "";
      await cluster.nodes.drain(node);
      await stage.until("another db-0 is ready", another(cluster, second));
      const elsewhere = (await cluster.get("Pod", "db-0"))?.spec.nodeName;
      stage.say(`  db-0 was on ${node}, and is on ${elsewhere}`);
      stage.claim("it runs elsewhere", elsewhere !== node, elsewhere);
      const moved = await notesOf(cluster, "db-0");
      stage.claim("and its note came with it", moved.join() === "I am db-0", moved);

      await stage.step(
        "Stop the cluster. Start another, with the same folder and the volumes and claims of the first.",
      );
      const objects = (await Promise.all(kept.map(kind => cluster.list(kind)))).flat();
      await cluster.stop();
      await using next = new Cluster({ images, volumes: folder, objects });
      await next.start();
      await next.applyFile(new URL(`../yaml/${this.manifest}`, import.meta.url));
      await stage.until("both are ready", next.rollout.wait("StatefulSet/db"));
      const all = await Promise.all(pods.map(pod => notesOf(next, pod)));
      stage.claim("each has its own note", all.join() === "I am db-0,I am db-1", all);
      const claims = await next.list("PersistentVolumeClaim");
      const isSame = claims.every(({ metadata }) =>
        objects.some(({ metadata: { uid } }) => uid === metadata.uid),
      );
      stage.claim("by the claims of the first cluster", claims.length === 2 && isSame, claims.length);
    } finally {
      await cluster.stop();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    }
  },
} satisfies Demo;

/** Asks a pod by its name for its notes, after it has written another one, if one is given. */
async function notesOf(cluster: Cluster, pod: string, note?: string): Promise<string[]> {
  return (await cluster.api.request<{ notes: string[] }>(`${pod}.db`, { note })).notes;
}

/** Resolves when another pod of this name is ready. */
async function another(cluster: Cluster, before?: Pod): Promise<void> {
  const isAnother = (pod?: Pod) =>
    pod !== undefined &&
    pod.metadata.uid !== before?.metadata.uid &&
    pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  await cluster.waitFor("Pod/db-0", isAnother);
}
