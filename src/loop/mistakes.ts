/**
 * Mistakes in the code of a controller: an outcome that is none, a waker that throws, a promise where an answer was due. They
 * come back with every change, so each is told once, and no more than twenty of one controller.
 */
import { K4sError } from "../errors/index.ts";
import type { ObjectKey } from "../store/index.ts";

const most = 20;

export class Mistakes {
  readonly #tell: (key: ObjectKey, mistake: K4sError) => void;
  readonly #told = new Set<string>();

  constructor(tell: (key: ObjectKey, mistake: K4sError) => void) {
    this.#tell = tell;
  }

  /** `key`: the object at which it showed; `cause`: what was thrown. */
  tell(key: ObjectKey, mistake: string | K4sError, cause?: unknown): void {
    const error = typeof mistake === "string" ? new K4sError("BadRequest", mistake, { cause }) : mistake;
    if (this.#told.has(error.message) || this.#told.size >= most) return;
    this.#told.add(error.message);
    this.#tell(key, error);
  }
}
