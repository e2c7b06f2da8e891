/**
 * What a client is warned of with its answer, as Warning headers: each sentence once, and no more of them than a client takes in.
 * The bounds are kube-apiserver's (`apiserver/pkg/endpoints/filters/warning.go`), but counted in bytes as they are sent: Node and
 * others refuse an answer whose head has more than 16 KB.
 */
import type { HttpResponse } from "./answer.ts";

/** Of all sentences, in bytes. */
const mostBytes = 4_096;
/** Of each, once they are too many to be told whole. */
const mostOfEach = 256;

export class Warnings {
  readonly #response: HttpResponse;
  readonly #texts = new Set<string>();
  #headers: string[] = [];
  #bytes = 0;
  #isCut = false;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  /** Says nothing where the answer has begun, has it already, or is full. */
  add(text: string): void {
    if (this.#response.headersSent || this.#texts.has(text) || this.#bytes >= mostBytes) return;
    this.#texts.add(text);
    if (!this.#put(text) && !this.#isCut) this.#cutAll();
    this.#response.setHeader("Warning", this.#headers);
  }

  #cutAll(): void {
    this.#isCut = true;
    this.#headers = [];
    this.#bytes = 0;
    for (const text of this.#texts) this.#put(text);
  }

  /** False where there is no room for it. */
  #put(text: string): boolean {
    const header = headerOf(this.#isCut ? text.slice(0, mostOfEach) : text);
    if (this.#bytes + header.length > mostBytes) {
      if (this.#isCut) this.#bytes = mostBytes;
      return false;
    }
    this.#headers.push(header);
    this.#bytes += header.length;
    return true;
  }
}

/** As a header can carry it: its bytes in UTF-8, each as a character, and none that controls a line. */
function headerOf(text: string): string {
  const quoted = JSON.stringify(text.replaceAll(/\p{Cc}/gu, " "));
  return Buffer.from(`299 - ${quoted}`).toString("latin1");
}
