/**
 * Keeps on disk what was found when images were examined, so that the second run of a program need not load esbuild. An entry
 * is valid as long as every file that it was made from is unchanged, and for the k4s that it was made by: its images know where that lies.
 * Where an entry cannot be read or written, the image is examined again.
 */
import { readFileSync, statSync } from "node:fs";
import { join, parse } from "node:path";
import { writeIfPossible } from "../../outside/index.ts";
import type { Examined } from "./examine.ts";
import { workerSideFile } from "./places.ts";

/** What was examined, and the state of each of its files by then, by which a change is noticed. */
export interface Stamped extends Examined {
  readonly stamps: Readonly<Record<string, string>>;
}

export function stamped(examined: Examined): Stamped {
  const files = [...examined.files.keys(), ...examined.others];
  return { ...examined, stamps: Object.fromEntries(files.map(file => [file, stampOf(file)])) };
}

/** Whether none of its files has changed. */
export function isAsItWas({ stamps }: Stamped): boolean {
  return Object.entries(stamps).every(([file, stamp]) => stampOf(file) === stamp);
}

/** Instead of the content, which would take longer to read. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "gone";
}

export class Disk {
  readonly #folder: string | undefined;
  /** Of two installations that share a folder each has its own, and one that was moved or removed leaves nothing to the next. */
  readonly #k4s = workerSideFile("module");

  /** @param folder undefined: nothing is kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder && join(folder, process.version);
  }

  find(filename: string): Stamped | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const { k4s, ...kept } = JSON.parse(readFileSync(placeFor(filename, this.#folder), "utf8"));
      if (k4s !== this.#k4s) return undefined;
      const found = { ...kept, files: new Map(kept.files) } as Stamped;
      // On Windows a file of another drive has the same place here.
      return found.code.filename === filename && isAsItWas(found) ? found : undefined;
    } catch {
      return undefined;
    }
  }

  keep(pulled: Stamped): void {
    if (this.#folder === undefined) return;
    const kept = { ...pulled, files: [...pulled.files], k4s: this.#k4s };
    writeIfPossible(placeFor(pulled.code.filename, this.#folder), JSON.stringify(kept));
  }
}

/** Below the folder, the file's own path: a person who looks there can tell the entries apart. */
function placeFor(filename: string, folder: string): string {
  return join(folder, `${filename.slice(parse(filename).root.length)}.json`);
}
