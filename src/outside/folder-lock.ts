/**
 * A folder that one cluster at a time may use: a file in it says which process has it, and since when. What a process that is gone has left is
 * taken over. Of a process of this machine that is asked of the system; one of another machine, or of another container, writes
 * the file anew now and then, and is taken to be gone when it has been silent for long.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { type Clock, sleepOn, type Timer } from "./clock.ts";
import { isFault } from "./is-fault.ts";
import { isOrphaned, isOurRealm, ownMark } from "./own-folders.ts";
import { syncFolder } from "./sync-folder.ts";

const everyMs = 10_000;
const silentMs = 60_000;
/** Another may be faster each time, or be just about to take away what was left. */
const mostTries = 1_000;
/** One that is just taking away what was left may be halted in the middle of that. After so many tries the next come one by one, in milliseconds. */
const triesAtOnce = 20;
const pauseMs = 10;

interface Holder {
  readonly mark: string;
  readonly pid: number;
  readonly host: string;
  /** RFC 3339. */
  readonly since: string;
  /** When the process began, as its system counts; undefined where that does not tell. */
  readonly began: string | undefined;
}

export class FolderLock {
  readonly #file: string;
  readonly #clock: Pick<Clock, "now" | "elapsed" | "after">;
  /** What we have written. */
  #text: string | undefined;
  /** When it was known last that it is ours. */
  #heldAt: Moment = { time: 0, elapsed: 0 };
  #timer: Timer | undefined;

  constructor(folder: string, clock: Pick<Clock, "now" | "elapsed" | "after">) {
    this.#file = join(folder, "lock");
    this.#clock = clock;
  }

  /** The folder is made where need be. Rejects with an Error that says who has it, or as node:fs does. */
  async take(): Promise<void> {
    await makeFolder(dirname(this.#file));
    const text = JSON.stringify(this.#holder());
    for (let tries = 0; tries < mostTries; tries++) {
      if (await written(this.#file, text)) {
        this.#text = text;
        this.#heldAt = this.#moment();
        this.#stay();
        return;
      }
      await this.#takeAway();
      if (tries >= triesAtOnce) await sleepOn(this.#clock, pauseMs);
    }
    throw new Error("others take it at the same time");
  }

  /**
   * Rejects where another has taken it, or taken it away. Asked of the disk only where nothing was heard of it for a while: so long
   * as we say that we are there, nobody takes it.
   */
  async assertHeld(): Promise<void> {
    const now = this.#moment();
    if (this.#text !== undefined && isSoonAfter(this.#heldAt, now)) return;
    const found = await read(this.#file);
    if (this.#text === undefined || found !== this.#text)
      throw new Error(
        found === undefined ? `the file ${this.#file} is gone` : heldBy(holderIn(found), this.#file),
      );
    this.#heldAt = now;
  }

  #moment(): Moment {
    return { time: this.#clock.now(), elapsed: this.#clock.elapsed() };
  }

  async release(): Promise<void> {
    this.#timer?.cancel();
    const text = this.#text;
    this.#text = undefined;
    if (text !== undefined && (await read(this.#file)) === text) await rm(this.#file, { force: true });
  }

  /** What a process has left that is gone. Rejects where one has it. */
  async #takeAway(): Promise<void> {
    const found = await read(this.#file);
    if (found === undefined) return;
    const holder = holderIn(found);
    if (!(await this.#isGone(holder, this.#file))) throw new Error(heldBy(holder, this.#file));
    await this.#removeLeft(this.#file, found);
  }

  /**
   * Removes a file of a process that is gone, if it still says `text`. To look and to remove are two steps, between which others may have
   * done both and taken the folder: only who has made a file that is named by the text may do so, which one process at a time can.
   */
  async #removeLeft(file: string, text: string): Promise<void> {
    const permit = `${file}~${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
    if (!(await written(permit, JSON.stringify(this.#holder())))) {
      const other = await read(permit);
      // Another is at it, or was when it ended.
      if (other !== undefined && (await this.#isGone(holderIn(other), permit)))
        await this.#removeLeft(permit, other);
      return;
    }
    try {
      if ((await read(file)) === text) await rm(file, { force: true });
    } finally {
      await rm(permit, { force: true });
    }
  }

  #holder(): Holder {
    return {
      mark: ownMark(),
      pid: process.pid,
      host: hostname(),
      since: new Date(this.#clock.now()).toISOString(),
      began: beginningOf(process.pid),
    };
  }

  async #isGone(holder: Holder | undefined, file: string): Promise<boolean> {
    if (holder === undefined || !isOurRealm(holder.mark)) return this.#isSilent(file);
    if (isOrphaned(holder.mark)) return true;
    // Another process may have got the number.
    const began = beginningOf(holder.pid);
    return began !== undefined && holder.began !== undefined && began !== holder.began;
  }

  /** By the time of the disk that both write to. */
  async #isSilent(file: string): Promise<boolean> {
    const now = `${this.#file}~${ownMark()}`;
    try {
      await writeFile(now, "");
      const [{ mtimeMs: last }, { mtimeMs }] = await Promise.all([stat(file), stat(now)]);
      return mtimeMs - last > silentMs;
    } catch (error) {
      if (isFault(error, "ENOENT")) return true;
      throw error;
    } finally {
      await rm(now, { force: true });
    }
  }

  /** Says from time to time that we are there. Where that cannot be written, nothing else in the folder can, and that is told of. */
  #stay(): void {
    this.#timer = this.#clock.after(everyMs, () => {
      const text = this.#text;
      if (text === undefined) return;
      this.#stay();
      read(this.#file)
        .then(async found => {
          if (found !== text) this.#lose(text);
          else {
            await writeFile(this.#file, text, { flag: "r+" });
            this.#heldAt = this.#moment();
          }
        })
        .catch(() => {});
    });
  }

  /** Another has it: it is not ours to release, and not ours to say that we are there. */
  #lose(text: string): void {
    if (this.#text !== text) return;
    this.#text = undefined;
    this.#timer?.cancel();
  }
}

/**
 * Whether the file was not there. What it says is on the disk then: after a loss of power it would say nothing, and nobody could tell who had
 * it.
 */
async function written(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx", mode: 0o600, flush: true });
    return true;
  } catch (error) {
    if (isFault(error, "EEXIST")) return false;
    // On a full disk it is there, and says nothing.
    await rm(file, { force: true });
    throw error;
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isFault(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** One folder after the other: `recursive` never comes back below what can hold none, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (!isFault(error, "ENOENT") || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch(failed => {
      // Another process may have made it.
      if (!isFault(failed, "EEXIST")) throw failed;
    });
    await syncFolder(dirname(path));
    return;
  }
  throw new Error("it is no folder");
}

/** Undefined where somebody is just writing it, or it is of another origin. */
function holderIn(text: string): Holder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    return typeof found?.mark === "string" ? (found as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function heldBy(holder: Holder | undefined, file: string): string {
  if (holder === undefined) return `another process has it, as the file ${file} says`;
  const { pid, host, since } = holder;
  if (isOurRealm(holder.mark))
    return `the ${pid === process.pid ? "same " : ""}process ${pid} has it since ${since}`;
  return `the process ${pid} of ${host} has it since ${since}; a minute after that has ended it is free`;
}

/** By both clocks: the time of day may be set, and what has elapsed leaves out for how long the machine slept. */
interface Moment {
  readonly time: number;
  readonly elapsed: number;
}

function isSoonAfter(before: Moment, now: Moment): boolean {
  return now.elapsed - before.elapsed < silentMs / 2 && Math.abs(now.time - before.time) < silentMs / 2;
}

/** On Linux the field `starttime` of its `stat`, which comes after its name in brackets, and the boot that it counts from. */
function beginningOf(pid: number): string | undefined {
  try {
    const [started] =
      readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ").slice(19) ?? [];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()} ${started}`;
  } catch {
    return undefined;
  }
}
