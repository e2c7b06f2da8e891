/**
 * How much is held for clients: bodies that are being read, answers that are not taken yet. All together are bounded: where they become
 * too many, the requests that have been under way for longest are cut off. So clients that send or read slowly, or not at all, cost
 * no more memory than that, however many they are, and keep nobody else from an answer.
 */
import { type HttpResponse, isOver } from "./answer.ts";

/** In bytes. A list of 10,000 pods has about 30 MB. */
const usualLimit = 256 * 1024 * 1024;

/** What one request holds. */
export interface Held {
  add(bytes: number): void;
}

export class HeldBytes {
  readonly #limit: number;
  /** In bytes, by the response that gives them back when it is over; in the order in which the first of them came. */
  readonly #byResponse = new Map<HttpResponse, number>();
  #held = 0;

  constructor(limit = usualLimit) {
    this.#limit = limit;
  }

  by(response: HttpResponse): Held {
    return { add: bytes => this.#add(response, bytes) };
  }

  #add(response: HttpResponse, bytes: number): void {
    if (isOver(response)) return;
    const before = this.#byResponse.get(response);
    if (before === undefined) response.once("close", () => this.#release(response));
    this.#byResponse.set(response, (before ?? 0) + bytes);
    this.#held += bytes;
    for (const other of this.#byResponse.keys()) {
      if (this.#held <= this.#limit) return;
      if (other === response) continue;
      this.#release(other);
      other.destroy();
    }
  }

  #release(response: HttpResponse): void {
    this.#held -= this.#byResponse.get(response) ?? 0;
    this.#byResponse.delete(response);
  }
}
