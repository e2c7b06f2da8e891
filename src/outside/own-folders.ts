/**
 * Folders in the system's temporary folder that belong to this process, and end with it. A process that is killed leaves its own behind; they
 * are taken away when another starts. Whose a folder is, its name says: the process, and the machine (or container) whose
 * number of a process that is, for a temporary folder may be shared.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { lstat, readdir, rm, rmdir } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** What lies in it is not a folder's own: mounts and links, which are only ever taken away as such. */
export const mountsName = "~mounts";
export const stagedName = "~staged";
const pattern = /^k4s-[a-z]+-(.*)$/;
const marked = /^([0-9a-f]{8})-([0-9]+)-[0-9a-f]{12}$/;

/** A word that no other has, and that says whose it is: what bears it is of use to this process alone. */
export function ownMark(): string {
  return `${realm()}-${process.pid}-${randomBytes(6).toString("hex")}`;
}

/** Whether this is the mark of a process of this machine that is gone. */
export function isOrphaned(mark: string): boolean {
  const [, of, pid] = marked.exec(mark) ?? [];
  return of === realm() && !isAlive(Number(pid));
}

/** Whether it is of a process that this one would see. */
export function isOurRealm(mark: string): boolean {
  return marked.exec(mark)?.[1] === realm();
}

/** A path for a new folder, which is still to be made. `purpose`: one word of small letters. */
export function ownFolder(purpose: string): string {
  return join(tmpdir(), `k4s-${purpose}-${ownMark()}`);
}

/** Takes away those of processes that are gone. What cannot be removed stays. */
export async function removeOrphans(parent = tmpdir()): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, mark = ""] = pattern.exec(name) ?? [];
    if (!isOrphaned(mark)) continue;
    // What another user owns cannot be removed, and is not ours.
    await removeOwn(join(parent, name)).catch(() => {});
  }
}

/** Removes the folder; where something is mounted in it that no one has unmounted, that stays, and so does the folder. */
export async function removeOwn(folder: string): Promise<void> {
  await removeMounts(join(folder, mountsName));
  await rm(folder, { recursive: true, force: true });
}

/**
 * `<pod>/<volume>` and `~staged/<node>/<volume>`: folders that were mounted on, or links to where a volume lies. What is behind them may be
 * the data of a volume. Fails where something still is.
 */
async function removeMounts(folder: string): Promise<void> {
  for (const owner of await namesIn(folder)) {
    const below = join(folder, owner);
    if (owner === stagedName) for (const node of await namesIn(below)) await removeTargets(join(below, node));
    await removeTargets(below);
  }
}

async function removeTargets(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const target = join(folder, name);
    await unlessGone(lstat(target).then(found => (found.isDirectory() ? rmdir(target) : rm(target))));
  }
  await unlessGone(rmdir(folder));
}

/** A pod that ends at the same time may have removed it. */
async function unlessGone(removing: Promise<void>): Promise<void> {
  await removing.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Where processes have their numbers from. */
function realm(): string {
  return createHash("sha256").update(`${hostname()} ${pidNamespace()}`).digest("hex").slice(0, 8);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // One of another user is there, too.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** It has ended, the last of its threads too, and its parent has not asked yet how: on Linux it can be told so long as that is so. */
function isZombie(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.[0];
    return state === "Z" && readdirSync(`/proc/${pid}/task`).length === 1;
  } catch {
    return false;
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
