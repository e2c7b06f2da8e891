/**
 * The audit log: a line of JSON for each event, appended to a file or printed. It never stands in anybody's way: where a line cannot be
 * written, or not as fast as lines come, that is told once and the line is left out; the next ones are tried again.
 */
import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
import { ApiError, messageOf } from "../errors/index.ts";
import type { Clock } from "../outside/index.ts";

/** How much may wait to be written, in bytes. */
const maxWaiting = 16 * 1024 * 1024;
/** How long a file that failed is left alone, in milliseconds. */
const retryMs = 10_000;

export interface AuditLogParts {
  readonly clock: Clock;
  /** Is told why nothing is written, once each time that it begins. */
  readonly onFault: (fault: unknown) => void;
}

export class AuditLog {
  readonly #path: string;
  readonly #parts: AuditLogParts;
  #output: Writable | undefined;
  #retryAt = 0;
  /** Whether it has been told that lines are left out. */
  #isTold = false;

  /**
   * @param path a file, which is made where it is not there; "-" for the program's standard output
   * @throws BadRequest where it cannot be written to
   */
  constructor(path: string, parts: AuditLogParts) {
    this.#path = path;
    this.#parts = parts;
    try {
      this.#output = this.#opened();
    } catch (cause) {
      const text = `the audit log cannot be written to ${path}: ${messageOf(cause)}`;
      throw new ApiError("BadRequest", text, {}, { cause });
    }
  }

  write(event: object): void {
    const output = this.#writable();
    if (!output) return;
    if (output.writableLength > maxWaiting) {
      this.#tell(new Error(`the audit log ${this.#path} is written too slowly: events are left out`));
      return;
    }
    output.write(`${JSON.stringify(event)}\n`);
  }

  /** Resolves when all lines are written, or cannot be. */
  async close(): Promise<void> {
    const output = this.#output;
    this.#output = undefined;
    this.#retryAt = Number.POSITIVE_INFINITY;
    if (!output || output.destroyed) return;
    await new Promise<void>(resolve => {
      output.once("close", resolve);
      if (this.#path === "-") output.write("", () => resolve());
      else output.end();
    });
  }

  #writable(): Writable | undefined {
    if (this.#output || this.#parts.clock.now() < this.#retryAt) return this.#output;
    try {
      this.#output = this.#opened();
    } catch (error) {
      this.#fail(error);
    }
    return this.#output;
  }

  #opened(): Writable {
    if (this.#path === "-") return process.stdout;
    // What is in it is for its owner alone: it names users and what they look at.
    const fd = openSync(this.#path, "a", 0o600);
    const output = createWriteStream(this.#path, { fd });
    output.on("error", error => {
      output.destroy();
      if (this.#output === output) this.#fail(error);
    });
    output.on("drain", () => {
      this.#isTold = false;
    });
    return output;
  }

  #fail(error: unknown): void {
    this.#output = undefined;
    this.#retryAt = this.#parts.clock.now() + retryMs;
    this.#tell(
      new Error(`the audit log ${this.#path} cannot be written: ${messageOf(error)}`, { cause: error }),
    );
  }

  #tell(fault: Error): void {
    if (!this.#isTold) this.#parts.onFault(fault);
    this.#isTold = true;
  }
}
