/** What streams of the server say, line by line. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export async function* jsonLines<T>(stream: Readable): AsyncGenerator<T> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    if (line !== "") yield JSON.parse(line) as T;
}
