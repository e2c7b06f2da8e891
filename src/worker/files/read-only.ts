/**
 * What a call of `node:fs` fails with, as it does in a container: where it would write to something that is mounted as read-only, remove or
 * move what something is mounted at, or move from one mount to another.
 */
import fs from "node:fs";
import { dirname } from "node:path";
import { faultOf } from "./fault.ts";
import type { Found } from "./places.ts";
import type { Asked } from "./told-paths.ts";

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

  /** All that a call is given, and how it uses each. Throws an EXDEV, too. */
  checkAll(
    name: string,
    given: readonly unknown[],
    asked: readonly (Asked | undefined)[],
    uses: readonly ({ readonly writes: Writes } | undefined)[],
  ): void {
    const [from, to] = asked;
    // What a symbolic link says is no path that is looked for.
    const path = from?.text ?? String(given[0]);
    const dest = uses.length > 1 ? to?.text : undefined;
    for (const [i, use] of uses.entries()) {
      const found = asked[i]?.found;
      if (use && found) this.check(name, found, use.writes, given[uses.length], path, dest);
    }
    const call = name.replace(/Sync$/, "");
    if (!from || !to || !moving.has(call) || from.found.mount === to.found.mount) return;
    const mayBeDone = this.#existsSync(from.found.place) && this.#existsSync(dirname(to.found.place));
    if (mayBeDone) throw faultOf("EXDEV", -18, "cross-device link not permitted", call, path, dest);
  }

  /**
   * Throws an EROFS or EBUSY, unless nothing is against the call, or it fails for another reason by itself.
   * @param asked the path as the program wrote it @param dest the other path of the call
   */
  check(
    name: string,
    { mount, path, place }: Found,
    writes: Writes,
    option: unknown,
    asked = path,
    dest?: string,
  ): void {
    // Most calls are about neither: they are not to be slowed down.
    if (!mount || (mount.path !== path && !mount.isReadOnly)) return;
    const call = name.replace(/Sync$/, "");
    if (mount.path === path && removing.has(call))
      throw faultOf("EBUSY", -16, "resource busy or locked", call, asked, dest);
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
    throw faultOf("EROFS", -30, "read-only file system", call, asked, dest);
  }
}

const moving = new Set(["link", "rename"]);
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
