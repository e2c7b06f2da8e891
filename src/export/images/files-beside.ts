/**
 * The files that a module finds beside itself when it runs: where it lies in a folder of its own below an images folder, all of that, else
 * those that it names; without the packages, which are installed when the image is built.
 */
import { realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { messageOf } from "../../errors/index.ts";
import { imageContent } from "../../node/index.ts";

export interface FilesBeside {
  /** Absolute paths. Some are links to the second. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether nothing that lies in its folder is left behind. */
  readonly isWhole: boolean;
  /** Why there are none; undefined where there are those that there are to be. */
  readonly problem?: string;
}

/** @param folders the images folders */
export async function filesBeside(filename: string, folders: readonly string[]): Promise<FilesBeside> {
  const files = new Map<string, string>();
  const within = folders.map(realOf);
  const isOfImage = (path: string) =>
    within.some(folder => path.startsWith(folder + sep)) && !path.split(sep).includes("node_modules");
  try {
    const { content } = await imageContent({ filename, named: filename }, folders);
    const root = filename.slice(0, -content.entry.length);
    const all = [
      ...content.files.map(({ path }) => [path, path] as const),
      ...content.links.map(({ path, target }) => [path, target] as const),
    ];
    for (const [path, target] of all)
      if (isOfImage(join(root, path)) && isOfImage(join(root, target)))
        files.set(join(root, path), join(root, target));
    return { files, isWhole: within.some(folder => dirname(filename).startsWith(folder + sep)) };
  } catch (error) {
    return { files: new Map(), isWhole: false, problem: messageOf(error) };
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // It is not there: nothing lies in it.
    return folder;
  }
}
