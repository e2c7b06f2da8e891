/**
 * Keeps bundles on disk, so that the second run of a program need not wake esbuild. An entry is good as long as every file
 * that went into it is as it was. What cannot be read or written is as good as nothing: it is made anew.
 */
import { readFileSync, statSync } from "node:fs";
import { join, parse } from "node:path";
import { writeIfPossible } from "../outside/index.ts";
import type { Bundle } from "./bundle.ts";

/** A bundle, and the state of each of its inputs when it was made, by which a change is noticed. */
export interface StampedBundle extends Bundle {
  readonly stamps: readonly string[];
}

export function stamped(bundle: Bundle): StampedBundle {
  return { ...bundle, stamps: bundle.inputs.map(stampOf) };
}

/** Whether it would come out the same today. */
export function isAsItWas({ inputs, stamps }: StampedBundle): boolean {
  return inputs.every((input, place) => stampOf(input) === stamps[place]);
}

/** Looking at the content would say as much, and take a digest: the first container of a program would wait for node:crypto. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "gone";
}

/** Raised when bundles come out differently, so that older entries are not used. */
const version = 3;

export class BundleCache {
  readonly #folder: string | undefined;

  /** @param folder undefined: nothing is kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder && join(folder, `bundles-${version}`);
  }

  find(filename: string): StampedBundle | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const kept = JSON.parse(readFileSync(placeFor(filename, this.#folder), "utf8")) as StampedBundle;
      return isAsItWas(kept) ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  keep(bundle: StampedBundle): void {
    if (this.#folder === undefined) return;
    writeIfPossible(placeFor(bundle.code.filename, this.#folder), JSON.stringify(bundle));
  }
}

/** Under the folder, the file's own path: whoever looks there finds what is what. */
function placeFor(filename: string, folder: string): string {
  return join(folder, `${filename.slice(parse(filename).root.length)}.json`);
}
