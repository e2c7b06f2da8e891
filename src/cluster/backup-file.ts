/**
 * The file of a backup: text, compressed by gzip. The first line says what it is, each further one is an object as its API shows it, and
 * the last says how many there are, so that one that was cut short is known. Nothing in it depends on how a store keeps objects: that
 * is how it can be restored by another version of k4s.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { ApiError, messageOf } from "../errors/index.ts";
import { ownMark, syncFolder } from "../outside/index.ts";
import type { KubernetesObject } from "../resources/index.ts";
import { EncryptionAtRest } from "../store/index.ts";

/** Counted up whenever an older k4s could not read what a newer one writes. */
const format = 1;

/** What the encryption of an object in a backup is bound to: not to its name, which is not known before it is read. */
export const placeInBackup = "an object of the backup";

/** Written as a whole or not at all, on the disk when that is told, readable for this user alone. Resolves to how many objects are in it. Rejects with ServiceUnavailable where the disk fails. */
export async function writeBackup(
  file: string,
  revision: string,
  objects: AsyncIterable<KubernetesObject>,
  seal: (object: KubernetesObject) => KubernetesObject | string = object => object,
  sync = syncFolder,
): Promise<number> {
  const draft = `${file}~${ownMark()}`;
  const compressed = createGzip();
  let written: Promise<void> | undefined;
  try {
    // Opened before anything is asked of the objects: what opens later would make its file after it has been removed.
    const output = (await open(draft, "wx", 0o600)).createWriteStream({ flush: true });
    written = pipeline(compressed, output);
    // Told where it is awaited, below.
    written.catch(() => {});
    const write = async (line: unknown) => {
      if (!compressed.write(`${JSON.stringify(line)}\n`))
        await Promise.race([once(compressed, "drain"), written]);
    };
    let count = 0;
    await write({ backup: format, revision });
    for await (const object of objects) {
      await write(seal(object));
      count++;
    }
    await write({ end: count });
    compressed.end();
    await written;
    await rename(draft, file);
    await sync(dirname(file));
    return count;
  } catch (error) {
    // Closed before it is removed: elsewhere than on Unix an open file cannot be.
    compressed.destroy();
    await written?.catch(() => {});
    await rm(draft, { force: true });
    if (error instanceof ApiError) throw error;
    const problem = `${file} cannot be written: ${messageOf(error)}`;
    throw new ApiError("ServiceUnavailable", problem, {}, { cause: error });
  }
}

export interface Backup {
  /** The resourceVersion that its objects were read at. */
  readonly revision: string;
  readonly objects: readonly KubernetesObject[];
}

/** Rejects with BadRequest where it is no backup, is damaged, cut short or of a newer k4s; and as node:fs does. */
export async function readBackup(file: string, encryption = new EncryptionAtRest([], [])): Promise<Backup> {
  const bad = (problem: string, cause?: unknown) =>
    new ApiError("BadRequest", `${file} cannot be restored: ${problem}`, {}, { cause });
  const lines: unknown[] = [];
  const source = createReadStream(file);
  await once(source, "open");
  try {
    const unpacked = createGunzip();
    const read = pipeline(source, unpacked);
    read.catch(() => {});
    for await (const line of createInterface({ input: unpacked })) lines.push(JSON.parse(line));
    await read;
  } catch (error) {
    throw bad(`it is no backup, or damaged (${messageOf(error)})`, error);
  }
  const head = lines.shift() as { backup?: unknown; revision?: unknown } | undefined;
  const end = lines.pop() as { end?: unknown } | undefined;
  if (typeof head?.backup !== "number" || typeof head.revision !== "string")
    throw bad("it is no backup of k4s");
  if (head.backup > format)
    throw bad(`it was written by a newer k4s (its format is ${head.backup}, this one reads up to ${format})`);
  if (end?.end !== lines.length) throw bad("it was cut short");
  const objects = lines.map(line =>
    typeof line === "string" ? JSON.parse(encryption.open(placeInBackup, Buffer.from(line, "base64"))) : line,
  );
  return { revision: head.revision, objects: objects as KubernetesObject[] };
}
