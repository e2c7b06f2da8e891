/**
 * Which images of a cluster are modules of the images folders, and as what they go along: each under a name that no registry has until
 * somebody pushes it there, so that a forgotten push never pulls a stranger's image. All others are those of a registry already.
 */
import { messageOf } from "../../errors/index.ts";
import { examine, findModule, ImageError, parseImageName } from "../../node/index.ts";
import type { Notes } from "../notes.ts";

type Code = Awaited<ReturnType<typeof examine>>["code"];

export interface ExportedImage {
  /** `k4s.local/shop/orders:v1`. */
  readonly reference: string;
  /** The same without the tag: what kustomize replaces. */
  readonly name: string;
  readonly tag: string;
  /** The folder that it is built from. */
  readonly folder: string;
  readonly code: Code;
  /** It exports no function for certain, and is run by Node alone. */
  readonly isProgram: boolean;
}

const localRegistry = "k4s.local";

/** By the images as the pods name them. One module is one image, however it is named. */
export async function exportedImages(
  names: Iterable<string>,
  folders: readonly string[],
  notes: Notes,
): Promise<Map<string, ExportedImage>> {
  const found = new Map<string, ExportedImage>();
  const byModule = new Map<string, ExportedImage>();
  const taken = new Set<string>();
  for (const image of [...new Set(names)].sort()) {
    const filename = moduleOf(image, folders, notes);
    if (filename === undefined) continue;
    try {
      const known = byModule.get(filename) ?? named(image, (await examine(filename, undefined)).code, taken);
      byModule.set(filename, known);
      found.set(image, known);
    } catch (error) {
      notes.add(
        `image ${image}`,
        `${filename} cannot be read, and no folder is made for it: ${messageOf(error)}`,
      );
    }
  }
  return found;
}

function moduleOf(image: string, folders: readonly string[], notes: Notes): string | undefined {
  try {
    return findModule(parseImageName(image), folders)?.filename;
  } catch (error) {
    if (error instanceof ImageError) notes.add(`image ${image}`, error.message);
    else throw error;
    return undefined;
  }
}

function named(image: string, code: Code, taken: Set<string>): ExportedImage {
  const { name, tag = "latest" } = parseImageName(image);
  const path = name
    .toLowerCase()
    .replace(/\.[cm]?[jt]sx?$/, "")
    .split("/")
    .map(part => part.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, ""))
    .filter(Boolean);
  const stem = path.join("/") || "module";
  let repository = stem;
  const folderOf = () => `${repository.replaceAll("/", ".")}${tag === "latest" ? "" : `.${tag}`}`;
  for (let number = 2; taken.has(folderOf().toLowerCase()); number++) repository = `${stem}-${number}`;
  taken.add(folderOf().toLowerCase());
  const full = `${localRegistry}/${repository}`;
  return { reference: `${full}:${tag}`, name: full, tag, folder: folderOf(), code, isProgram: code.script };
}
