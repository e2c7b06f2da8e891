/**
 * Values in a stream of bytes, as they go between processes. A value is a frame: its length in 4 bytes, then what `v8.serialize` makes of
 * it.
 */
import type { Readable } from "node:stream";
import { deserialize, serialize } from "node:v8";

const lengthBytes = 4;
/** A longer frame, in bytes, is a mistake, or meant to fill the memory of its reader. */
const longest = 1024 * 1024 * 1024;

/** Throws what cannot be serialized. */
export function frameOf(value: unknown): Buffer {
  const body = serialize(value);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/**
 * Calls `take` with each value, in order. What cannot be read is left out: it may come from foreign code.
 * @param mostBytes of a frame, at the moment when it begins: whoever sends a longer one is not heard any more
 */
export function readFrames(
  pipe: Readable,
  take: (value: unknown) => void,
  mostBytes: () => number = () => longest,
): void {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = lengthBytes;
  let isBody = false;
  pipe.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    while (bytes.length >= wanted) {
      const part = bytes.subarray(0, wanted);
      bytes = bytes.subarray(wanted);
      if (isBody) give(part, take);
      wanted = isBody ? lengthBytes : part.readUInt32LE();
      isBody = !isBody;
      if (isBody && wanted > mostBytes()) {
        pipe.destroy();
        return;
      }
    }
    chunks = [bytes];
    held = bytes.length;
  });
}

function give(body: Buffer, take: (value: unknown) => void): void {
  let value: unknown;
  try {
    value = deserialize(body);
  } catch {
    return;
  }
  take(value);
}
