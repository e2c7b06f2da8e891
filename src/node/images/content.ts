/**
 * What of a module goes along to a machine that has no such folder: the module and what it imports by path, or names as a file beside
 * itself; where it lies in a folder of its own, all of that; the packages that these import, with what those depend on, found as Node finds
 * them; and the package.json files that say as what kind of module each is loaded. All lie to each other there as they do here, links too,
 * and nothing leads out of it.
 */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { examine } from "./examine.ts";
import type { FoundModule } from "./lookup.ts";
import { type Mentions, mentionsIn } from "./mentions.ts";
import { Remembered } from "./remembered.ts";

export interface ContentFile {
  /** In the image, its parts separated by `/`. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly isExecutable?: boolean;
}

interface ContentLink {
  readonly path: string;
  /** In the image, too. */
  readonly target: string;
}

export interface ImageContent {
  /** Of all of the following. */
  readonly digest: string;
  /** The module, and what it is called where that is a link. */
  readonly entry: string;
  readonly named: string;
  readonly files: readonly ContentFile[];
  readonly links: readonly ContentLink[];
}

/** More is no image of k4s, but somebody's disk. */
export const mostFiles = 20_000;
export const mostBytes = 512 * 2 ** 20;

export function contentDigest({ entry, named, files, links }: Omit<ImageContent, "digest">): string {
  const all = [
    entry,
    named,
    files.map(({ path, sha256, size, isExecutable = false }) => [path, sha256, size, isExecutable]),
    links.map(({ path, target }) => [path, target]),
  ];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

/** What is kept of files between two questions for images. */
export class KnownFiles {
  /** SHA-256. */
  readonly digests = new Remembered<string>(async path =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  );
  readonly mentions = new Remembered<Mentions>(mentionsIn);
}

/**
 * Fails where the module cannot be read, or is too much.
 * @param folders the images folders
 * @returns also where each file lies, by its SHA-256
 */
export async function contentOf(
  { filename, named }: FoundModule,
  folders: readonly string[],
  known = new KnownFiles(),
): Promise<{ readonly content: ImageContent; readonly places: ReadonlyMap<string, string> }> {
  const gathered = new Gathered(
    await Promise.all(folders.map(folder => realpath(folder).catch(() => folder))),
    known.mentions,
  );
  await gathered.addModule(filename);
  if (named !== filename) gathered.addLink(named, filename);
  const { files, links } = gathered;
  const root = commonFolder([...files.keys(), ...links.keys(), ...links.values()]);
  const inImage = (path: string) => relative(root, path).split(sep).join("/");
  const places = new Map<string, string>();
  const told: ContentFile[] = [];
  for (const [path, found] of [...files].sort(byPath)) {
    const sha256 = await known.digests.of(path, found);
    places.set(sha256, path);
    const isExecutable = (found.mode & 0o111) !== 0;
    told.push({ path: inImage(path), sha256, size: found.size, ...(isExecutable && { isExecutable }) });
  }
  const toldLinks = [...links]
    .filter(([path]) => !files.has(path))
    .sort(byPath)
    .map(([path, target]) => ({ path: inImage(path), target: inImage(target) }));
  const whole = { entry: inImage(filename), named: inImage(named), files: told, links: toldLinks };
  return { content: { digest: contentDigest(whole), ...whole }, places };
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? ".");
  while (paths.some(path => !isBelow(path, folder)) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** What does not belong to a program: who fetched it, and by which password. */
const leftOut = new Set([".git", ".npmrc"]);

class Gathered {
  readonly files = new Map<string, Stats>();
  /** From where, to where. */
  readonly links = new Map<string, string>();
  readonly #folders: readonly string[];
  readonly #mentions: Remembered<Mentions>;
  readonly #walked = new Set<string>();
  readonly #packages = new Set<string>();
  #bytes = 0;

  /** @param folders the images folders, by their own paths */
  constructor(folders: readonly string[], mentions: Remembered<Mentions>) {
    this.#folders = folders;
    this.#mentions = mentions;
  }

  async addModule(filename: string): Promise<void> {
    // Asked anew each time: a file that came since may be what an import leads to now.
    const own = [...(await examine(filename, undefined)).files.keys()];
    for (const file of own) await this.#addFile(file);
    const home = this.#homeOf(filename);
    if (home !== undefined) await this.#addFolder(home, () => true);
    for (const file of own) {
      const found = this.files.get(file);
      if (!found) continue;
      const { packages, files } = await this.#mentions.of(file, found);
      for (const path of files) await this.#addNamed(path);
      const described = await this.#addDescription(dirname(file));
      // Where it cannot be read, those that its package.json lists. What k4s gives its workers it gives them there.
      for (const name of packages ?? (await dependenciesIn(described)))
        if (name !== "k4s") await this.#addPackage(name, dirname(file));
    }
  }

  /** What a module reads or starts by its name beside it, where that lies in an images folder. */
  async #addNamed(named: string): Promise<void> {
    const path = await realpath(named).catch(() => undefined);
    if (path === undefined || this.files.has(path) || path.split(sep).some(part => leftOut.has(part))) return;
    if (!this.#folders.some(folder => isBelow(path, folder))) return;
    this.addLink(named, path);
    if ((await stat(path)).isDirectory()) return this.#addFolder(path, () => true);
    await this.#addFile(path);
    if (!/\.[cm]?[jt]sx?$/.test(path)) return;
    // A thread of its own, perhaps. What cannot be read as a module is a file like any other.
    await this.addModule(path).catch(() => undefined);
  }

  addLink(path: string, target: string): void {
    if (path !== target) this.links.set(path, target);
  }

  /** The folder that the module has to itself, below an images folder; undefined where it lies beside others. */
  #homeOf(filename: string): string | undefined {
    const folder = this.#folders.find(each => isBelow(filename, each));
    if (folder === undefined) return undefined;
    const [first = "", ...rest] = relative(folder, filename).split(sep);
    return rest.length > 0 ? join(folder, first) : undefined;
  }

  async #addFile(path: string): Promise<void> {
    if (this.files.has(path)) return;
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return;
    this.files.set(path, found);
    this.#bytes += found.size;
    if (this.files.size > mostFiles) throw new Error(`it has more than ${mostFiles} files`);
    if (this.#bytes > mostBytes) throw new Error(`it has more than ${mostBytes / 2 ** 20} MiB`);
  }

  /** @param isWanted asked for the names of folders in it */
  async #addFolder(folder: string, isWanted: (name: string) => boolean): Promise<void> {
    if (this.#walked.has(folder)) return;
    this.#walked.add(folder);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (leftOut.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && isWanted(entry.name)) await this.#addFolder(path, isWanted);
      else if (entry.isFile()) await this.#addFile(path);
      else if (entry.isSymbolicLink()) await this.#follow(path);
    }
  }

  /** What a link leads to goes along where it lies in an images folder, or is a package. */
  async #follow(path: string): Promise<void> {
    const target = await realpath(path).catch(() => undefined);
    if (target === undefined) return;
    const isFolder = (await stat(target)).isDirectory();
    const isOurs = this.#folders.some(folder => isBelow(target, folder));
    // As a package manager links a package that lies elsewhere.
    const isPackage =
      isFolder &&
      dirname(path).split(sep).includes("node_modules") &&
      (await stat(join(target, "package.json")).catch(() => undefined))?.isFile() === true;
    if (!isPackage && !isOurs) return;
    this.addLink(path, target);
    if (!isFolder) await this.#addFile(target);
    else if (isPackage) await this.#addFoundPackage(target);
    else await this.#addFolder(target, () => true);
  }

  /** The nearest package.json, as Node looks for it. */
  async #addDescription(from: string): Promise<string | undefined> {
    for (let at = from; ; at = dirname(at)) {
      const file = join(at, "package.json");
      await this.#addFile(file);
      if (this.files.has(file)) return file;
      if (at === dirname(at) || at.endsWith("node_modules")) return undefined;
    }
  }

  async #addPackage(name: string, from: string): Promise<void> {
    if (!isPackageName(name)) return;
    for (let at = from; ; at = dirname(at)) {
      const place = join(at, "node_modules", name);
      const real = await realpath(place).catch(() => undefined);
      if (real !== undefined) {
        this.addLink(place, real);
        return this.#addFoundPackage(real);
      }
      if (at === dirname(at)) return;
    }
  }

  async #addFoundPackage(folder: string): Promise<void> {
    if (this.#packages.has(folder)) return;
    this.#packages.add(folder);
    if (!(await lstat(folder)).isDirectory()) return this.#addFile(folder);
    await this.#addFolder(folder, name => name !== "node_modules");
    for (const name of await dependenciesIn(join(folder, "package.json")))
      await this.#addPackage(name, folder);
  }
}

async function dependenciesIn(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  try {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(await readFile(file, "utf8"));
    return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  } catch {
    // Node refuses it, and says why, when the program runs.
    return [];
  }
}

/** Whatever else is written there leads to a folder that is none. */
function isPackageName(name: string): boolean {
  return /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/.test(name) && name !== "node_modules";
}
