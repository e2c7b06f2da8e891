/**
 * The images of a cluster: what "pulling" is here. A name is looked up in the images folders (lookup.ts), the module and
 * what it imports by path are examined once (examine.ts), and kept under the digest of their content. An image that has been
 * pulled stays as it was until it is pulled again, by policy Always at each start of a container: where its files have changed
 * since, the loader is given the texts that they had.
 */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { type Clock, writableFolder, writeWhole } from "../../outside/index.ts";
import type { Code } from "../../worker/index.ts";
import { builtInImage } from "./built-in.ts";
import { boundCache } from "./cache-bound.ts";
import { Disk, isAsItWas, type Stamped, stamped } from "./disk.ts";
import { asExamined, examine } from "./examine.ts";
import { foundIn } from "./found-in.ts";
import { type FoundModule, findModule, ImageError, noSuchImage, parseImageName } from "./lookup.ts";

export interface ImagesOptions {
  /** The folders that images are looked up in, in order. */
  readonly folders: readonly string[];
  /** Where what was found is kept between runs; undefined: nowhere. */
  readonly cache: string | undefined;
  readonly clock: Pick<Clock, "soon">;
  /** Whence images come that no folder has; from nowhere where left out. */
  readonly elsewhere?: ImagesElsewhere | undefined;
}

/** Images that another process has. */
export interface ImagesElsewhere {
  /** What was fetched last, and is still here. */
  kept(image: string): FetchedImage | undefined;
  /** Resolves to undefined where it has none of that name. Rejects with an ImageError where it cannot be had. */
  fetch(image: string): Promise<FetchedImage | undefined>;
}

/** A module that lies here by now, or the name of one that comes along. */
export type FetchedImage = FoundModule | { readonly builtIn: string };

export class Images {
  readonly #folders: readonly string[];
  readonly #disk: Disk;
  readonly #kept: string | undefined;
  #isBounded = false;
  /** Where one file of a TypeScript image is put (one-file.ts); undefined where nothing can be written. */
  readonly #folder: string | undefined;
  readonly #clock: Pick<Clock, "soon">;
  readonly #elsewhere: ImagesElsewhere | undefined;
  /** By the name as it was asked for. */
  readonly #byName = new Map<string, Stamped>();
  /** Those that come along, by the name as it was asked for. */
  readonly #builtIn = new Map<string, Code>();
  readonly #byFile = new Map<string, Promise<Stamped>>();
  /** What was pulled in this turn of the event loop, by name. */
  readonly #thisTurn = new Map<string, Promise<Code>>();

  constructor({ folders, cache, clock, elsewhere }: ImagesOptions) {
    this.#folders = folders.map(folder => resolve(folder));
    const kept = cache && join(cache, "images-9");
    this.#kept = kept;
    this.#disk = new Disk(kept);
    this.#folder = writableFolder(kept);
    this.#clock = clock;
    this.#elsewhere = elsewhere;
  }

  /** The image, if a container may start from what is here already. */
  present(image: string): Code | Promise<Code> | undefined {
    const pulled = this.#byName.get(image);
    if (!pulled) return this.#builtIn.get(image) ?? this.#fetchedBefore(image);
    this.#written(pulled);
    return isAsItWas(pulled) ? pulled.code : asExamined(pulled);
  }

  /** One that an earlier process of this node has fetched is here, unless its own folders have it by now. */
  #fetchedBefore(image: string): Promise<Code> | undefined {
    const isFetched = this.#elsewhere?.kept(image) && !findModule(parseImageName(image), this.#folders);
    return isFetched ? this.pull(image, true) : undefined;
  }

  /**
   * Looks the image up and examines it, unless nothing has changed since the last time. Rejects with an ImageError. The
   * copies of a set start in one turn: all pulls of one image in a turn share one look at the disk.
   * @param isHere nothing is fetched
   */
  pull(image: string, isHere = false): Promise<Code> {
    const key = isHere ? `here ${image}` : image;
    const known = this.#thisTurn.get(key);
    if (known) return known;
    if (this.#thisTurn.size === 0) this.#clock.soon(() => this.#thisTurn.clear());
    const pulled = this.#pull(image, isHere);
    this.#thisTurn.set(key, pulled);
    return pulled;
  }

  async #pull(image: string, isHere: boolean): Promise<Code> {
    const found = await this.#find(image, isHere);
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

  /** What the folders say; what is fetched from elsewhere, unless it is to be here already; what comes along. */
  async #find(image: string, isHere: boolean): Promise<FoundModule | Code> {
    const found =
      (await foundIn(this.#folders, image)) ??
      (isHere ? this.#elsewhere?.kept(image) : await this.#elsewhere?.fetch(image));
    if (found && !("builtIn" in found)) return found;
    const builtIn = builtInImage(found?.builtIn ?? image);
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
