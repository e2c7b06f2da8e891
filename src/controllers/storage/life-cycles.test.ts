/**
 * Volumes and snapshots through random lives, in virtual time, with a driver that only remembers and now and then refuses, and a control
 * plane that now and then starts anew: nothing is ever deleted that its policy retains, that a claim still has, that a pod uses or that is
 * attached to a node; and what is to go does go in the end.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Controller, Loop } from "../../loop/index.ts";
import { author, pod, TestCluster } from "../../loop/test-cluster.ts";
import type { Draft, KubernetesObject } from "../../resources/index.ts";
import { DriverError, type StorageDriver, StorageDrivers } from "../../storage/index.ts";
import {
  attachDetach,
  attacher,
  nodeDrivers,
  volumeProvisioning,
  volumeSnapshotContents,
  volumeSnapshots,
} from "./index.ts";
import { claimProtection, volumeProtection } from "./protection.ts";
import { classKind, contentKind, snapshotKind } from "./snapshot-names.ts";
import { volumeBinding } from "./volume-binding.ts";

const policies = ["Delete", "Retain"] as const;
type Policy = (typeof policies)[number];
const driverName = "disk.csi.example.com";

type Step =
  | { readonly do: "claim"; readonly name: string; readonly policy: Policy }
  | {
      readonly do: "use" | "leave" | "drop claim" | "drop volume" | "drop snapshot" | "drop content";
      readonly name: string;
    }
  | { readonly do: "policy"; readonly name: string; readonly policy: Policy }
  | { readonly do: "snapshot"; readonly name: string; readonly policy: Policy }
  | { readonly do: "restore"; readonly name: string; readonly policy: Policy }
  | { readonly do: "restart" }
  | { readonly do: "refuse"; readonly isOn: boolean }
  | { readonly do: "wait"; readonly seconds: number };

const name = fc.constantFrom("a", "b");
const policy = fc.constantFrom(...policies);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constantFrom("claim", "snapshot", "restore", "policy"), name, policy }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      do: fc.constantFrom("use", "leave", "drop claim", "drop volume", "drop snapshot", "drop content"),
      name,
    }),
    weight: 6,
  },
  fc.record({ do: fc.constant("restart") }),
  fc.record({ do: fc.constant("refuse"), isOn: fc.boolean() }),
  fc.record({ do: fc.constant("wait"), seconds: fc.integer({ min: 0, max: 30 }) }),
) as fc.Arbitrary<Step>;

class World {
  readonly cluster: TestCluster;
  /** What the driver has. */
  readonly volumes = new Set<string>();
  readonly snapshots = new Set<string>();
  /** Of both, what a policy has ever retained: it may be left in the end. */
  readonly retained = new Set<string>();
  readonly wrongs: string[] = [];
  /** Volumes that are attached, each by its node. */
  readonly attached = new Set<string>();
  /** How often a volume was attached. */
  attachments = 0;
  #loops: Loop[] = [];
  isRefusing = false;

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  static async begin(): Promise<World> {
    const cluster = await TestCluster.of();
    const world = new World(cluster);
    world.#start();
    await cluster.create({ apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} } as Draft);
    for (const each of policies) {
      const metadata = { name: each.toLowerCase() };
      await cluster.create({
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata,
        provisioner: driverName,
        reclaimPolicy: each,
      } as Draft);
      await cluster.create({
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshotClass",
        metadata,
        driver: driverName,
        deletionPolicy: each,
      } as Draft);
    }
    expect(cluster.store.list(classKind)).toHaveLength(2);
    return world;
  }

  /** A control plane that knows nothing but what is in the store. */
  #start(): void {
    const drivers = new StorageDrivers([this.#driver()], this.cluster.clock);
    const parts = [
      volumeBinding(),
      claimProtection,
      volumeProtection,
      volumeProvisioning(drivers),
      volumeSnapshots(),
      volumeSnapshotContents(drivers),
      nodeDrivers(drivers),
      attachDetach(),
      attacher(drivers),
    ];
    this.#loops = this.cluster.run(...(parts as Controller[]));
  }

  async #restart(): Promise<void> {
    await Promise.all(this.#loops.map(loop => loop.stop()));
    this.#start();
  }

  #driver(): StorageDriver {
    const refuse = () => {
      if (this.isRefusing) throw new DriverError("Unavailable", "not now");
    };
    const { store } = this.cluster;
    return {
      name: driverName,
      createVolume: async ({ name: volumeId, contentSource: source }) => {
        refuse();
        const isThere =
          !source ||
          ("snapshotId" in source
            ? this.snapshots.has(source.snapshotId)
            : this.volumes.has(source.volumeId));
        if (!isThere) throw new DriverError("NotFound", "no such source");
        this.volumes.add(volumeId);
        const claims = store.list("PersistentVolumeClaim");
        const claim = claims.find(({ metadata }) => volumeId === `pvc-${metadata.uid}`);
        if (claim?.spec.storageClassName === "retain") this.retained.add(volumeId);
        return { volumeId, capacityBytes: 2 ** 30 };
      },
      controllerPublishVolume: async ({ volumeId }) => {
        refuse();
        if (!this.volumes.has(volumeId)) throw new DriverError("NotFound", "no such volume");
        this.attached.add(volumeId);
        this.attachments++;
        return {};
      },
      controllerUnpublishVolume: async ({ volumeId }) => {
        refuse();
        this.attached.delete(volumeId);
      },
      deleteVolume: async ({ volumeId }) => {
        refuse();
        if (this.attached.has(volumeId)) this.wrongs.push(`volume ${volumeId} is attached`);
        this.#checkVolume(volumeId);
        this.volumes.delete(volumeId);
      },
      createSnapshot: async ({ name: snapshotId, sourceVolumeId }) => {
        refuse();
        if (!this.volumes.has(sourceVolumeId)) throw new DriverError("NotFound", "no such volume");
        this.snapshots.add(snapshotId);
        const contents = store.list(contentKind);
        const content = contents.find(({ spec }) => snapshotId === `snapshot-${spec.volumeSnapshotRef.uid}`);
        if (content?.spec.deletionPolicy === "Retain") this.retained.add(snapshotId);
        return { snapshotId, sourceVolumeId, sizeBytes: 0, creationTime: 1_000, readyToUse: true };
      },
      deleteSnapshot: async ({ snapshotId }) => {
        refuse();
        // Of one that was asked for in vain the content may not say yet what it is called.
        const content = store
          .list(contentKind)
          .find(({ spec }) => `snapshot-${spec.volumeSnapshotRef.uid}` === snapshotId);
        if (content?.spec.deletionPolicy !== "Delete")
          this.wrongs.push(`snapshot ${snapshotId} was to be retained`);
        this.snapshots.delete(snapshotId);
      },
      async nodePublishVolume() {},
      async nodeUnpublishVolume() {},
    };
  }

  #checkVolume(volumeId: string): void {
    const { store } = this.cluster;
    const volume = store.list("PersistentVolume").find(({ spec }) => spec?.csi?.volumeHandle === volumeId);
    if (volume?.spec?.persistentVolumeReclaimPolicy !== "Delete")
      this.wrongs.push(`volume ${volumeId} was to be retained`);
    const claim = store
      .list("PersistentVolumeClaim")
      .find(({ metadata }) => metadata.uid === volume?.spec?.claimRef?.uid);
    if (claim) this.wrongs.push(`volume ${volumeId} is that of the claim ${claim.metadata.name}`);
  }

  async run(given: Step): Promise<void> {
    const { cluster } = this;
    const { store } = cluster;
    const claimOf = (named: string) => store.get("PersistentVolumeClaim", "demo", named);
    if (given.do === "restart") await this.#restart();
    else if (given.do === "refuse") this.isRefusing = given.isOn;
    else if (given.do === "wait") await cluster.advance(given.seconds * 1_000);
    else if (given.do === "claim" || given.do === "restore") {
      const dataSource = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: given.name };
      await this.#create({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: given.do === "claim" ? given.name : `of-${given.name}`, namespace: "demo" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: given.policy.toLowerCase(),
          resources: { requests: { storage: "1Gi" } },
          ...(given.do === "restore" && { dataSource }),
        },
      });
    } else if (given.do === "snapshot")
      await this.#create({
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshot",
        metadata: { name: given.name, namespace: "demo" },
        spec: {
          source: { persistentVolumeClaimName: given.name },
          volumeSnapshotClassName: given.policy.toLowerCase(),
        },
      });
    else if (given.do === "use") {
      const volumes = [{ name: "d", persistentVolumeClaim: { claimName: given.name } }];
      await this.#create(pod(given.name, {}, { nodeName: "node-1", volumes }) as Draft);
    } else if (given.do === "policy") {
      const change = (volume: KubernetesObject) => {
        const { spec } = volume as KubernetesObject & { readonly spec: object };
        return { ...volume, spec: { ...spec, persistentVolumeReclaimPolicy: given.policy } };
      };
      const volume = claimOf(given.name)?.spec.volumeName;
      if (volume && given.policy === "Retain") this.retained.add(volume);
      if (volume) await cluster.registry.modify("PersistentVolume", "", volume, change as never, { author });
    } else await this.#drop(given.do, given.name);
    await cluster.settle();
  }

  async #drop(what: string, named: string): Promise<void> {
    const { store } = this.cluster;
    const { volumeName = "" } = store.get("PersistentVolumeClaim", "demo", named)?.spec ?? {};
    if (what === "leave") await this.#delete("Pod", "demo", named);
    else if (what === "drop claim") await this.#delete("PersistentVolumeClaim", "demo", named);
    else if (what === "drop volume") await this.#delete("PersistentVolume", "", volumeName);
    else if (what === "drop snapshot") await this.#delete(snapshotKind, "demo", named);
    else {
      const bound = store.get(snapshotKind, "demo", named)?.status?.boundVolumeSnapshotContentName ?? "";
      await this.#delete(contentKind, "", bound);
    }
  }

  /** What is there already is left. */
  async #create(draft: object): Promise<void> {
    const { metadata, kind } = draft as Draft;
    const known = kind === "VolumeSnapshot" ? snapshotKind : kind;
    if (this.cluster.store.get(known, metadata.namespace ?? "", metadata.name ?? "")) return;
    await this.cluster.create(draft as Draft);
  }

  async #delete(kind: string, namespace: string, named = ""): Promise<void> {
    if (!this.cluster.store.get(kind, namespace, named)) return;
    await this.cluster.registry.delete(kind, namespace, named, { author, gracePeriodSeconds: 0 });
  }

  /** Everybody goes. */
  async end(): Promise<void> {
    this.isRefusing = false;
    const { store } = this.cluster;
    for (const kind of ["Pod", snapshotKind, "PersistentVolumeClaim"])
      for (const { metadata } of store.list(kind)) await this.#delete(kind, "demo", metadata.name);
    await this.cluster.settle();
    await this.cluster.advance(700_000);
  }
}

test("deletion never removes what a policy retains, and what is to go goes", {
  timeout: 120_000,
}, async () => {
  let attachments = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25, size: "max" }), async steps => {
      const world = await World.begin();
      const { cluster } = world;
      for (const each of steps) {
        await world.run(each);
        expect(world.wrongs).toEqual([]);
        for (const { status, spec } of cluster.store.list("PersistentVolumeClaim"))
          if (status?.phase === "Bound")
            expect(cluster.store.get("PersistentVolume", "", spec.volumeName ?? "")).toBeDefined();
      }
      await world.end();
      attachments += world.attachments;
      expect(world.wrongs).toEqual([]);
      expect([...world.attached]).toEqual([]);
      expect(cluster.store.list("VolumeAttachment")).toEqual([]);
      expect(cluster.store.list("PersistentVolumeClaim")).toEqual([]);
      expect(cluster.store.list(snapshotKind)).toEqual([]);
      // Only what is retained is left, of objects.
      for (const { spec } of cluster.store.list("PersistentVolume")) {
        expect(spec?.persistentVolumeReclaimPolicy).toBe("Retain");
        // It may have been made when its claim was gone already.
        world.retained.add(spec?.csi?.volumeHandle ?? "");
      }
      for (const { spec } of cluster.store.list(contentKind)) expect(spec.deletionPolicy).toBe("Retain");
      for (const each of [...world.volumes, ...world.snapshots]) expect(world.retained).toContain(each);
      expect(cluster.failures).toEqual([]);
      await cluster.stop();
    }),
    { numRuns: 30 },
  );
  expect(attachments).toBeGreaterThan(0);
});
