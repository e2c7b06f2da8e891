/**
 * Keeps bundles on disk, so that the second run of a program need not wake esbuild. An entry is good as long as every file
 * that went into it has the content that it had. What cannot be read or written is as good as nothing: it is made anew.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { writeIfPossible } from "./cache-folder.ts";

interface Entry {
  readonly bundle: Bundle;
  readonly contents: readonly string[];
}

/** Raised when bundles come out differently, so that older entries are not used. */
const version = 1;

export class BundleCache {
  readonly #folder: string | undefined;

  /** @param folder undefined: nothing is kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  find(filename: string): Bundle | undefined {
    const file = this.#fileFor(filename);
    const text = file === undefined ? undefined : read(file);
    if (text === undefined) return undefined;
    const entry = parsed(text);
    if (!entry || entry.bundle.code.filename !== filename) return undefined;
    const same = entry.bundle.inputs.every((input, place) => contentOf(input) === entry.contents[place]);
    return same ? entry.bundle : undefined;
  }

  keep(bundle: Bundle): void {
    const file = this.#fileFor(bundle.code.filename);
    if (file === undefined) return;
    const entry: Entry = { bundle, contents: bundle.inputs.map(input => contentOf(input) ?? "") };
    writeIfPossible(file, JSON.stringify(entry));
  }

  #fileFor(filename: string): string | undefined {
    const name = createHash("sha256").update(`${version} ${filename}`).digest("hex").slice(0, 32);
    return this.#folder && join(this.#folder, `${name}.json`);
  }
}

/** The digest of a file's content; undefined where it cannot be read. */
function contentOf(file: string): string | undefined {
  const text = read(file);
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function parsed(text: string): Entry | undefined {
  try {
    return JSON.parse(text) as Entry;
  } catch {
    return undefined;
  }
}
