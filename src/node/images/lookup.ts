/**
 * Finds the module that an image's name stands for. In each images folder, in order: `name/tag.ts`, `name@tag.ts`, and for
 * `latest` or no tag `name.ts`; `.js`, `.mjs`, `.cjs` (and `.mts`, `.cts`) too. A path to a file inside an images folder is
 * an image as well. Nothing outside an images folder ever is: links are followed first, then it is asked where they led.
 */

import { readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from "node:path";
import { catalogueImages } from "../../commands/index.ts";
import { nearestName } from "../../errors/index.ts";

/** Why there is no such image; `reason` as in `state.waiting`. */
export class ImageError extends Error {
  readonly reason: "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull";
  /** True where nothing of that name is known: no folder, no catalogue. */
  readonly isUnknown: boolean;

  constructor(
    reason: ImageError["reason"],
    message: string,
    { isUnknown = false, ...options }: { cause?: unknown; isUnknown?: boolean } = {},
  ) {
    super(message, options);
    this.name = "ImageError";
    this.reason = reason;
    this.isUnknown = isUnknown;
  }
}

export interface ImageName {
  readonly name: string;
  readonly tag: string | undefined;
  /** By a digest of a registry, which no module of a folder has. */
  readonly isPinned: boolean;
}

const extensions = [".ts", ".js", ".mjs", ".cjs", ".mts", ".cts"];
const longest = 255;
const digest = /@sha256:[0-9a-f]{64}$/;
const segment = "[A-Za-z0-9_][A-Za-z0-9_.@-]*";
const reference = new RegExp(
  `^/?(?:\\./)?(${segment}(?::\\d+)?(?:/${segment})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?$`,
);

/** Takes a name apart, or says what is wrong with it. */
export function parseImageName(image: string): ImageName {
  const invalid = (why: string) =>
    new ImageError(
      "InvalidImageName",
      `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format: ${why}`,
    );
  if (image.length > longest) throw invalid(`it is longer than ${longest} characters`);
  if (image.split(/[/\\]/).includes("..")) throw invalid("it must not lead out of the images folders");
  // A path of the machine may have blanks, a drive's letter, backslashes.
  if (isAbsolute(image) && extensions.includes(extname(image)))
    return { name: image, tag: undefined, isPinned: false };
  if (image.includes("\\")) throw invalid("folders and names are separated by /");
  const isPinned = digest.test(image);
  if (!isPinned && image.includes("@sha256:")) throw invalid("a digest has 64 hexadecimal characters");
  const [, name, tag] = reference.exec(image.replace(digest, "")) ?? [];
  if (name === undefined)
    throw invalid("it must be name[:tag], or the path of a module inside an images folder");
  return { name: image.startsWith("/") ? `/${name}` : name, tag, isPinned };
}

/** A module of an images folder. */
export interface FoundModule {
  /** Its absolute path, links followed. */
  readonly filename: string;
  /** The same as it is named in the folder. */
  readonly named: string;
}

/** Undefined where there is none. */
export function findModule(image: ImageName, folders: readonly string[]): FoundModule | undefined {
  if (image.isPinned) return undefined;
  const disk = new Listings();
  for (const folder of folders) {
    for (const candidate of candidatesFor(image, folder, disk)) {
      const file = realFile(candidate);
      if (file === undefined || !folders.some(inside => isInside(file, inside))) continue;
      return { filename: file, named: namedIn(folder, candidate) };
    }
  }
  return undefined;
}

/** What helps, whatever was meant. */
const advice =
  "put a module of that name there, map the name in an images.yaml, see `k4s images` for what there is, or let it pretend with --unknown-images hollow";

/** The error for an image that was not found: where it was looked for, and what might have been meant. */
export function noSuchImage(image: string, folders: readonly string[]): ImageError {
  const name = parseImageName(image);
  const disk = new Listings();
  const leadsOut = folders.some(folder =>
    candidatesFor(name, folder, disk).some(file => realFile(file) !== undefined),
  );
  const near = nearestName(name.name, [...imagesIn(folders), ...catalogueImages.map(({ name }) => name)]);
  const meant = near === undefined || near === name.name ? "" : `; did you mean "${near}"?`;
  const hint = leadsOut
    ? "; there is a file of that name, but it lies outside of them, or a link leads out"
    : meant;
  const where =
    folders.length === 0 ? "not found: there is no images folder" : `not found in ${folders.join(", ")}`;
  const message = `failed to pull and unpack image "${image}": ${where}${hint}; ${advice}`;
  return new ImageError("ErrImagePull", message, { isUnknown: !leadsOut });
}

/** What is there of all that the name may stand for, the best first. */
function candidatesFor({ name, tag }: ImageName, folder: string, disk: Listings): string[] {
  const found: string[] = [];
  // A path as it stands: of the folder, of the working directory, or absolute. Where it leads is asked later.
  if (tag === undefined && extensions.some(extension => name.endsWith(extension)))
    found.push(...disk.present(resolve(folder, name), [""]), ...disk.present(resolve(name), [""]));
  const stems = [`${name}/${tag ?? "latest"}`, `${name}@${tag ?? "latest"}`];
  if (tag === undefined || tag === "latest") stems.push(name);
  for (const stem of stems) found.push(...disk.present(resolve(folder, stem), extensions));
  return found;
}

/**
 * What folders hold, as of the first question about each. There are some fifteen names that an image may have, and to list
 * two folders takes a third of the time that asking for each of them takes.
 */
class Listings {
  readonly #names = new Map<string, ReadonlySet<string>>();

  /** The paths that there are of `stem` with one of these endings, in their order. */
  present(stem: string, endings: readonly string[]): string[] {
    const names = this.#namesIn(dirname(stem));
    const name = basename(stem);
    return endings.filter(ending => names.has(name + ending)).map(ending => stem + ending);
  }

  #namesIn(folder: string): ReadonlySet<string> {
    const known = this.#names.get(folder);
    if (known) return known;
    const names = new Set(namesIn(folder));
    this.#names.set(folder, names);
    return names;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    // Most of the folders that are asked for are not there, and that is no exception.
    return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
  } catch {
    // Nothing is found in what may not be read.
    return [];
  }
}

/** A regular file's path without links; undefined for what cannot be reached, or is something else. */
function realFile(path: string): string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? realpathSync.native(path) : undefined;
  } catch {
    // What may not be reached, or a circle of links, is no file.
    return undefined;
  }
}

/** The folder by its own path, and from there on as it is named: only the module may be a link, or a folder on the way. */
function namedIn(folder: string, file: string): string {
  const way = relative(folder, file);
  return way.startsWith("..") || isAbsolute(way) ? file : resolve(realpathSync.native(folder), way);
}

function isInside(file: string, folder: string): boolean {
  if (!statSync(folder, { throwIfNoEntry: false })) return false;
  const way = relative(realpathSync.native(folder), file);
  return way !== "" && !way.startsWith(`..${sep}`) && way !== ".." && !isAbsolute(way);
}

/** The names of the images at the top of the folders. */
export function imagesIn(folders: readonly string[]): string[] {
  const names = new Set<string>();
  for (const folder of folders) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const entry of readdirSync(folder, { withFileTypes: true }).slice(0, 1_000)) {
      if (entry.isDirectory()) names.add(entry.name);
      else if (extensions.some(extension => entry.name.endsWith(extension)))
        names.add(entry.name.replace(/(@[^@]*)?\.[^.]+$/, ""));
    }
  }
  return [...names];
}
