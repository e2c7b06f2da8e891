/**
 * Where a path of a container lies on the machine. In a container that has a root folder of its own, every path leads into that or into a
 * mount, and links are followed as the container sees them: one to `/etc/x` means its own `/etc/x`. In all others a path under no
 * mount is the machine's.
 */
import fs from "node:fs";
import { dirname, isAbsolute, posix, resolve } from "node:path";
import { isUnder, type Mount } from "./mount.ts";
import { type ImageFiles, RootFolder } from "./root-folder.ts";

/** Where a path of the container lies: itself where it is the machine's. */
export type PlaceOf = (path: string) => string;

export interface Found {
  /** As the container sees it, without links where there is a root folder. */
  readonly path: string;
  readonly place: string;
  /** Undefined where it is the machine's. */
  readonly mount: Mount | undefined;
}

export interface PlacesOptions {
  readonly mounts: readonly Mount[];
  /** Folders that stay where they are, even under a mount: what k4s itself needs. */
  readonly kept: readonly string[];
  /** Folders of packages, of which the one stays where it is that has what the commands import. */
  readonly packages: readonly string[];
  /** What its image has in its files. Read when a path first leads into the root folder. */
  readonly imageFiles: () => ImageFiles;
  /** Where its relative paths begin; where those of the machine's program do where undefined. */
  readonly cwd: string | undefined;
}

/** What the commands import when they are told to. */
const imported = "modern-tar";
/** Those that mean the same in every container. */
const devices = ["null", "zero", "full", "random", "urandom", "tty"];
/** As many links may follow one another, as in Linux. */
const mostLinks = 40;
/** So many paths are remembered. */
const mostKnown = 1_000;

export class Places {
  readonly hasRoot: boolean;
  /** The longest path first: a mount may lie within another. */
  #mounts: readonly Mount[];
  readonly #staying: string[];
  readonly #packages: readonly string[];
  #hasPackages = false;
  readonly #known = new Map<string, Found>();
  /** As the container sees it; undefined where it is the machine's program's. */
  cwd: string | undefined;
  readonly #root: RootFolder | undefined;
  #read: (() => ImageFiles) | undefined;
  #files: ImageFiles = {};
  readonly #made = new Set<Mount>();
  // As they are now: they are changed next.
  readonly #fs = { ...fs };

  constructor({ mounts, kept, packages, imageFiles, cwd }: PlacesOptions) {
    const root = mounts.find(({ path }) => path === "/");
    this.hasRoot = root !== undefined;
    this.cwd = cwd;
    this.#packages = packages;
    const all = root ? [...mounts, ...deviceMounts()] : mounts;
    this.#mounts = longestFirst(all);
    const own = mounts.filter(({ isMachines }) => !isMachines).map(({ place }) => place);
    this.#staying = [...kept, ...own].map(folder => slashed(resolve(folder)));
    if (root?.made !== "image") return;
    this.#root = new RootFolder(
      root.place,
      () => this.#imageFiles(),
      () => this.#mounts,
    );
    this.#read = imageFiles;
  }

  /**
   * @param path absolute or not, with any dots
   * @param follows whether it is asked for what a link at its end leads to
   * Throws an ELOOP where links lead in a circle, and an ENOENT where the place of a mount leads elsewhere by now.
   */
  find(path: string, follows = true): Found {
    const found = this.#known.get(path) ?? this.#searched(path, follows);
    if (found.mount?.isPinned && !this.#leadsToItself(found.mount.place)) throw leadsAway(path);
    return found;
  }

  #searched(path: string, follows: boolean): Found {
    const found = this.#search(path, follows);
    // A relative path depends on where the program is, and links of a root folder come and go.
    if (!this.hasRoot && path.startsWith("/")) {
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.set(path, found);
    }
    return found;
  }

  #search(path: string, follows: boolean): Found {
    const whole = this.#whole(path);
    // The machine has another folder to begin in.
    const own = this.hasRoot || (this.cwd !== undefined && !isAbsolute(path)) ? whole : path;
    if (this.#stays(whole)) return { path: whole, place: own, mount: undefined };
    if (this.hasRoot) return this.#walk(whole, follows);
    const found = this.#lead(whole);
    return found.mount ? found : { ...found, place: own };
  }

  /** The path under which the container sees a place. */
  pathOf(place: string): string {
    const mount = this.#mounts.find(each => isUnder(each.place, place));
    return mount ? `${mount.path}${place.slice(mount.place.length)}` : place;
  }

  #stays(path: string): boolean {
    if (path.includes("/node_modules/")) {
      if (!this.hasRoot) return true;
      this.#keepPackages();
    }
    return this.#staying.some(folder => isUnder(folder, path));
  }

  /** Looked for when it is first asked for: most containers never import it. */
  #keepPackages(): void {
    if (this.#hasPackages) return;
    this.#hasPackages = true;
    const { existsSync, realpathSync } = this.#fs;
    const place = this.#packages.map(folder => resolve(folder, imported)).find(each => existsSync(each));
    if (place !== undefined) this.#staying.push(slashed(place), slashed(realpathSync(place)));
  }

  #whole(path: string): string {
    const isPlain = path.startsWith("/") && !path.includes("/.") && !path.includes("//");
    const whole = isPlain
      ? path
      : this.cwd !== undefined
        ? posix.resolve(this.cwd, slashed(path))
        : slashed(resolve(path));
    return whole.length > 1 && whole.endsWith("/") ? whole.slice(0, -1) : whole;
  }

  /** Read once. What is mounted below a link of the image lies where that leads: `/var/run/secrets` may mean `/run/secrets`. */
  #imageFiles(): ImageFiles {
    if (!this.#read) return this.#files;
    this.#files = this.#read();
    this.#read = undefined;
    const links = Object.entries(this.#files).flatMap(([path, file]): Link[] =>
      typeof file === "object" && "link" in file
        ? [{ from: path, to: posix.resolve(posix.dirname(path), file.link) }]
        : [],
    );
    const moved = (mount: Mount): Mount => {
      const path = behind(links, mount.path);
      return path === mount.path ? mount : { ...mount, path };
    };
    this.#mounts = longestFirst(this.#mounts.map(moved));
    return this.#files;
  }

  /** Without a look at links. */
  #lead(path: string): Found {
    const mount = this.#mounts.find(({ path: at }) => isUnder(at, path));
    if (!mount) return { path, place: path, mount };
    if (mount.path === "/") this.#root?.prepare(path);
    this.#make(mount);
    const rest = mount.path === "/" ? path : path.slice(mount.path.length);
    return { path, place: rest === "/" ? mount.place : mount.place + rest, mount };
  }

  #walk(path: string, follows: boolean): Found {
    if (path === "/") return this.#lead("/");
    const steps = stepsOf(path);
    let [at, links] = ["/", 0];
    for (;;) {
      const found = this.#lead(posix.join(at, steps.shift() ?? ""));
      const target = steps.length > 0 || follows ? this.#targetOf(found) : undefined;
      if (target === undefined) {
        if (steps.length === 0) return found;
        at = found.path;
        continue;
      }
      if (++links > mostLinks) throw tooManyLinks(path);
      steps.unshift(...stepsOf(posix.resolve(at, target)));
      at = "/";
    }
  }

  /** Undefined where there is no link. What is mounted is none, whatever it is to the machine. */
  #targetOf({ path, place, mount }: Found): string | undefined {
    if (mount?.path === path) return undefined;
    try {
      const { lstatSync, readlinkSync } = this.#fs;
      const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
      return isLink ? readlinkSync(place) : undefined;
    } catch {
      // A file is no folder: the call that asked says so.
      return undefined;
    }
  }

  /** Also where it is not there (yet): then the last folder above it that is. */
  #leadsToItself(place: string): boolean {
    try {
      return this.#fs.realpathSync(place) === place;
    } catch {
      const above = dirname(place);
      const isLink = this.#fs.lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
      return !isLink && (above === place || this.#leadsToItself(above));
    }
  }

  /** Makes what a mount has in it, the first time that it is given. */
  #make(mount: Mount): void {
    const { place, made, isMachines } = mount;
    if (made === "image" || isMachines || this.#made.has(mount)) return;
    this.#made.add(mount);
    if (mount.isPinned && !this.#leadsToItself(place)) return;
    const { existsSync, mkdirSync, writeFileSync } = this.#fs;
    if (!existsSync(place)) {
      mkdirSync(typeof made === "object" ? resolve(place, "..") : place, { recursive: true });
      if (typeof made === "object") writeFileSync(place, made.text);
    }
    // Only the root folder has names for what is mounted in it: others get theirs here.
    for (const inner of this.#mounts)
      if (this.hasRoot && inner !== mount && isUnder(mount.path, inner.path)) this.#standIn(inner, mount);
  }

  #standIn(inner: Mount, { path, place }: Mount): void {
    try {
      this.#fs.mkdirSync(place + inner.path.slice(path.length), { recursive: true });
    } catch {
      // What cannot be made there is not listed, and can be reached all the same.
    }
  }
}

function longestFirst(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.toSorted((one, other) => other.path.length - one.path.length);
}

interface Link {
  readonly from: string;
  readonly to: string;
}

/** The path without links above it. What is mounted on a link takes its place. */
function behind(links: readonly Link[], path: string): string {
  let at = path;
  for (let followed = 0; followed < mostLinks; followed++) {
    const link = links.find(({ from }) => at.startsWith(`${from}/`));
    if (!link) return at;
    at = posix.join(link.to, at.slice(link.from.length));
  }
  return at;
}

function deviceMounts(): Mount[] {
  if (process.platform === "win32") return [];
  return devices.map(name => ({ path: `/dev/${name}`, place: `/dev/${name}`, isMachines: true }));
}

/** Windows has letters in front of paths, and other slashes. */
function slashed(path: string): string {
  return process.platform === "win32" ? path.replace(/^[A-Za-z]:/, "").replaceAll("\\", "/") : path;
}

function stepsOf(path: string): string[] {
  return path.split("/").filter(Boolean);
}

function leadsAway(path: string): NodeJS.ErrnoException {
  const error = new Error(`ENOENT: no such file or directory, open '${path}'`);
  return Object.assign(error, { code: "ENOENT", errno: -2, syscall: "open", path });
}

function tooManyLinks(path: string): NodeJS.ErrnoException {
  const error = new Error(`ELOOP: too many symbolic links encountered, stat '${path}'`);
  return Object.assign(error, { code: "ELOOP", syscall: "stat", path });
}
