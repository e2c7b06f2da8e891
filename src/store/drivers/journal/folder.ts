/**
 * The folder that a journal lies in, as the journal needs it: few operations, each with a word on what a crash leaves of it. This
 * is the port; the real one is below, and src/simulate/ has one that crashes, tears and fills up.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isFault, syncFolder } from "../../../outside/index.ts";

/** A file that is written at its end. What was written may be lost, in whole or in part, until `sync` has resolved. */
export interface JournalFile {
  /** Writes all of it from this place on, in bytes. */
  write(bytes: Buffer, at: number): Promise<void>;
  /** Cuts what is after this place. */
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** All reject as node:fs does. */
export interface JournalFolder {
  /** The names of what is there. */
  list(): Promise<string[]>;
  read(name: string): Promise<Buffer>;
  /** Makes the file where there is none. */
  open(name: string): Promise<JournalFile>;
  /** At once; a crash leaves one of both names. */
  rename(name: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** What was made, renamed and removed is so after a crash too, once this has resolved. */
  sync(): Promise<void>;
}

/** Made where there is none when it is listed first, for this user alone. */
export function diskFolder(path: string): JournalFolder {
  return {
    async list() {
      // What is in it is lost with it, where a crash takes away its name.
      if (await mkdir(path, { recursive: true, mode: 0o700 })) await syncFolder(dirname(path));
      return readdir(path);
    },
    read: name => readFile(join(path, name)),
    open: async name => new DiskFile(await openOrMake(join(path, name))),
    rename: (name, to) => rename(join(path, name), join(path, to)),
    remove: name => rm(join(path, name), { force: true }),
    sync: () => syncFolder(path),
  };
}

class DiskFile implements JournalFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Buffer, at: number): Promise<void> {
    let written = 0;
    while (written < bytes.length)
      written += (await this.#handle.write(bytes, written, bytes.length - written, at + written))
        .bytesWritten;
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  /** With its length, and without the time of its last change: a fifth of what `sync` costs. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** "r+" alone makes nothing, and "a" writes at the end, whatever place is named. */
async function openOrMake(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r+");
  } catch (error) {
    if (!isFault(error, "ENOENT")) throw error;
    return open(file, "wx+", 0o600);
  }
}
