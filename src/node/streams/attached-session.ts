/**
 * A session with a container itself: what it prints from now on, how it ends, and its stdin, if the container has one (`stdin:
 * true`). The container prints for its log, and does not wait for attached readers.
 */
import { LocalSession, type SessionExit, type SessionOutput } from "./session.ts";

/** So much may be unread, in bytes; what comes then is left out. */
const unreadLimit = 1024 * 1024;

export class AttachedSession extends LocalSession {
  readonly #input: (bytes: Uint8Array | undefined) => void;
  readonly #gone: () => void;
  #unread = 0;

  /**
   * @param input takes bytes for the container's stdin, and undefined when this session has no more of them
   * @param gone is called when it is over
   */
  constructor(input: (bytes: Uint8Array | undefined) => void, gone: () => void) {
    super();
    this.#input = input;
    this.#gone = gone;
  }

  override print(output: SessionOutput): void {
    if (this.#unread + output.bytes.length > unreadLimit) return;
    this.#unread += output.bytes.length;
    super.print(output);
  }

  override async write(bytes: Uint8Array): Promise<void> {
    if (!this.isOver) this.#input(bytes);
  }

  override end(): void {
    if (!this.isOver) this.#input(undefined);
  }

  override finish(exit: SessionExit): this {
    this.end();
    this.#gone();
    return super.finish(exit);
  }

  protected override taken(length: number): void {
    this.#unread -= length;
  }
}
