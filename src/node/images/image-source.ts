/**
 * Gives the images of the folders of this process to nodes of others, by digest: which files an image consists of, and each of these. What is asked
 * for is looked up as for a container here; nothing is given that no image consists of.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ApiError, messageOf } from "../../errors/index.ts";
import { contentOf, type ImageContent, KnownFiles } from "./content.ts";
import { foundIn } from "./found-in.ts";
import { ImageError } from "./lookup.ts";

/** What is answered for an image: its content, or which of those that come along is meant by its name. */
export type GivenImage = ImageContent | { readonly builtIn: string };

/** So many images' files are known at once. */
const mostKnown = 200;

export class ImageSource {
  readonly #folders: readonly string[];
  readonly #known = new KnownFiles();
  /** By the name as it was asked for last: where each file lies, by its digest. */
  readonly #places = new Map<string, ReadonlyMap<string, string>>();
  /** Questions that are not answered yet. */
  readonly #asked = new Map<string, Promise<GivenImage>>();

  /** @param folders the images folders */
  constructor(folders: readonly string[]) {
    this.#folders = folders.map(folder => resolve(folder));
  }

  /** All who ask for it meanwhile share the answer. Fails with NotFound where no folder has such an image, with InternalError where it cannot be given. */
  image(image: string): Promise<GivenImage> {
    const known = this.#asked.get(image);
    if (known) return known;
    const asked = this.#image(image).finally(() => this.#asked.delete(image));
    this.#asked.set(image, asked);
    return asked;
  }

  async #image(image: string): Promise<GivenImage> {
    const found = await this.#find(image);
    if ("builtIn" in found) return found;
    try {
      const { content, places } = await contentOf(found, this.#folders, this.#known);
      this.#places.delete(image);
      this.#places.set(image, places);
      for (const name of this.#places.keys()) if (this.#places.size > mostKnown) this.#places.delete(name);
      return content;
    } catch (cause) {
      throw new ApiError(
        "InternalError",
        `the image ${image} cannot be given: ${messageOf(cause)}`,
        {},
        { cause },
      );
    }
  }

  /** Fails with NotFound where the image, as it was asked for last, has no such file any more. */
  async file(image: string, sha256: string): Promise<Buffer> {
    const place = this.#places.get(image)?.get(sha256);
    const bytes = place === undefined ? undefined : await readFile(place).catch(() => undefined);
    if (bytes === undefined || createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw new ApiError("NotFound", `the image ${image} has no file ${sha256}: it has changed meanwhile`);
    return bytes;
  }

  async #find(image: string) {
    try {
      const found = await foundIn(this.#folders, image);
      if (found) return found;
    } catch (cause) {
      if (!(cause instanceof ImageError)) throw cause;
      throw new ApiError("BadRequest", cause.message, {}, { cause });
    }
    throw new ApiError("NotFound", `no images folder of the cluster has ${image}`);
  }
}
