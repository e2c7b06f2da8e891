/**
 * Unix sockets among the files of a container: the path that a program listens on or connects to leads where it does for `node:fs`, so the
 * containers of a pod, and pods of this machine with one claim, meet there. The path is exchanged where Node hands it to the system, below
 * `net` and all that uses it: what Node tells of addresses and in errors is what the program wrote.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import { constants } from "node:os";
import { basename, dirname } from "node:path";
import type { Found, Places } from "./places.ts";
import type { ReadOnly } from "./read-only.ts";

/** What Node has below a server or socket with a path. Each answers 0, or the number of an error. */
interface PipeHandle {
  bind(path: string): number;
  connect(request: unknown, path: string): number;
}

/** In bytes; Linux takes a few more. */
const longestPath = 103;
const { EACCES, EINVAL, ENOENT } = constants.errno;

// As they are now: they are changed next.
const { mkdirSync, readlinkSync, symlinkSync } = fs;

/** Found as the thread begins: what it takes to find them is closed when a program is run, which would else count as open before it. */
const handles = process.platform === "win32" ? undefined : handlesOfPipes();

/** @param shortcuts what the paths of links begin with that stand for folders whose own paths are too long for a socket */
export function leadSocketPaths(places: Places, readOnly: ReadOnly, shortcuts: string): void {
  // On Windows, what has a path is a named pipe, which is no file.
  if (!handles) return;
  const { bind, connect } = handles;
  const lead = (path: unknown, check: (found: Found) => void, call: (place: string) => number): number => {
    // What Node refuses, and Linux' sockets that have names and no files.
    if (typeof path !== "string" || path === "" || path.startsWith("\0")) return call(path as string);
    try {
      const found = places.find(path);
      check(found);
      return call(isElsewhere(found, path) ? withinLimit(found.place, shortcuts) : path);
    } catch (error) {
      const { errno } = error as NodeJS.ErrnoException;
      if (errno === undefined) throw error;
      return errno;
    }
  };
  handles.bind = function (path) {
    const check = (found: Found) => readOnly.check("bind", found, "something new", undefined, path);
    const failed = lead(path, check, place => bind.call(this, place));
    // As libuv has it.
    return failed === -ENOENT ? -EACCES : failed;
  };
  handles.connect = function (request, path) {
    const to = (place: string) => connect.call(this, request, place);
    const failed = lead(path, () => {}, to);
    // As the system says it of a path that leads nowhere: in a turn of its own.
    return failed === -ENOENT ? to(`${shortcuts}nowhere`) : failed;
  };
}

function isElsewhere({ mount, place }: Found, path: string): boolean {
  return mount !== undefined || place !== path;
}

/** The same place, by way of a link where it is too long. Who removes the cluster's folder of sockets removes the link. */
function withinLimit(place: string, shortcuts: string): string {
  if (Buffer.byteLength(place) <= longestPath) return place;
  const folder = dirname(place);
  const link = `${shortcuts}v${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  const short = `${link}/${basename(place)}`;
  if (Buffer.byteLength(short) > longestPath) throw tooLong();
  mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
  try {
    symlinkSync(folder, link);
  } catch (error) {
    // It is there, made for this folder by this container or another.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || readlinkSync(link) !== folder) throw error;
  }
  return short;
}

/** As the system says it. */
function tooLong(): Error {
  return Object.assign(new Error("the path is too long for a socket"), { errno: -EINVAL });
}

/** What they have in common, for which Node has no name: of one that leads nowhere. */
function handlesOfPipes(): PipeHandle | undefined {
  const socket = new net.Socket().on("error", () => {}).connect({ path: "/" });
  const { _handle: handle } = socket as unknown as { readonly _handle?: object };
  socket.destroy();
  return handle && (Object.getPrototypeOf(handle) as PipeHandle);
}
