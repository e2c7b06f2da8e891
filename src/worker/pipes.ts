/**
 * The way of values between a child process and its parent: one pipe down, one up. Node's own IPC is not used, because its
 * program can see it (`process.send`, `process.connected`, listeners of `process`) and end it, and because it writes when it
 * can: what has not left the process by the time of `process.exit` or a crash is lost. Upward each value is written before the
 * call returns; a parent that is slow holds the child back.
 *
 * A value is a frame: its length in 4 bytes, then what `v8.serialize` makes of it.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { deserialize, serialize } from "node:v8";
import type { Ipc } from "../messages/index.ts";

/** The file descriptors of the pipes in the child. */
export const downwardFd = 3;
export const upwardFd = 4;

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

/** For the child: its ends of the pipes. Called once, before any foreign code runs. */
export function pipesToParent(): Ipc & { readonly channel: Socket } {
  const channel = new Socket({ fd: downwardFd, readable: true, writable: false });
  // The parent is gone: the end is told as `close`.
  channel.on("error", () => {});
  return {
    channel,
    connected: true,
    on(event: "message" | "disconnect", listener: (value: unknown) => void) {
      if (event === "message") readFrames(channel, listener);
      else channel.on("close", listener);
    },
    send: value => writeAll(frameOf(value)),
  };
}

/** What is written to a parent that is gone is lost. */
function writeAll(frame: Buffer): void {
  for (let written = 0; written < frame.length; ) {
    try {
      written += writeSync(upwardFd, frame, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
      // Where the system has made the pipe one that does not wait.
      Atomics.wait(neverNotified, 0, 0, 1);
    }
  }
}

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** Calls `take` with each value, in order. What cannot be read is left out: it may come from foreign code. */
export function readFrames(pipe: Readable, take: (value: unknown) => void): void {
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
      if (wanted > longest) pipe.destroy();
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
