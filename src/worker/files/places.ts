/**
 * Where a path of a container lies on the machine. In a container that has a root folder of its own, every path leads into that or into a
 * mount; in all others a path under no mount is the machine's. Links are followed as the container sees them: one to `/etc/x` means
 * its own `/etc/x`, and a link of a mount that leads out of all of them leads nowhere where there is no root folder.
 */
import fs from "node:fs";
import { isAbsolute, posix, resolve } from "node:path";
import { faultOf } from "./fault.ts";
import { isUnder, type Mount } from "./mount.ts";
import { Pins } from "./pins.ts";
import { type ImageFiles, RootFolder } from "./root-folder.ts";

/** Where a path of the container lies: itself where it is the machine's. */
export type PlaceOf = (path: string) => string;

export interface Found {
  /** As the container sees it, without links: those of the machine's own files are left as they are. */
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
/** As it is before a program takes its place. */
const inNextTurn = setImmediate;

export class Places {
  readonly hasRoot: boolean;
  /** The longest path first: a mount may lie within another. */
  #mounts: readonly Mount[];
  readonly #staying: string[];
  readonly #packages: readonly string[];
  #hasPackages = false;
  /** What is under no mount. */
  readonly #machines = new Map<string, Found>();
  /** What is under a mount, and has no links: by whether what is asked for follows one at its end. */
  readonly #followed = new Map<string, Found>();
  readonly #itself = new Map<string, Found>();
  /** The folders among them, and above them, that no link leads to. */
  readonly #straight = new Set<string>();
  #isForgetting = false;
  /** As the container sees it; undefined where it is the machine's program's. */
  cwd: string | undefined;
  readonly #root: RootFolder | undefined;
  #read: (() => ImageFiles) | undefined;
  #files: ImageFiles = {};
  readonly #made = new Set<Mount>();
  readonly #pins = new Pins();
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
   * @param call the function that asks, for errors
   * Throws an ELOOP where links lead in a circle, and an ENOENT where they, or the place of a mount by now, lead elsewhere.
   */
  find(path: string, follows = true, call = "open"): Found {
    const known = follows ? this.#followed : this.#itself;
    const found = known.get(path) ?? this.#machines.get(path) ?? this.#searched(path, follows, known, call);
    if (found.mount?.isPinned && !this.#pins.leadsToItself(found.mount.place)) {
      // It may be made when it is asked for again.
      this.forget();
      throw leadsAway(call, path);
    }
    return found;
  }

  /** The program is about to make links, or to move some. */
  forget(): void {
    this.#followed.clear();
    this.#itself.clear();
    this.#straight.clear();
  }

  #searched(path: string, follows: boolean, known: Map<string, Found>, call: string): Found {
    const found = this.#search(path, follows, call);
    // A relative path depends on where the program is, and files of a root folder are made when they are asked for.
    if (this.hasRoot || !path.startsWith("/")) return found;
    if (!found.mount) remember(this.#machines, path, found);
    else if (found.path === path) {
      remember(known, path, found);
      this.#forgetSoon();
    }
    return found;
  }

  /** Others make links, too, and whoever hears of it does in another turn of the event loop. */
  #forgetSoon(): void {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    inNextTurn(() => {
      this.#isForgetting = false;
      this.forget();
    }).unref();
  }

  #search(path: string, follows: boolean, call: string): Found {
    const whole = this.#whole(path);
    // The machine has another folder to begin in.
    const own = this.hasRoot || (this.cwd !== undefined && !isAbsolute(path)) ? whole : path;
    if (this.#stays(whole)) return { path: whole, place: own, mount: undefined };
    if (!this.hasRoot && !this.#mountOf(whole)) return { path: whole, place: own, mount: undefined };
    // It is a folder that is meant, and where a link leads: the system says so where there is none.
    const end = path.length > 1 && slashed(path).endsWith("/") && whole !== "/" ? "/" : "";
    const found = this.#walk(whole, follows || end !== "", call);
    if (!found.mount) throw leadsAway(call, path);
    return end === "" ? found : { ...found, place: found.place + end };
  }

  /** The path under which the container sees a place. */
  pathOf(place: string): string {
    const [mount] = this.#mounts
      .filter(each => isUnder(each.place, place))
      .sort((one, other) => other.place.length - one.place.length);
    return mount ? posix.join(mount.path, place.slice(mount.place.length)) : place;
  }

  #stays(path: string): boolean {
    if (path.includes("/node_modules/")) {
      if (this.hasRoot) this.#keepPackages();
      else if (this.#isMachinesPackage(path)) return true;
    }
    return this.#staying.some(folder => isUnder(folder, path));
  }

  /** What the program imports may lie below a folder that is mounted over: it stays, unless the mount has such a package of its own. */
  #isMachinesPackage(path: string): boolean {
    const { mount, place } = this.#lead(path);
    const { existsSync } = this.#fs;
    return mount !== undefined && !existsSync(place) && existsSync(path);
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

  #mountOf(path: string): Mount | undefined {
    for (const mount of this.#mounts) if (isUnder(mount.path, path)) return mount;
    return undefined;
  }

  /** Without a look at links. */
  #lead(path: string): Found {
    const mount = this.#mountOf(path);
    if (!mount) return { path, place: path, mount };
    if (mount.path === "/") this.#root?.prepare(path);
    this.#make(mount);
    const rest = mount.path === "/" ? path : path.slice(mount.path.length);
    return { path, place: rest === "/" ? mount.place : mount.place + rest, mount };
  }

  #walk(path: string, follows: boolean, call: string): Found {
    if (path === "/") return this.#lead("/");
    const above = path.slice(0, path.lastIndexOf("/"));
    if (this.#straight.has(above)) {
      const found = this.#lead(path);
      if (!follows || this.#targetOf(found) === undefined) return found;
    }
    const steps = stepsOf(path);
    let [at, links, isSystems] = ["/", 0, true];
    for (;;) {
      const found = this.#lead(posix.join(at, steps.shift() ?? ""));
      const target = steps.length > 0 || follows ? this.#targetOf(found) : undefined;
      if (target === undefined) {
        if (steps.length === 0) {
          if (links === 0) this.#keepStraight(above);
          return links > 0 && isSystems ? this.#unfollowed(path, found) : found;
        }
        at = found.path;
        continue;
      }
      if (++links > mostLinks) throw tooManyLinks(call, path);
      isSystems &&= staysWithin(found, at, target);
      steps.unshift(...stepsOf(this.seen(posix.resolve(at, slashed(target)))));
      at = "/";
    }
  }

  #keepStraight(folder: string): void {
    // Files of a root folder are made when they are asked for.
    if (this.hasRoot) return;
    if (this.#straight.size >= mostKnown) this.#straight.clear();
    this.#straight.add(folder);
    this.#forgetSoon();
  }

  /**
   * Links that lead from one place of a mount to another of it are left to the system: the kubelet exchanges those of ConfigMaps at any
   * moment, and who watches a file means what they lead to by then.
   */
  #unfollowed(path: string, found: Found): Found {
    const { mount, place } = this.#lead(path);
    return mount === found.mount && mount?.path !== "/" ? { ...found, place } : found;
  }

  /** Where a link leads, as the container sees it. A program that knows the true place of a volume may have made one to that. */
  seen(target: string): string {
    return this.hasRoot || this.#mountOf(target) ? target : this.pathOf(target);
  }

  /** Undefined where there is no link. What is mounted is none, and the machine's, whatever it is to the machine. */
  #targetOf({ path, place, mount }: Found): string | undefined {
    if (!mount || mount.path === path) return undefined;
    try {
      const { lstatSync, readlinkSync } = this.#fs;
      const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
      return isLink ? readlinkSync(place) : undefined;
    } catch {
      // A file is no folder: the call that asked says so.
      return undefined;
    }
  }

  /** Makes what a mount has in it, the first time that it is given. */
  #make(mount: Mount): void {
    const { place, made, isMachines } = mount;
    if (made === "image" || isMachines || this.#made.has(mount)) return;
    if (mount.isPinned && !this.#pins.mayBeMade(place)) return;
    this.#made.add(mount);
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

/**
 * Whether a link leads the system to where it leads the container, as far as the link itself says.
 * @param at the folder that it lies in
 */
function staysWithin({ mount }: Found, at: string, target: string): boolean {
  if (!mount || isAbsolute(target) || posix.normalize(target) !== target) return false;
  const within = posix.join(posix.relative(mount.path, at), target);
  return within !== ".." && !within.startsWith("../");
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

function leadsAway(call: string, path: string): Error {
  return faultOf("ENOENT", -2, "no such file or directory", call, path);
}

function tooManyLinks(call: string, path: string): Error {
  return faultOf("ELOOP", -40, "too many symbolic links encountered", call, path);
}

function remember(known: Map<string, Found>, path: string, found: Found): void {
  if (known.size >= mostKnown) known.clear();
  known.set(path, found);
}
