/**
 * A session with a container itself: what it prints from now on, and how it ends. It has no input, as a container without
 * `stdin: true` has none in Kubernetes. The container prints for its log, and does not wait for attached readers.
 */
import { LocalSession, type SessionExit, type SessionOutput } from "./session.ts";

/** So much may be unread, in bytes; what comes then is left out. */
const unreadLimit = 1024 * 1024;

export class AttachedSession extends LocalSession {
  readonly #gone: () => void;
  #unread = 0;

  /** @param gone is called when it is over */
  constructor(gone: () => void) {
    super();
    this.#gone = gone;
  }

  override print(output: SessionOutput): void {
    if (this.#unread + output.bytes.length > unreadLimit) return;
    this.#unread += output.bytes.length;
    super.print(output);
  }

  override finish(exit: SessionExit): this {
    this.#gone();
    return super.finish(exit);
  }

  protected override taken(length: number): void {
    this.#unread -= length;
  }
}
