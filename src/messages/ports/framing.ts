/**
 * Values in a stream of bytes, as they go between processes. A value is a frame: its length in 4 bytes, then what `v8.serialize` makes of
 * it.
 */
import type { Readable } from "node:stream";
import { deserialize, serialize } from "node:v8";
import type { Clock, Timer } from "../../outside/index.ts";

const lengthBytes = 4;
/** A longer frame, in bytes, is a mistake, or meant to fill the memory of its reader. */
const longest = 1024 * 1024 * 1024;

/** What is taken from who may mean harm. Whoever goes beyond it is not heard any more. */
export interface FrameLimits {
  /** Of a frame, asked when it begins. */
  mostBytes(): number;
  /** A frame that has begun is whole within so many milliseconds. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, "after">;
}

/** Throws what cannot be serialized. */
export function frameOf(value: unknown): Buffer {
  const body = serialize(value);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/**
 * Calls `take` with each value, in order, until the pipe is destroyed. What cannot be read is left out: it may come from foreign code.
 */
export function readFrames(pipe: Readable, take: (value: unknown) => void, limits?: FrameLimits): void {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = lengthBytes;
  let isBody = false;
  let late: Timer | undefined;
  const isBetween = () => held === 0 && !isBody;
  const wait = (hasEnded: boolean) => {
    if (!limits) return;
    if (hasEnded || pipe.destroyed) {
      late?.cancel();
      late = undefined;
    }
    if (isBetween() || pipe.destroyed) return;
    late ??= limits.clock.after(limits.patienceMs, () => pipe.destroy());
  };
  pipe.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) {
      wait(false);
      return;
    }
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    let hasEnded = false;
    while (bytes.length >= wanted && !pipe.destroyed) {
      const part = bytes.subarray(0, wanted);
      bytes = bytes.subarray(wanted);
      if (isBody) {
        give(part, take);
        hasEnded = true;
      }
      wanted = isBody ? lengthBytes : part.readUInt32LE();
      isBody = !isBody;
      if (isBody && wanted > (limits?.mostBytes() ?? longest)) pipe.destroy();
    }
    chunks = [bytes];
    held = bytes.length;
    wait(hasEnded);
  });
  if (limits) pipe.once("close", () => late?.cancel());
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
