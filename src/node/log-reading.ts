/**
 * A log to be read, whichever way the reader likes: awaited it is the whole text as it was printed, iterated over it is
 * line by line, without the newlines.
 */
export class LogReading implements AsyncIterable<string>, Promise<string> {
  readonly [Symbol.toStringTag] = "LogReading";
  readonly #open: () => AsyncIterable<string>;

  /** @param open called when reading begins; what it throws, the reading fails with. */
  constructor(open: () => AsyncIterable<string>) {
    this.#open = open;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    for await (const line of this.#open()) yield line.endsWith("\n") ? line.slice(0, -1) : line;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for.
  then<Fulfilled = string, Rejected = never>(
    fulfilled?: ((text: string) => Fulfilled | PromiseLike<Fulfilled>) | null,
    rejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#text().then(fulfilled, rejected);
  }

  catch<Rejected = never>(
    rejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<string | Rejected> {
    return this.#text().catch(rejected);
  }

  finally(settled?: (() => void) | null): Promise<string> {
    return this.#text().finally(settled);
  }

  async #text(): Promise<string> {
    const lines: string[] = [];
    for await (const line of this.#open()) lines.push(line);
    return lines.join("");
  }
}
