import type { PersistentVolumeClaim } from "k4s";
import type { Check } from "../classroom/check.ts";
import type { Scene } from "../classroom/scene.ts";

const applied = "applied your file";

export default {
  scenarios: [
    {
      name: "The claim notes is bound to a volume that was made for it",
      task: 1,
      points: 2,
      async run(scene) {
        await begin(scene);
        const { spec } = await bound(scene, "notes");
        const volume = await scene.cluster.get("PersistentVolume", spec.volumeName ?? "");
        const by = volume?.metadata.annotations?.["pv.kubernetes.io/provisioned-by"];
        scene.expect(by !== undefined, {
          did: applied,
          expected: "a volume that a StorageClass made",
          happened: `it is bound to ${spec.volumeName}, which somebody has made by hand`,
        });
      },
    },
    {
      name: "The claim cache is bound, for the pod reader uses it",
      task: 2,
      points: 2,
      async run(scene) {
        await begin(scene);
        const { spec } = await bound(scene, "cache");
        const reader = await scene.until(
          () => scene.cluster.get("Pod", "reader"),
          pod => pod?.status?.phase === "Running",
          { did: applied, expected: "a pod reader that runs" },
          pod => (pod ? `it is ${pod.status?.phase}` : "there is none"),
        );
        const volume = reader?.spec.volumes?.find(
          ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === "cache",
        );
        const mounts = (reader?.spec.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts);
        const isMounted = mounts.some(
          ({ name, mountPath }) => name === volume?.name && mountPath === "/cache",
        );
        scene.expect(volume !== undefined && isMounted, {
          did: applied,
          expected: "the pod reader to mount the claim at /cache",
          happened: volume
            ? "its containers mount it elsewhere, or not at all"
            : "it has no volume of the claim",
        });
        scene.expect(spec.storageClassName === "near", {
          did: applied,
          expected: "the claim to be of the class near",
          happened: `it is of the class ${spec.storageClassName}`,
        });
      },
    },
    {
      name: "The claim archive is bound to the volume old-archive",
      task: 3,
      points: 2,
      async run(scene) {
        await begin(scene);
        const { spec } = await bound(scene, "archive");
        scene.expect(spec.volumeName === "old-archive", {
          did: applied,
          expected: "the claim archive to have the volume old-archive",
          happened: `it has ${spec.volumeName}`,
        });
      },
    },
  ],
} satisfies Check;

async function begin(scene: Scene): Promise<void> {
  await scene.cluster.apply(scene.manifest);
  await scene.applyLearners();
}

/** The claim, once it is bound; why it is not, its last event says. */
async function bound(scene: Scene, name: string): Promise<PersistentVolumeClaim> {
  const { claim } = await scene.until(
    async () => {
      const claim = await scene.cluster.get("PersistentVolumeClaim", name);
      const events = claim ? await scene.cluster.events(`PersistentVolumeClaim/${name}`) : [];
      return { claim, message: events.at(-1)?.message };
    },
    ({ claim }) => claim?.status?.phase === "Bound",
    { did: applied, expected: `the claim ${name} to be Bound` },
    ({ claim, message }) =>
      claim
        ? `it is ${claim.status?.phase ?? "new"}: ${message ?? "nothing is said of it"}`
        : "there is none",
  );
  return claim as PersistentVolumeClaim;
}
