/**
 * The images of a cluster: what "pulling" is here. A name is looked up in the images folders (image-lookup.ts), the module
 * is bundled once (bundle.ts), and the result is kept under the digest of its content. An image that has been pulled stays
 * as it was, whatever happens to the file, until it is pulled again: by policy Always at each start of a container.
 */
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import type { Clock } from "../outside/index.ts";
import type { Code } from "../worker/index.ts";
import { type Bundle, bundle, codeFrom } from "./bundle.ts";
import { BundleCache, isAsItWas, type StampedBundle, stamped } from "./bundle-cache.ts";
import { findModule, ImageError, noSuchImage, parseImageName } from "./image-lookup.ts";

export type PullPolicy = "Always" | "IfNotPresent" | "Never";

export interface ImagesOptions {
  /** The folders that images are looked up in, in order. */
  readonly folders: readonly string[];
  /** Where bundles are kept between runs; undefined: nowhere. */
  readonly cache: string | undefined;
  readonly clock: Pick<Clock, "soon">;
}

export class Images {
  readonly #folders: readonly string[];
  readonly #cache: BundleCache;
  readonly #clock: Pick<Clock, "soon">;
  /** By the name as it was asked for. */
  readonly #byName = new Map<string, Code>();
  readonly #byFile = new Map<string, Promise<StampedBundle>>();
  /** What was pulled in this turn of the event loop, by name. */
  readonly #thisTurn = new Map<string, Promise<Code>>();

  constructor({ folders, cache, clock }: ImagesOptions) {
    this.#folders = folders.map(folder => resolve(folder));
    this.#cache = new BundleCache(cache);
    this.#clock = clock;
  }

  /** The image, if a container may start from what is here already. */
  present(image: string): Code | undefined {
    return this.#byName.get(image);
  }

  /**
   * Looks the image up and bundles it, unless nothing has changed since the last time. Rejects with an ImageError. The
   * copies of a set start in one turn: a look at the disk is good for all who ask for the image until that is over.
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
    const filename = await this.#find(image);
    try {
      const { code } = await this.#bundleOf(filename);
      this.#byName.set(image, code);
      return code;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ImageError("ErrImagePull", `failed to pull and unpack image "${image}": ${why}`, {
        cause: error,
      });
    }
  }

  async #find(image: string): Promise<string> {
    const name = parseImageName(image);
    const found = findModule(name, this.#folders);
    if (found !== undefined) return found;
    for (const folder of this.#folders) {
      const meant = await catalogued(image, folder);
      const file = meant === undefined ? undefined : findModule(parseImageName(meant), this.#folders);
      if (file !== undefined) return file;
    }
    throw noSuchImage(image, this.#folders);
  }

  /** One bundling of a file at a time; those who come meanwhile share it. */
  async #bundleOf(filename: string): Promise<StampedBundle> {
    const known = this.#byFile.get(filename);
    if (known) {
      const pulled = await known.catch(() => undefined);
      if (pulled && isAsItWas(pulled)) return pulled;
    }
    const current = this.#byFile.get(filename);
    if (current && current !== known) return current;
    const made = this.#make(filename);
    this.#byFile.set(filename, made);
    made.catch(() => this.#byFile.delete(filename));
    return made;
  }

  async #make(filename: string): Promise<StampedBundle> {
    const simple = asItStands(filename);
    if (simple) return stamped(simple);
    const kept = this.#cache.find(filename);
    if (kept) return kept;
    const made = stamped(await bundle(filename));
    this.#cache.keep(made);
    return made;
  }
}

/**
 * A CommonJS file that requires nothing by path, and not us, is its own bundle: esbuild would only copy it. That makes the
 * first container of a small program start without esbuild.
 */
function asItStands(filename: string): Bundle | undefined {
  if (!filename.endsWith(".cjs")) return undefined;
  const text = readFileSync(filename, "utf8");
  if (/["'`](?:\.|\/|k4s["'`])/.test(text) || text.startsWith("#!")) return undefined;
  const script = !/\bexports\b/.test(text);
  return { code: codeFrom(text, { filename, format: "commonjs", script }), inputs: [filename] };
}

/** What `images.yaml` of a folder makes of a foreign name: globs to images, the first that fits. */
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
