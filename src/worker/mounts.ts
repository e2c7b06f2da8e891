/**
 * Volumes in a container that shares the machine's files, and what a container has of its own (what the kubelet writes for it,
 * the folders of its image): a path under a mount is led to where the volume really lies, in all functions of `node:fs` and
 * `node:fs/promises` that take a path. What reads files without them (`import` of a mounted file, a child process, a native
 * addon) sees the machine as it is: for these, the environment has the true place of each volume, `K4S_VOLUME_<NAME>`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder, or a file, that the container sees elsewhere than where it is. */
export interface Mount {
  /** Where the container sees it: an absolute path, with slashes. */
  readonly path: string;
  /** Where it lies. */
  readonly place: string;
  /**
   * What is made there when it is first asked for: the text of a file, or the files of a folder, by their names. Undefined
   * where all is there already.
   */
  readonly content?: string | Readonly<Record<string, string>>;
}

/** Where a path of the container lies: itself where it is under no mount. */
export type PlaceOf = (path: string) => string;

/** The functions whose first argument is a path; each also with `Sync` at its end. */
const ofPath = `
  access appendFile chmod chown createReadStream createWriteStream exists lchmod lchown lstat lutimes
  mkdir mkdtemp open openAsBlob opendir readFile readdir readlink rm rmdir stat statfs truncate unlink
  unwatchFile utimes watch watchFile writeFile
`
  .trim()
  .split(/\s+/);
/** Those whose second is one too. */
const ofTwoPaths = ["copyFile", "cp", "link", "rename"];
/** Those that answer with a path. */
const givingPath = ["realpath"];

type Call = (...given: unknown[]) => unknown;

/**
 * From now on the files of the mounts are found.
 * @param kept folders that stay where they are, even under a mount: what k4s itself needs
 */
export function useMounts(mounts: readonly Mount[], kept: readonly string[]): PlaceOf {
  const placeOf = placesOf(mounts, kept);
  const toPlace = (given: unknown) => {
    const path = pathIn(given);
    const place = path === undefined ? undefined : placeOf(path);
    return place === path ? given : place;
  };
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
  return placeOf;
}

function placesOf(mounts: readonly Mount[], kept: readonly string[]): PlaceOf {
  // The longest first: a mount may lie within another.
  const sorted = mounts.toSorted((one, other) => other.path.length - one.path.length);
  const staying = [...kept, ...mounts.map(({ place }) => place)];
  const make = maker();
  return path => {
    const mount = sorted.find(({ path: at }) => isUnder(at, path));
    if (!mount || staying.some(folder => isUnder(folder, path)) || path.includes("/node_modules/"))
      return path;
    make(mount);
    return mount.place + path.slice(mount.path.length);
  };
}

function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Makes what a mount has in it, the first time that it is given. */
function maker(): (mount: Mount) => void {
  // As they are now: they are changed next.
  const { existsSync, mkdirSync, writeFileSync } = fs;
  const done = new Set<Mount>();
  const write = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  return mount => {
    const { place, content } = mount;
    if (content === undefined || done.has(mount)) return;
    done.add(mount);
    if (existsSync(place)) return;
    if (typeof content === "string") return write(place, content);
    mkdirSync(place, { recursive: true });
    for (const [name, text] of Object.entries(content)) write(join(place, name), text);
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
