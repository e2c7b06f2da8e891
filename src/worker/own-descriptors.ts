/**
 * A thread shares the file descriptors of the program: a number that it closes and has not opened is one of the program's
 * sockets or pipes, or of libuv's, which aborts for it. So a thread can close what it has opened; any other number is no
 * descriptor to it (EBADF), as most of them are to a process that has just begun. Of 0, 1 and 2 it closes its own side.
 */
import type { EventEmitter } from "node:events";
import fs from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { constants } from "node:os";

export type StandardDescriptor = 0 | 1 | 2;

/** Numbers as keys: nothing here uses a prototype that a worker may have changed. What is let go is false: to delete it is dear. */
type Numbers = Record<number, boolean | undefined>;
type Done = (error: NodeJS.ErrnoException | null, fd?: number) => void;
type Call = (...given: unknown[]) => unknown;

/** @param closed is called when the program closes 0, 1 or 2 */
export function keepDescriptors(closed: (fd: StandardDescriptor) => void): void {
  const { apply } = Reflect;
  const { open, openSync, close, closeSync } = fs;
  const { open: openHandle } = fs.promises;
  const own: Numbers = Object.create(null);
  const standard: Numbers = Object.assign(Object.create(null), { 0: true, 1: true, 2: true });

  /** Whether the descriptor is to be closed in fact; if not, what came of it. */
  const closing = (fd: unknown): { readonly error: NodeJS.ErrnoException | null } | undefined => {
    // Of what is no number, Node says what is wrong with it.
    if (typeof fd !== "number" || !(fd >= 0)) return undefined;
    if (own[fd]) {
      own[fd] = false;
      return undefined;
    }
    if (!standard[fd]) return { error: badDescriptor() };
    standard[fd] = false;
    closed(fd as StandardDescriptor);
    return { error: null };
  };

  Object.assign(fs, {
    // These two are called often, and pass their arguments on one by one.
    openSync(path: fs.PathLike, flags?: fs.OpenMode, mode?: fs.Mode) {
      const fd = openSync(path, flags as fs.OpenMode, mode);
      own[fd] = true;
      return fd;
    },
    open(...given: unknown[]) {
      const done = given[given.length - 1];
      if (typeof done === "function") {
        given[given.length - 1] = ((error, fd) => {
          if (fd !== undefined) own[fd] = true;
          apply(done, undefined, error ? [error] : [error, fd]);
        }) satisfies Done;
      }
      return apply(open as Call, fs, given);
    },
    closeSync(fd: unknown): void {
      const result = closing(fd);
      if (!result) closeSync(fd as number);
      else if (result.error) throw result.error;
    },
    close(fd: unknown, ...rest: unknown[]): void {
      const [done = () => {}] = rest;
      const result = typeof done === "function" ? closing(fd) : undefined;
      if (!result) apply(close as Call, fs, [fd, ...rest]);
      else setImmediate(() => apply(done as Call, undefined, [result.error]));
    },
  });
  fs.promises.open = async (...given) => {
    const handle = (await apply(openHandle, fs.promises, given)) as FileHandle & EventEmitter;
    const { fd } = handle;
    own[fd] = true;
    handle.once("close", () => {
      own[fd] = false;
    });
    return handle;
  };
}

/** As Node tells it. */
function badDescriptor(): NodeJS.ErrnoException {
  const error = new Error("EBADF: bad file descriptor, close");
  return Object.assign(error, { errno: -constants.errno.EBADF, code: "EBADF", syscall: "close" });
}
