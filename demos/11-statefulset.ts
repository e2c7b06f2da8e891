/** Pods with names and storage that stay: started in order, replaced as themselves, changed from the highest down. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster, Draft, PersistentVolume, Pod } from "k4s";
import type { Demo } from "./stage.ts";

interface Page {
  by: string;
  edition: string;
  notes: string[];
}

const names = ["db-0", "db-1", "db-2"];

export default {
  title: "StatefulSet: names and storage that stay",
  picture: `
     StatefulSet db     db-0 ──▶ db-1 ──▶ db-2      started one after the other
                         │        │        │
     claims         data-db-0  data-db-1  data-db-2   stay when a pod goes
     names            db-0.db    db-1.db    db-2.db   lead to it again`,
  manifest: "11-statefulset.yaml",
  // Volumes are folders of the machine only where that is allowed.
  options: { hostPaths: [tmpdir()] },
  async play(cluster, stage) {
    const folder = await mkdtemp(join(tmpdir(), "k4s-demo-"));
    try {
      await stage.step("Three folders of this machine are the volumes. Declare a StatefulSet of three.");
      for (const name of names) await cluster.apply(volumeIn(folder, name));
      const after = cluster.revision;
      await stage.apply(this.manifest);
      await stage.until("all three are ready", cluster.rollout.wait("StatefulSet/db"));
      await stage.table("StatefulSet");
      for (const { metadata, spec } of await cluster.list("PersistentVolumeClaim"))
        stage.say(`  the claim ${metadata.name} has the volume ${spec?.volumeName}`);
      stage.claim("each was made when the one before was ready", madeInOrder(cluster, after));

      await stage.step("Write a note into each, by its own name.");
      for (const name of names) {
        const page = await ask(cluster, name, `I am ${name}`);
        stage.message("you", `${name}.db`, page.notes);
      }

      await stage.step("Delete db-1.");
      const before = await cluster.get("Pod", "db-1");
      await cluster.delete("Pod", "db-1");
      const isAnother = (pod?: Pod) =>
        pod !== undefined && pod.metadata.uid !== before?.metadata.uid && isReady(pod);
      await stage.until("another db-1 is ready", cluster.waitFor("Pod/db-1", isAnother));
      const page = await ask(cluster, "db-1");
      stage.claim(
        "it has the name, and the note, of the one before",
        page.notes.join() === "I am db-1",
        page,
      );

      await stage.step(
        "Change the template, but only from ordinal 2 on (partition: 2): a first one to try it.",
      );
      const env = [{ name: "EDITION", value: "2" }];
      await cluster.patch(
        "StatefulSet",
        "db",
        {
          spec: {
            updateStrategy: { rollingUpdate: { partition: 2 } },
            template: { spec: { containers: [{ name: "db", env }] } },
          },
        },
        { type: "strategic" },
      );
      await stage.until("the partition is rolled out", cluster.rollout.wait("StatefulSet/db"));
      stage.claim("db-2 has the new template, the others the old", (await editions(cluster)) === "112");

      await stage.step("Roll it out to all (partition: 0).");
      const partition = cluster.revision;
      await cluster.patch("StatefulSet", "db", {
        spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
      });
      await stage.until("all have it", cluster.rollout.wait("StatefulSet/db"));
      stage.claim("now all have the new template", (await editions(cluster)) === "222");
      const order = madeSince(cluster, partition).join();
      stage.claim("the highest came first", order === "db-1,db-0", order);

      await stage.step("Scale down to one, and up to three again.");
      await cluster.scale("StatefulSet/db", 1);
      await stage.until("db-1 is gone", cluster.waitFor("Pod/db-1", "deleted"));
      const claims = await cluster.list("PersistentVolumeClaim");
      stage.claim("the claims of those that went are still there", claims.length === 3, claims.length);
      await cluster.scale("StatefulSet/db", 3);
      await stage.until("three are ready", cluster.rollout.wait("StatefulSet/db"));
      const pages = await Promise.all(names.map(name => ask(cluster, name)));
      stage.claim(
        "and with them the notes",
        pages.every(({ by, notes }) => notes.join() === `I am ${by}`),
        pages,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
} satisfies Demo;

function volumeIn(folder: string, name: string): Draft<PersistentVolume> {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `disk-of-${name}` },
    spec: {
      storageClassName: "",
      capacity: { storage: "1Mi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: join(folder, name), type: "DirectoryOrCreate" },
    },
  };
}

function ask(cluster: Cluster, pod: string, note?: string): Promise<Page> {
  return cluster.api.request<Page>(`${pod}.db`, { note });
}

async function editions(cluster: Cluster): Promise<string> {
  const pages = await Promise.all(names.map(name => ask(cluster, name)));
  return pages.map(({ edition }) => edition).join("");
}

/** The names of the pods that were made, in that order. */
function madeSince(cluster: Cluster, after: number): string[] {
  const made = cluster.history({ after }).filter(({ type, key }) => type === "ADDED" && key.kind === "Pod");
  return made.map(({ key }) => key.name);
}

function madeInOrder(cluster: Cluster, after: number): boolean {
  const ready = new Set<string>();
  return cluster.history({ after }).every(({ type, key, object }) => {
    if (key.kind !== "Pod") return true;
    if (isReady(object as Pod)) ready.add(key.name);
    return type !== "ADDED" || names.slice(0, names.indexOf(key.name)).every(name => ready.has(name));
  });
}

function isReady(pod?: Pod): boolean {
  return pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
