/**
 * The way of values from a child process to its parent. Node's own IPC writes when it can: what has not left the process by
 * the time of `process.exit` or a crash is lost. Here each value is written to a pipe of its own before the call returns;
 * a parent that is slow holds the child back. The way down, to the child, is Node's IPC.
 *
 * A value is a frame: its length in 4 bytes, then what `v8.serialize` makes of it.
 */
import { writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { deserialize, serialize } from "node:v8";

/** The pipe's place among the child's stdio, behind that of the IPC. */
export const upwardPlace = 4;

const lengthBytes = 4;

/** For the child. Throws what cannot be serialized; what is written to a parent that is gone is lost. */
export function sendUpward(value: unknown): void {
  const body = serialize(value);
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(body.length);
  try {
    writeAll(Buffer.concat([length, body]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}

function writeAll(frame: Buffer): void {
  for (let written = 0; written < frame.length; ) {
    try {
      written += writeSync(upwardPlace, frame, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      // Where the system has made the pipe one that does not wait.
      Atomics.wait(neverNotified, 0, 0, 1);
    }
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** For the parent: calls `take` with each value, in order. What cannot be read is left out: it comes from foreign code. */
export function readUpward(pipe: Readable, take: (value: unknown) => void): void {
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
