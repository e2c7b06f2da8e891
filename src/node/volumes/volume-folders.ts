/**
 * The folders in which the volumes of pods lie: one for each pod, with one in it for each volume, in a folder of the cluster
 * that goes with it. The content of a volume is exchanged at once, as the kubelet does it: the files lie in a folder with a
 * name of its own, `..data` is a link to it, and each name of the volume a link into `..data`; the new folder takes the place
 * of the old one by a single rename.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mountsName, ownFolder, removeOwn } from "../../outside/index.ts";
import type { Content } from "./content.ts";

const data = "..data";
/** Names that no folder has on Windows; volumes may. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)$/;

export class VolumeFolders {
  readonly #root = ownFolder("volumes");
  #isUsed = false;
  #users = 0;

  hold(): void {
    this.#users++;
  }

  /** The last one leaves nothing behind. */
  async release(): Promise<void> {
    this.#users--;
    if (this.#users === 0 && this.#isUsed) await removeOwn(this.#root);
  }

  /**
   * Where a volume of a pod lies; the folder is there when this resolves, and all may write to it.
   * @param hasGroup whether what is made in it is to be of its group (fsGroup)
   */
  async folderOf(uid: string, volume: string, hasGroup: boolean): Promise<string> {
    this.#use();
    const folder = join(this.#root, uid, windowsDevice.test(volume) ? `${volume}_` : volume);
    await mkdir(folder, { recursive: true });
    await chmod(folder, hasGroup ? 0o2777 : 0o777);
    return folder;
  }

  /** Where something else of a pod is to lie. There is nothing yet; `remove` takes it away too. */
  placeOf(uid: string, name: string): string {
    this.#use();
    // No volume has such a name.
    return join(this.#root, uid, `~${name}`);
  }

  /** The folder, which need not be there, in which the volumes of drivers are shown to a pod. `remove` leaves it alone. */
  mountsOf(owner: string): string {
    this.#use();
    return join(this.#root, mountsName, owner);
  }

  /** Makes the folder of the cluster: what lies in it, Secrets and tokens too, is for nobody else on this machine. */
  #use(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    mkdirSync(this.#root, { mode: 0o700 });
  }

  async remove(uid: string): Promise<void> {
    await rm(join(this.#root, uid), { recursive: true, force: true });
  }
}

/** Fills the folder with this content, in place of what it had. */
export async function fill(folder: string, content: Content): Promise<void> {
  if (process.platform === "win32") return fillPlainly(folder, content);
  const fresh = `..${Date.now().toString(36)}_${randomBytes(4).toString("hex")}`;
  for (const [path, { bytes, mode }] of content) {
    const file = join(folder, fresh, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
    // The one that is given to writeFile is bounded by the umask.
    await chmod(file, mode);
  }
  await mkdir(join(folder, fresh), { recursive: true });
  const before = await readlink(join(folder, data)).catch(() => undefined);
  await symlink(fresh, join(folder, `${data}_tmp`));
  await rename(join(folder, `${data}_tmp`), join(folder, data));
  const names = new Set([...content.keys()].map(path => path.split("/")[0] ?? ""));
  for (const name of await readdir(folder)) {
    if (!name.startsWith("..") && !names.has(name)) await rm(join(folder, name), { force: true });
  }
  for (const name of names) {
    const isThere = await lstat(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (!isThere) await symlink(join(data, name), join(folder, name));
  }
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
}

/** Links need rights on Windows: there the files are simply written. */
async function fillPlainly(folder: string, content: Content): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
  for (const [path, { bytes }] of content) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}
