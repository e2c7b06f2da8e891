/**
 * The way of values between a child process and its parent: one pipe down, one up. Node's own IPC is not used, because its
 * program can see it (`process.send`, `process.connected`, listeners of `process`) and end it, and because it writes when it
 * can: what has not left the process by the time of `process.exit` or a crash is lost. Upward each value is written before the
 * call returns; a parent that is slow holds the child back.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { frameOf, type Ipc, readFrames } from "../messages/index.ts";

/** The file descriptors of the pipes in the child. */
export const downwardFd = 3;
export const upwardFd = 4;

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
