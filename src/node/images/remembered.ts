/**
 * What was worked out of a file, kept until the file is another: most files of an image are the same when it is asked for again, and to
 * look at a file costs a thousandth of reading it.
 */
import type { Stats } from "node:fs";

/** Beyond that all is forgotten: twice what one image may have. */
const mostFiles = 40_000;

export class Remembered<T> {
  readonly #workOut: (path: string) => Promise<T>;
  readonly #known = new Map<string, { readonly state: string; readonly value: T }>();

  /** @param workOut is to read the file itself: what was read before it was looked at may be older than that look. */
  constructor(workOut: (path: string) => Promise<T>) {
    this.#workOut = workOut;
  }

  /** @param found what the file looks like now */
  async of(path: string, found: Stats): Promise<T> {
    const state = `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
    const before = this.#known.get(path);
    if (before?.state === state) return before.value;
    const value = await this.#workOut(path);
    if (this.#known.size >= mostFiles) this.#known.clear();
    this.#known.set(path, { state, value });
    return value;
  }
}
