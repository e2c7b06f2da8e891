/**
 * Volumes in a container that shares the machine's files: a path under a mount is led to where the volume really lies, in all functions of
 * `node:fs` and `node:fs/promises` that take a path. What reads files without them (`import` of a mounted file, a child process, a native
 * addon) sees the machine as it is: for these, the environment has the true place of each volume, `K4S_VOLUME_<NAME>`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder, or a file, that the container sees elsewhere than where it is. */
export interface Mount {
  /** Where the container sees it: an absolute path, with slashes. */
  readonly path: string;
  /** Where it lies. */
  readonly place: string;
}

/** The functions whose first argument is a path; each also with `Sync` at its end. */
const ofPath = [
  ...[
    "access",
    "appendFile",
    "chmod",
    "chown",
    "createReadStream",
    "createWriteStream",
    "exists",
    "lchmod",
    "lchown",
  ],
  ...[
    "lstat",
    "lutimes",
    "mkdir",
    "mkdtemp",
    "open",
    "openAsBlob",
    "opendir",
    "readFile",
    "readdir",
    "readlink",
  ],
  ...[
    "rm",
    "rmdir",
    "stat",
    "statfs",
    "truncate",
    "unlink",
    "unwatchFile",
    "utimes",
    "watch",
    "watchFile",
    "writeFile",
  ],
];
/** Those whose second is one too. */
const ofTwoPaths = ["copyFile", "cp", "link", "rename"];
/** Those that answer with a path. */
const givingPath = ["realpath"];

type Call = (...given: unknown[]) => unknown;

/** From now on the files of the mounts are found. */
export function useMounts(mounts: readonly Mount[]): void {
  const toPlace = placesOf(mounts);
  const toPath = pathsOf(mounts);
  for (const module of [fs, fs.promises] as unknown as Record<string, Call | undefined>[]) {
    const change = (names: readonly string[], changed: (call: Call) => Call) => {
      for (const name of names.flatMap(each => [each, `${each}Sync`])) {
        const call = module[name];
        if (call) module[name] = Object.assign(changed(call), call);
      }
    };
    change(
      ofPath,
      call =>
        (path, ...rest) =>
          call(toPlace(path), ...rest),
    );
    change(
      ofTwoPaths,
      call =>
        (from, to, ...rest) =>
          call(toPlace(from), toPlace(to), ...rest),
    );
    change(
      ["symlink"],
      call =>
        (target, path, ...rest) =>
          call(target, toPlace(path), ...rest),
    );
    change(
      givingPath,
      call =>
        (path, ...rest) =>
          backFrom(call(toPlace(path), ...rest.map(answered(toPath))), toPath),
    );
  }
  syncBuiltinESMExports();
}

/** The place of a path under a mount; whatever else is given, as it is. */
function placesOf(mounts: readonly Mount[]): (path: unknown) => unknown {
  // The longest first: a mount may lie within another.
  const sorted = mounts.toSorted((one, other) => other.path.length - one.path.length);
  return given => {
    const path = pathIn(given);
    if (path === undefined) return given;
    const mount = sorted.find(({ path: at }) => path === at || path.startsWith(`${at}/`));
    return mount ? mount.place + path.slice(mount.path.length) : given;
  };
}

/** An absolute path with slashes; undefined where none is given. */
function pathIn(given: unknown): string | undefined {
  if (typeof given === "string") return plain(given);
  if (given instanceof URL) return given.protocol === "file:" ? plain(fileURLToPath(given)) : undefined;
  return Buffer.isBuffer(given) ? plain(given.toString()) : undefined;
}

function plain(path: string): string {
  const isPlain = path.startsWith("/") && !path.includes("/.") && !path.includes("//");
  const whole = isPlain ? path : resolve(path);
  const slashed =
    process.platform === "win32" ? whole.replace(/^[A-Za-z]:/, "").replaceAll("\\", "/") : whole;
  return slashed.length > 1 && slashed.endsWith("/") ? slashed.slice(0, -1) : slashed;
}

/** The path under which the container sees a place. */
function pathsOf(mounts: readonly Mount[]): (place: unknown) => unknown {
  return given => {
    if (typeof given !== "string") return given;
    const mount = mounts.find(({ place }) => given === place || given.startsWith(`${place}/`));
    return mount ? mount.path + given.slice(mount.place.length) : given;
  };
}

function backFrom(result: unknown, toPath: (place: unknown) => unknown): unknown {
  return result instanceof Promise ? result.then(toPath) : toPath(result);
}

/** A callback that is told the path. */
function answered(toPath: (place: unknown) => unknown): (given: unknown) => unknown {
  return given =>
    typeof given === "function" ? (error: unknown, place: unknown) => given(error, toPath(place)) : given;
}
