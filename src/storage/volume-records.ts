/**
 * What is known of the volumes in a folder that outlives the cluster: a file for each, beside them, with its PersistentVolume. A cluster that
 * begins with that folder begins with these volumes, and a claim of the same name has its data again.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors/index.ts";
import { ownMark } from "../outside/index.ts";
import type { PersistentVolume } from "../resources/index.ts";

/** The object without what another cluster gives it anew. */
export type RecordedVolume = Pick<PersistentVolume, "apiVersion" | "kind" | "metadata" | "spec">;

const suffix = ".json";

export class VolumeRecords {
  readonly #folder: string;
  readonly #records: string;
  readonly #driver: string;
  /** By the name of the volume: what its file says. */
  readonly #kept = new Map<string, string>();

  /**
   * @param folder of the volumes
   * @param driver whose they are
   */
  constructor(folder: string, driver: string) {
    this.#folder = folder;
    this.#records = join(folder, "records");
    this.#driver = driver;
  }

  isFor({ spec }: PersistentVolume): boolean {
    return spec?.csi?.driver === this.#driver;
  }

  /** Writes what is so now. A process that is killed meanwhile leaves what was so before. */
  async keep(volume: PersistentVolume): Promise<void> {
    const { name } = volume.metadata;
    const text = `${JSON.stringify(recordOf(volume), undefined, 2)}\n`;
    if (this.#kept.get(name) === text) return;
    await mkdir(this.#records, { recursive: true, mode: 0o700 });
    const draft = join(this.#records, `${name}~${ownMark()}`);
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, join(this.#records, `${name}${suffix}`));
    this.#kept.set(name, text);
  }

  /** The object is gone: it does not come again. */
  async forget(name: string): Promise<void> {
    this.#kept.delete(name);
    await rm(join(this.#records, `${name}${suffix}`), { force: true });
  }

  /**
   * The volumes that are still there.
   * @param onFault told of records that cannot be read; their volumes stay where they are
   */
  async all(onFault: (error: Error) => void): Promise<RecordedVolume[]> {
    const found: RecordedVolume[] = [];
    for (const name of await readdir(this.#records).catch(() => [])) {
      if (!name.endsWith(suffix)) continue;
      const file = join(this.#records, name);
      try {
        const record = JSON.parse(await readFile(file, "utf8")) as RecordedVolume;
        const { driver, volumeHandle = "" } = record.spec?.csi ?? {};
        if (driver !== this.#driver || `${record.metadata.name}${suffix}` !== name)
          throw new Error("it is of another volume");
        if (await isFolder(join(this.#folder, "volumes", volumeHandle))) found.push(record);
        else await rm(file, { force: true });
      } catch (error) {
        onFault(new Error(`${file} cannot be read: ${messageOf(error)}`, { cause: error }));
      }
    }
    return found;
  }
}

/**
 * A volume that has its claim waits for one of that name in the next cluster, whose uid will be another. One that was left by its claim
 * stays so: its uid is that of no claim.
 */
function recordOf({ apiVersion, kind, metadata, spec = {}, status }: PersistentVolume): RecordedVolume {
  const { name, labels, annotations, finalizers } = metadata;
  const { claimRef, ...rest } = spec;
  const isLeft = status?.phase === "Released" || status?.phase === "Failed" || metadata.deletionTimestamp;
  const { uid: _1, resourceVersion: _2, ...named } = claimRef ?? {};
  const ref = isLeft ? claimRef : named;
  return {
    apiVersion,
    kind,
    metadata: { name, labels, annotations, finalizers } as PersistentVolume["metadata"],
    spec: { ...rest, ...(claimRef && { claimRef: ref }) },
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
