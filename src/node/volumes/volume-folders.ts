/**
 * The folders in which the volumes of pods lie: one for each pod, with one in it for each volume, in a folder of the cluster
 * that goes with it. The content of a volume is exchanged at once, as the kubelet does it: the files lie in a folder with a
 * name of its own, `..data` is a link to it, and each name of the volume a link into `..data`; the new folder takes the place
 * of the old one by a single rename.
 */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { messageOf } from "../../errors/index.ts";
import { mountsName, ownFolder, removeOwn } from "../../outside/index.ts";
import { type Content, VolumeError } from "./content.ts";

const data = "..data";
/** Some milliseconds of work. */
const filledAtOnce = 16;
/** Names that no folder has on Windows; volumes may. */
const windowsDevice = /^(con|prn|aux|nul|com\d|lpt\d)$/;

export class VolumeFolders {
  readonly #root = ownFolder("volumes");
  #isUsed = false;
  #users = 0;
  #filling: Promise<void> = Promise.resolve();
  #filled = 0;

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

  /** Fills a volume's folder, one after the other; after every few of them, what else is to be done gets its turn. */
  fill(folder: string, content: Content): Promise<void> {
    const filled = this.#filling.then(async () => {
      if (++this.#filled % filledAtOnce === 0) await turn();
      fill(folder, content);
    });
    this.#filling = filled.catch(() => {});
    return filled;
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

/**
 * Fills the folder with this content, in place of what it had. In one go: a thousand copies of one ConfigMap are a dozen thousand small
 * steps, too many to wait for each. Throws a VolumeError where the content cannot lie in one folder (a file `x` and a file `x/y`), or the
 * disk refuses it; what the folder had stays.
 */
export function fill(folder: string, content: Content): void {
  if (process.platform === "win32") {
    fillPlainly(folder, content);
    return;
  }
  const fresh = `..${Date.now().toString(36)}_${randomBytes(4).toString("hex")}`;
  let before: string | undefined;
  try {
    draw(join(folder, fresh), content);
    before = linkAt(join(folder, data));
    // Left behind by a process that ended between these two.
    rmSync(join(folder, `${data}_tmp`), { force: true });
    symlinkSync(fresh, join(folder, `${data}_tmp`));
    renameSync(join(folder, `${data}_tmp`), join(folder, data));
  } catch (error) {
    rmSync(join(folder, fresh), { recursive: true, force: true });
    throw new VolumeError(messageOf(error), { cause: error });
  }
  const names = new Set([...content.keys()].map(path => path.split("/")[0] ?? ""));
  for (const name of readdirSync(folder)) {
    if (!name.startsWith("..") && !names.delete(name)) rmSync(join(folder, name), { force: true });
  }
  for (const name of names) symlinkSync(join(data, name), join(folder, name));
  // A program could have put another link there, which leads anywhere.
  if (before !== undefined && /^\.\.\w+$/.test(before))
    rmSync(join(folder, before), { recursive: true, force: true });
}

function draw(folder: string, content: Content): void {
  const umask = process.umask();
  mkdirSync(folder);
  for (const [path, { bytes, mode }] of content) {
    const file = join(folder, path);
    if (path.includes("/")) mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes, { mode });
    // That one is bounded by the umask.
    if ((mode & umask) !== 0) chmodSync(file, mode);
  }
}

/** Where the link leads; undefined where there is none. */
function linkAt(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false }) && readlinkSync(path);
}

/** Links need rights on Windows: there the files are simply written. */
function fillPlainly(folder: string, content: Content): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  for (const [path, { bytes }] of content) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
