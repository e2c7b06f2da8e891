/** Where the streams of a command lead: files, other streams, a text. Files are closed when it has ended. */
import { createReadStream, createWriteStream, type ReadStream, type WriteStream } from "node:fs";
import { resolve } from "node:path";
import { Duplex, Readable, type Writable } from "node:stream";
import type { Io } from "../program.ts";
import type { Redirection } from "./syntax.ts";

/** A file could not be opened. */
export class FileFault extends Error {
  readonly verb: "open" | "create";
  readonly path: string;

  constructor(verb: FileFault["verb"], path: string, cause: unknown) {
    super(`can't ${verb} ${path}`, { cause });
    this.name = "FileFault";
    this.verb = verb;
    this.path = path;
  }
}

export class OpenFiles {
  readonly #cwd: string;
  readonly #opened: (ReadStream | WriteStream)[] = [];

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** The streams as the redirection has them. Fails where a file cannot be opened, or there is no such descriptor. */
  async apply({ descriptor, operator }: Redirection, target: string, io: Io): Promise<Io> {
    if (operator === "<<") return { ...io, stdin: Readable.from([Buffer.from(target)]) };
    if (operator === "<&" || operator === ">&") return withStream(io, descriptor, descriptorOf(target, io));
    const own = ownFiles.get(target);
    if (own) return withStream(io, descriptor, own(io));
    const path = resolve(this.#cwd, target);
    if (operator === "<")
      return withStream(io, descriptor, await this.#open(createReadStream(path), "open", target));
    const file = createWriteStream(path, { flags: operator === ">>" ? "a" : "w" });
    return withStream(io, descriptor, await this.#open(file, "create", target));
  }

  /** Resolves when all that was written is in the files. */
  async close(): Promise<void> {
    await Promise.all(this.#opened.map(closed));
  }

  async #open<F extends ReadStream | WriteStream>(
    file: F,
    verb: FileFault["verb"],
    target: string,
  ): Promise<F> {
    await new Promise<void>((opens, fails) => {
      const events: Pick<ReadStream, "once" | "on"> = file as ReadStream;
      events.once("open", () => opens());
      events.on("error", cause => fails(new FileFault(verb, target, cause)));
    });
    this.#opened.push(file);
    return file;
  }
}

type Own = (io: Io) => Readable | Writable;

/** Files that are not what the machine has there: the container's own streams, and those of the command. */
const ownFiles: ReadonlyMap<string, Own> = new Map<string, Own>([
  ["/dev/null", nowhere],
  ["/dev/stdin", io => io.stdin],
  ["/dev/stdout", io => io.stdout],
  ["/dev/stderr", io => io.stderr],
  ["/proc/1/fd/1", () => process.stdout],
  ["/proc/1/fd/2", () => process.stderr],
]);

function descriptorOf(text: string, io: Io): Readable | Writable {
  const found = text === "-" ? nowhere() : [io.stdin, io.stdout, io.stderr][Number(text)];
  if (found) return found;
  throw new Error(`${text}: bad file descriptor`);
}

/** As output it takes everything; as input it is at its end. */
function nowhere(): Duplex {
  return new Duplex({
    read() {
      this.push(null);
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

function withStream(io: Io, descriptor: number, stream: Readable | Writable): Io {
  switch (descriptor) {
    case 0:
      return { ...io, stdin: stream as Readable };
    case 1:
      return { ...io, stdout: stream as Writable };
    case 2:
      return { ...io, stderr: stream as Writable };
    default:
      throw new Error(`${descriptor}: bad file descriptor`);
  }
}

function closed(stream: ReadStream | WriteStream): Promise<void> {
  return new Promise(resolve => {
    if (stream.destroyed) return resolve();
    const events: Pick<ReadStream, "once"> = stream as ReadStream;
    events.once("close", () => resolve());
    if ("end" in stream && typeof stream.end === "function") stream.end();
    else stream.destroy();
  });
}
