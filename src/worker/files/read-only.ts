/**
 * What a call of `node:fs` fails with, as it does in a container: where it would write to something that is mounted as read-only, or
 * remove or move what something is mounted at.
 */
import fs from "node:fs";
import { dirname } from "node:path";
import { faultOf } from "./fault.ts";
import type { Found } from "./places.ts";

/** How a call changes what a path names. */
export type Writes =
  /** Never. */
  | "no"
  /** It changes, moves or removes what is there: where nothing is, that is what is wrong. */
  | "what is there"
  /** It may make something new in a folder. */
  | "something new"
  /** The same, and the folders above it. */
  | "folders"
  /** As its flags say. */
  | "by flags"
  /** It only asks whether it may. */
  | "by mode";

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, W_OK } = fs.constants;
const writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

export class ReadOnly {
  // As it is now: it is changed next.
  readonly #existsSync = fs.existsSync;

  /** Throws an EROFS or EBUSY, unless nothing is against the call, or it fails for another reason by itself. */
  check(name: string, { mount, path, place }: Found, writes: Writes, option: unknown): void {
    // Most calls are about neither: they are not to be slowed down.
    if (!mount || (mount.path !== path && !mount.isReadOnly)) return;
    const call = name.replace(/Sync$/, "");
    if (mount.path === path && removing.has(call))
      throw faultOf("EBUSY", -16, "resource busy or locked", call, path);
    if (!mount.isReadOnly) return;
    const isThere = () => this.#existsSync(place);
    const hasFolder = () => this.#existsSync(dirname(place));
    const fails = {
      no: () => false,
      "what is there": isThere,
      "something new": hasFolder,
      folders: () => !isThere() && (isRecursive(option) || hasFolder()),
      "by flags": () => areWriting(option) && hasFolder(),
      "by mode": () => typeof option === "number" && (option & W_OK) !== 0 && isThere(),
    }[writes]();
    if (!fails) return;
    throw faultOf("EROFS", -30, "read-only file system", call, path);
  }
}

const removing = new Set(["rename", "rm", "rmdir", "unlink"]);

function areWriting(flags: unknown): boolean {
  return typeof flags === "number"
    ? (flags & writing) !== 0
    : typeof flags === "string" && /[wa+]/.test(flags);
}

function isRecursive(options: unknown): boolean {
  return (
    typeof options === "object" && options !== null && "recursive" in options && options.recursive === true
  );
}
