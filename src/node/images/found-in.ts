/** What the images folders say to a name: a module that lies there, or what a folder's `images.yaml` means by it. */
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { builtInImage } from "./built-in.ts";
import { type FoundModule, findModule, ImageError, parseImageName } from "./lookup.ts";

/** Undefined where they say nothing. Throws an ImageError for what is no name, and for a catalogue that cannot be read. */
export async function foundIn(
  folders: readonly string[],
  image: string,
): Promise<FoundModule | { readonly builtIn: string } | undefined> {
  const found = findModule(parseImageName(image), folders);
  if (found !== undefined) return found;
  for (const folder of folders) {
    const meant = await catalogued(image, folder);
    if (meant === undefined) continue;
    const file = findModule(parseImageName(meant), folders);
    if (file !== undefined) return file;
    if (builtInImage(meant) !== undefined) return { builtIn: meant };
  }
  return undefined;
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
