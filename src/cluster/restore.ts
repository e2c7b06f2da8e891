/** Makes a data folder of a backup, or writes it into etcd: the cluster that is started there goes on from it. */
import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { ApiError, messageOf } from "../errors/index.ts";
import { ownMark, realClock, syncFolder } from "../outside/index.ts";
import {
  KindRegistry,
  type KubernetesObject,
  type Lease,
  type PersistentVolume,
} from "../resources/index.ts";
import { folderDriverName } from "../storage/index.ts";
import { kindFolders, restoreIntoEtcd } from "../store/index.ts";
import { type Backup, readBackup } from "./backup-file.ts";
import { DataFolder, namesIn, storeFor } from "./data-folder.ts";
import { type EncryptionOptions, encryptionFor, sealingFor } from "./encryption-keys.ts";
import { withTexts } from "./etcd-place.ts";
import { defineKindsOf } from "./kind-definitions.ts";
import { components } from "./leaders.ts";
import { storedAs } from "./objects/index.ts";
import { type ClusterOptions, checkOptions, pathOf } from "./options/index.ts";

/** The cluster may have gone on since the backup: no revision that a client has seen of it is given again. */
const gap = 1_000_000;

/** What was restored. */
export interface Restored {
  readonly objects: number;
  /** That of the cluster when the backup was made. */
  readonly revision: string;
  /** What so many volumes of claims hold is in no backup: it lies in the folder `volumes` of the cluster, and is to be copied from there. */
  readonly volumes: number;
}

/** Where the backup goes, one of both, and the keys by which Secrets are encrypted in it and there: as a Cluster takes them. */
export type RestoreOptions = Pick<ClusterOptions, "data" | "etcd"> & EncryptionOptions;

/**
 * What `k4s backup` has written, where a Cluster with the same options begins with it: in a folder that is empty or not there yet, or in etcd.
 * Rejects with BadRequest where the file is no backup or has a kind that is not known, or options are wrong.
 */
export async function restoreBackup(file: string | URL, options: RestoreOptions = {}): Promise<Restored> {
  checkOptions(options, "restoreBackup");
  const { data, etcd, ...encryption } = options;
  if ((data === undefined) === (etcd === undefined))
    throw new ApiError("BadRequest", "data, etcd: one of them says where the backup is to go");
  if (etcd) return intoEtcd(pathOf(file), etcd, encryption);
  return intoFolder(pathOf(file), pathOf(data ?? ""), encryption);
}

/** Rejects with AlreadyExists where the folder has something in it, with ServiceUnavailable where the disk fails; then all is as it was before. */
async function intoFolder(file: string, folder: string, options: EncryptionOptions): Promise<Restored> {
  const path = resolve(folder);
  // It gets its name when it is whole: in half a folder a cluster would begin with nothing.
  const draft = `${path}~${ownMark()}`;
  try {
    const backup = await readBackup(file, encryptionFor(options));
    await assertEmpty(path);
    await fill(draft, backup, options);
    await rm(path, { recursive: true, force: true });
    await rename(draft, path);
    await syncFolder(dirname(path));
    return restored(backup);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof ApiError) throw error;
    const problem = `${file} cannot be restored into ${folder}: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  }
}

/**
 * Below a prefix where nothing is. Revisions are etcd's own there: a client that has seen later ones of the cluster lists
 * anew. Rejects with AlreadyExists where something is there, as a program that runs on it; then, and where anything goes wrong on the
 * way, nothing is written, or what is said to be left there keeps every program from beginning until it is restored again.
 */
async function intoEtcd(
  file: string,
  place: NonNullable<ClusterOptions["etcd"]>,
  options: EncryptionOptions,
): Promise<Restored> {
  // Timers hold no process, and etcd is asked again after a pause.
  const held = setInterval(() => {}, 60_000);
  try {
    const etcd = withTexts(place);
    const backup = await readBackup(file, encryptionFor(options));
    const { objects } = backup;
    const kinds = new KindRegistry();
    defineKindsOf(objects, kinds);
    await restoreIntoEtcd({
      clock: realClock,
      etcd,
      kinds: kindFolders(kinds),
      sealing: sealingFor(options, kinds),
      identity: `${hostname()}_${randomUUID()}`,
      // All of them before anything is written: one may be of a kind that is not known.
      content: [...storedAs(kinds, objects.map(released))],
    });
    return restored(backup);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const problem = `${file} cannot be restored into etcd: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  } finally {
    clearInterval(held);
  }
}

function restored({ objects, revision }: Backup): Restored {
  const volumes = objects.filter(object => {
    const { kind, spec } = object as KubernetesObject & Pick<PersistentVolume, "spec">;
    return kind === "PersistentVolume" && spec?.csi?.driver === folderDriverName;
  });
  return { objects: objects.length, revision, volumes: volumes.length };
}

/** Who led when the backup was made does not lead here: whoever comes first need not wait until its lease has run out. */
function released(object: KubernetesObject): KubernetesObject {
  const { kind, apiVersion = "", metadata } = object;
  const isLeaders =
    kind === "Lease" &&
    apiVersion.startsWith("coordination.k8s.io/") &&
    metadata.namespace === "kube-system" &&
    components.some(name => name === metadata.name);
  const { spec } = object as Lease;
  return isLeaders && spec ? ({ ...object, spec: { ...spec, holderIdentity: "" } } as Lease) : object;
}

async function fill(path: string, { revision, objects }: Backup, options: EncryptionOptions): Promise<void> {
  const kinds = new KindRegistry();
  defineKindsOf(objects, kinds);
  const data = new DataFolder(path, realClock);
  await data.open();
  try {
    const onFault = (fault: unknown) => {
      throw fault;
    };
    const content = storedAs(kinds, objects);
    const startsAfter = Number(revision) + gap;
    const store = storeFor(data, {
      clock: realClock,
      kinds,
      content,
      startsAfter,
      onFault,
      sealing: sealingFor(options, kinds),
    });
    await store.open();
    await store.close();
  } finally {
    await data.close();
  }
}

async function assertEmpty(path: string): Promise<void> {
  if ((await namesIn(path)).length > 0)
    throw new ApiError(
      "AlreadyExists",
      `${path} is not empty: a backup is restored into a folder of its own`,
    );
}
