/**
 * The root folder of a container that has one of its own: what lies in the files of its image, and a name for each mount. A part is made
 * when a path first leads into it, because most containers ask for few of them, and many for none: `/etc` with the first file in there,
 * the names of all top folders with the first look at `/`.
 */
import fs from "node:fs";
import { dirname, join } from "node:path";
import type { Mount } from "./mount.ts";

export type ImageFile =
  | "folder"
  | { readonly folderMode: number }
  | {
      readonly text: string | (() => string);
      readonly mode?: number;
      /** A file of the machine, whose text it has instead, if there is one. */
      readonly copyOf?: string;
    }
  | { readonly link: string };

/** By absolute path. Folders above need not be told. */
export type ImageFiles = Readonly<Record<string, ImageFile>>;

function isFolderIn(file: ImageFile): file is "folder" | { readonly folderMode: number } {
  return file === "folder" || "folderMode" in file;
}

type Part = readonly (readonly [path: string, file: ImageFile])[];

export class RootFolder {
  // As they are now: they are changed next.
  readonly #fs = { ...fs };
  readonly #place: string;
  readonly #read: () => ImageFiles;
  readonly #mounts: () => readonly Mount[];
  /** By the names of the top folders; read when they are first needed. */
  #parts: ReadonlyMap<string, Part> | undefined;
  /** The top folders that are there, or were, with all that is in them. */
  readonly #made = new Set<string>();
  /** Those of which the name alone has been made. */
  readonly #named = new Set<string>();

  constructor(place: string, read: () => ImageFiles, mounts: () => readonly Mount[]) {
    this.#place = place;
    this.#read = read;
    this.#mounts = mounts;
  }

  /** Makes what the path leads into. What has been removed since is not made again. */
  prepare(path: string): void {
    const parts = this.#partsOnce();
    const top = path.split("/", 2)[1] ?? "";
    if (top !== "") this.#make(top, parts.get(top));
    else for (const [name, part] of parts) this.#name(name, part);
  }

  #partsOnce(): ReadonlyMap<string, Part> {
    if (this.#parts) return this.#parts;
    const parts = new Map<string, [string, ImageFile][]>();
    const add = (path: string, file: ImageFile) => {
      const top = path.split("/", 2)[1] ?? "";
      const part = parts.get(top) ?? [];
      parts.set(top, part);
      part.push([path, file]);
    };
    for (const [path, file] of Object.entries(this.#read())) add(path, file);
    for (const mount of this.#mounts()) if (mount.path !== "/") add(mount.path, this.#standIn(mount));
    this.#fs.mkdirSync(this.#place, { recursive: true });
    this.#parts = parts;
    return parts;
  }

  /** What lies under a mount is never seen but in the list of the folder above it. */
  #standIn({ place, made }: Mount): ImageFile {
    // What is not there yet is the folder of a volume.
    const isFolder =
      made === undefined
        ? this.#fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== false
        : made === "folder";
    return isFolder ? "folder" : { text: "" };
  }

  #make(name: string, part: Part = []): void {
    if (this.#made.has(name)) return;
    this.#made.add(name);
    if (this.#named.has(name) && !this.#fs.existsSync(join(this.#place, name))) return;
    for (const [path, file] of part) this.#write(join(this.#place, path), file);
  }

  #name(name: string, part: Part): void {
    if (this.#made.has(name)) return;
    const isFolder = part.every(([path, file]) => path !== `/${name}` || isFolderIn(file));
    if (!isFolder) {
      this.#make(name, part);
      return;
    }
    this.#named.add(name);
    const [, file = "folder"] = part.find(([path]) => path === `/${name}`) ?? [];
    this.#write(join(this.#place, name), file);
  }

  #write(place: string, file: ImageFile): void {
    const { chmodSync, mkdirSync, existsSync, symlinkSync, writeFileSync } = this.#fs;
    if (isFolderIn(file)) {
      mkdirSync(place, { recursive: true });
      // The one that is given to mkdir is bounded by the umask.
      if (file !== "folder") chmodSync(place, file.folderMode);
      return;
    }
    mkdirSync(dirname(place), { recursive: true });
    if (existsSync(place)) return;
    if ("link" in file) {
      symlinkSync(file.link, place);
      return;
    }
    const { text, mode = 0o644, copyOf } = file;
    const copied = copyOf === undefined ? undefined : this.#textOf(copyOf);
    writeFileSync(place, copied ?? (typeof text === "string" ? text : text()), { mode });
  }

  #textOf(file: string): string | undefined {
    try {
      return this.#fs.readFileSync(file, "utf8");
    } catch {
      // Not every system has it.
      return undefined;
    }
  }
}
