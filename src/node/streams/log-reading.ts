/**
 * A log to be read: `await` gives the whole text as it was printed, `for await` gives one line after another, without the
 * newlines. A log is bytes; here they become text.
 */
export class LogReading implements AsyncIterable<string>, Promise<string> {
  readonly [Symbol.toStringTag] = "LogReading";
  readonly #open: () => AsyncIterable<Uint8Array>;

  /** @param open called when reading begins, for whole lines, many at a time; what it throws, the reading fails with. */
  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    for await (const bytes of this.#open()) {
      const lines = textOf(bytes).split("\n");
      if (lines.at(-1) === "") lines.pop();
      yield* lines;
    }
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
    const texts: string[] = [];
    for await (const bytes of this.#open()) texts.push(textOf(bytes));
    return texts.join("");
  }
}

/** A byte order mark is what was printed, too. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whole lines: no character goes on in the next bytes. */
function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
