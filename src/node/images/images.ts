/**
 * The images of a cluster: what "pulling" is here. A name is looked up in the images folders (lookup.ts), the module and
 * what it imports by path are examined once (examine.ts), and kept under the digest of their content. An image that has been
 * pulled stays as it was until it is pulled again, by policy Always at each start of a container: where its files have changed
 * since, the loader is given the texts that they had.
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { type Clock, writableFolder, writeWhole } from "../../outside/index.ts";
import type { Code } from "../../worker/index.ts";
import { builtInImage } from "./built-in.ts";
import { boundCache } from "./cache-bound.ts";
import { Disk, isAsItWas, type Stamped, stamped } from "./disk.ts";
import { asExamined, examine } from "./examine.ts";
import { type FoundModule, findModule, ImageError, noSuchImage, parseImageName } from "./lookup.ts";

export interface ImagesOptions {
  /** The folders that images are looked up in, in order. */
  readonly folders: readonly string[];
  /** Where what was found is kept between runs; undefined: nowhere. */
  readonly cache: string | undefined;
  readonly clock: Pick<Clock, "soon">;
}

export class Images {
  readonly #folders: readonly string[];
  readonly #disk: Disk;
  readonly #kept: string | undefined;
  #isBounded = false;
  /** Where one file of a TypeScript image is put (one-file.ts); undefined where nothing can be written. */
  readonly #folder: string | undefined;
  readonly #clock: Pick<Clock, "soon">;
  /** By the name as it was asked for. */
  readonly #byName = new Map<string, Stamped>();
  /** Those that come along, by the name as it was asked for. */
  readonly #builtIn = new Map<string, Code>();
  readonly #byFile = new Map<string, Promise<Stamped>>();
  /** What was pulled in this turn of the event loop, by name. */
  readonly #thisTurn = new Map<string, Promise<Code>>();

  constructor({ folders, cache, clock }: ImagesOptions) {
    this.#folders = folders.map(folder => resolve(folder));
    const kept = cache && join(cache, "images-9");
    this.#kept = kept;
    this.#disk = new Disk(kept);
    this.#folder = writableFolder(kept);
    this.#clock = clock;
  }

  /** The image, if a container may start from what is here already. */
  present(image: string): Code | Promise<Code> | undefined {
    const pulled = this.#byName.get(image);
    if (!pulled) return this.#builtIn.get(image);
    this.#written(pulled);
    return isAsItWas(pulled) ? pulled.code : asExamined(pulled);
  }

  /**
   * Looks the image up and examines it, unless nothing has changed since the last time. Rejects with an ImageError. The
   * copies of a set start in one turn: all pulls of one image in a turn share one look at the disk.
   */
  pull(image: string): Promise<Code> {
    const known = this.#thisTurn.get(image);
    if (known) return known;
    if (this.#thisTurn.size === 0) this.#clock.soon(() => this.#thisTurn.clear());
    const pulled = this.#pull(image);
    this.#thisTurn.set(image, pulled);
    return pulled;
  }

  async #pull(image: string): Promise<Code> {
    const found = await this.#find(image);
    if ("digest" in found) {
      this.#builtIn.set(image, found);
      return found;
    }
    this.#builtIn.delete(image);
    try {
      const pulled = asNamed(this.#written(await this.#examined(found.filename)), found);
      this.#byName.set(image, pulled);
      return pulled.code;
    } catch (error) {
      const why = messageOf(error);
      throw new ImageError("ErrImagePull", `failed to pull and unpack image "${image}": ${why}`, {
        cause: error,
      });
    }
  }

  /** A module of a folder, what a folder's `images.yaml` says instead, or what comes along. */
  async #find(image: string): Promise<FoundModule | Code> {
    const name = parseImageName(image);
    const found = findModule(name, this.#folders);
    if (found !== undefined) return found;
    for (const folder of this.#folders) {
      const meant = await catalogued(image, folder);
      if (meant === undefined) continue;
      const file = findModule(parseImageName(meant), this.#folders) ?? builtInImage(meant);
      if (file !== undefined) return file;
    }
    const builtIn = builtInImage(image);
    if (builtIn) return builtIn;
    throw noSuchImage(image, this.#folders);
  }

  /** A file is examined once at a time; calls that come meanwhile share the result. */
  async #examined(filename: string): Promise<Stamped> {
    const known = this.#byFile.get(filename);
    if (known) {
      const pulled = await known.catch(() => undefined);
      if (pulled && isAsItWas(pulled)) return pulled;
    }
    const current = this.#byFile.get(filename);
    if (current && current !== known) return current;
    const made = this.#examine(filename);
    this.#byFile.set(filename, made);
    made.catch(() => this.#byFile.delete(filename));
    return made;
  }

  async #examine(filename: string): Promise<Stamped> {
    const kept = this.#disk.find(filename);
    if (kept) return kept;
    const made = stamped(await examine(filename, this.#folder));
    this.#disk.keep(made);
    if (this.#kept !== undefined && !this.#isBounded) void boundCache(this.#kept);
    this.#isBounded = true;
    return made;
  }

  /** Writes the one file of the image where it is missing: the folder may have been emptied meanwhile. */
  #written(pulled: Stamped): Stamped {
    const { oneFile } = pulled;
    if (oneFile && !existsSync(oneFile.filename)) writeWhole(oneFile.filename, oneFile.text);
    return pulled;
  }
}

function asNamed(pulled: Stamped, { filename, named }: FoundModule): Stamped {
  return named === filename ? pulled : { ...pulled, code: { ...pulled.code, named } };
}

/** The image that `images.yaml` of a folder gives for a foreign name: its first glob that matches. */
async function catalogued(image: string, folder: string): Promise<string | undefined> {
  const file = join(folder, "images.yaml");
  if (!isAbsolute(file) || !statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  // Both are needed only where there is a catalogue.
  const [{ load }, { default: micromatch }] = await Promise.all([import("js-yaml"), import("micromatch")]);
  let catalogue: unknown;
  try {
    catalogue = load(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ImageError("ErrImagePull", `the catalogue ${file} cannot be read: ${error}`, { cause: error });
  }
  if (typeof catalogue !== "object" || catalogue === null) return undefined;
  for (const [glob, meant] of Object.entries(catalogue)) {
    // Slashes are ordinary characters in a name: `nginx*` means `nginx/nginx:1` too.
    if (typeof meant === "string" && micromatch.isMatch(image, glob, { bash: true, dot: true })) return meant;
  }
  return undefined;
}
