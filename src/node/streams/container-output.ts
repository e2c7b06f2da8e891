/** What one instance of a container prints goes to its log, and to the sessions that are attached. */
import type { OutputPiece } from "../../worker/index.ts";
import { AttachedSession } from "./attached-session.ts";
import { Log } from "./log.ts";
import type { Session } from "./session.ts";

/** In bytes. */
const firstLimit = 16 * 1024;

export class ContainerOutput {
  #log: Log | undefined;
  #attached: Set<AttachedSession> | undefined;
  /** The first that was printed: a client that attaches to a container that has just started sees it. */
  readonly #first: OutputPiece[] = [];
  #firstLength = 0;

  /** Made when it is first needed, as the set of sessions is: of fifty thousand containers that pretend, none prints. */
  get log(): Log {
    this.#log ??= new Log();
    return this.#log;
  }

  add(pieces: readonly OutputPiece[]): void {
    this.log.add(pieces);
    for (const piece of pieces) {
      if (this.#firstLength + piece.bytes.length > firstLimit) this.#firstLength = firstLimit;
      if (this.#firstLength === firstLimit) break;
      this.#firstLength += piece.bytes.length;
      this.#first.push(piece);
    }
    for (const session of this.#attached ?? []) for (const piece of pieces) session.print(piece);
  }

  /**
   * What is printed from now on, with a way to the container's stdin. A reader that is too slow misses some of it: the
   * container is not held back for that.
   * @param isYoung whether it has just been started: then what it has printed by now is shown too. A thread prints sooner than a client can attach.
   */
  attach(input: (bytes: Uint8Array | undefined) => void, isYoung: boolean): Session {
    const session = new AttachedSession(input, () => this.#attached?.delete(session));
    if (isYoung) for (const piece of this.#first) session.print(piece);
    this.#attached ??= new Set();
    this.#attached.add(session);
    return session;
  }

  /** The container has ended: readers of its log and attached sessions come to their end. */
  end(exitCode: number): void {
    this.log.end();
    for (const session of [...(this.#attached ?? [])]) session.finish({ exitCode });
  }
}
