/**
 * What is known of what lies in a folder that outlives the cluster: a file for each, beside it, with its object. A cluster that begins with
 * that folder begins with these objects: volumes (volume-records.ts) and snapshots (snapshot-records.ts).
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors/index.ts";
import { isFault, ownMark, syncFolder } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";

/** What is recorded of the objects of one kind, where, and of which. */
export interface Recording<T extends KubernetesObject> {
  /** A folder of its own. */
  readonly folder: string;
  isFor(object: T): boolean;
  /**
   * The object without what another cluster gives it anew.
   * @param isLeft by what it was made for: nothing of that name is to find it
   */
  recordOf(object: T, isLeft: boolean): T;
  /** The folder that it tells of; undefined where it tells of none. */
  placeOf(record: T): string | undefined;
}

const suffix = ".json";

export class ObjectRecords<T extends KubernetesObject> {
  readonly #recording: Recording<T>;
  /** By the name of the object: what its file says. */
  readonly #kept = new Map<string, string>();

  constructor(recording: Recording<T>) {
    this.#recording = recording;
  }

  isFor(object: T): boolean {
    return this.#recording.isFor(object);
  }

  /** Writes what is so now, onto the disk. A process that is killed meanwhile, and a machine, leaves what was so before. */
  async keep(object: T, isLeft: boolean): Promise<void> {
    const { folder } = this.#recording;
    const { name } = object.metadata;
    const text = `${JSON.stringify(this.#recording.recordOf(object, isLeft), undefined, 2)}\n`;
    if (this.#kept.get(name) === text) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `${name}~${ownMark()}`);
    try {
      await writeFile(draft, text, { mode: 0o600, flush: true });
      await rename(draft, this.#fileOf(name));
      await syncFolder(folder);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    this.#kept.set(name, text);
  }

  /** The object is gone: it does not come again. */
  async forget(name: string): Promise<void> {
    this.#kept.delete(name);
    await rm(this.#fileOf(name), { force: true });
  }

  /**
   * Of all that is still there.
   * @param onFault told of records that cannot be read; what they tell of stays where it is
   */
  async all(onFault: (error: Error) => void): Promise<T[]> {
    const found: T[] = [];
    const files = await readdir(this.#recording.folder).catch(error => {
      // Where nothing was ever recorded there is no folder yet.
      if (!isFault(error, "ENOENT"))
        onFault(new Error(`${this.#recording.folder} cannot be read: ${messageOf(error)}`, { cause: error }));
      return [];
    });
    for (const file of files) {
      if (!file.endsWith(suffix)) continue;
      const name = file.slice(0, -suffix.length);
      try {
        const record = JSON.parse(await readFile(this.#fileOf(name), "utf8")) as T;
        const place = this.#recording.isFor(record) ? this.#recording.placeOf(record) : undefined;
        if (place === undefined || record.metadata.name !== name) throw new Error("it is of another");
        if (await isFolder(place)) found.push(record);
        else await this.forget(name);
      } catch (error) {
        onFault(new Error(`${this.#fileOf(name)} cannot be read: ${messageOf(error)}`, { cause: error }));
      }
    }
    return found;
  }

  #fileOf(name: string): string {
    return join(this.#recording.folder, `${name}${suffix}`);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
