/** What a command of the shell is: arguments, streams and an environment in, an exit code out. */
import { createWriteStream, type WriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { CommandSession, ContainerProcess, User } from "../worker/index.ts";
import { describe } from "./reasons.ts";
import type { Words } from "./words.ts";

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborts when it is to end at once: the client has gone, or has typed Ctrl-C. */
  readonly signal: AbortSignal;
  /** Where a person types; undefined where none does. */
  readonly terminal: Terminal | undefined;
  readonly user: User;
  /** How programs tell what is wrong. */
  readonly words: Words;
  /** What runs in the containers of the pod, where they share their processes. */
  readonly processes?: readonly ContainerProcess[] | undefined;
  /** As in CommandSession; undefined of all but the container's own command. */
  readonly handle?: CommandSession["handle"] | undefined;
}

/** The exit code of what was told to end. */
export function codeOfAbort({ reason }: AbortSignal): number {
  return (reason as { readonly exitCode?: number } | undefined)?.exitCode ?? 130;
}

/** Where a person types (line-editor.ts). */
export interface Terminal {
  /** Called on Ctrl-C, while something runs. */
  interrupted: () => void;
  /** Asks for a line. Resolves to undefined at the end of the input. */
  prompt(text: string): Promise<string | undefined>;
}

export interface Invocation extends Io {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** An absolute path: a thread has none of its own. */
  readonly cwd: string;
}

/** Resolves to the exit code; what it throws is printed, and is 1. */
export type Program = (invocation: Invocation) => number | Promise<number>;

/**
 * Finds a program by its name; undefined where there is none.
 * @param cwd where a path begins that is not absolute; the container's working directory where left out
 */
export type FindProgram = (name: string, cwd?: string) => Program | undefined;

/** Nothing reads any more what a command prints. It ends by it, as by SIGPIPE. */
export class BrokenPipe extends Error {
  constructor() {
    super("Broken pipe");
    this.name = "BrokenPipe";
  }
}

/** A file takes no more of what a command prints: the disk is full. The command fails, and the shell goes on. */
export class WriteFault extends Error {
  constructor(cause: NodeJS.ErrnoException) {
    super(`write error: ${describe(cause)}`, { cause });
    this.name = "WriteFault";
  }
}

/** Resolves when the reader takes more. Rejects with a BrokenPipe where there is none any more, with a WriteFault where it is a file. */
export async function print(to: Writable, data: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (to.destroyed || to.writableEnded) reject(unwritable(to.errored));
    else to.write(data, error => (error ? reject(unwritable(error)) : resolve()));
  });
  // A reader that takes everything at once would never let anything else have its turn.
  if (to.writableLength === 0) await turn();
}

/** A file to write to. What goes wrong is told by each write (`print`): without a listener it would end the container. */
export function fileToWrite(path: string, flags: "w" | "a" | "r+" = "w"): WriteStream {
  return createWriteStream(path, { flags }).on("error", () => {});
}

function unwritable(error: NodeJS.ErrnoException | null): BrokenPipe | WriteFault {
  return error?.syscall && error.code !== "EPIPE" ? new WriteFault(error) : new BrokenPipe();
}

/** The next line without its end; undefined at the end. What comes behind it stays to be read. */
export async function readLine(stdin: Readable): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  for (;;) {
    const chunk = stdin.read() as Buffer | string | null;
    if (chunk === null) {
      if (stdin.readableEnded || stdin.destroyed) break;
      await moreOf(stdin);
      continue;
    }
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const end = bytes.indexOf(10);
    pieces.push(end < 0 ? bytes : bytes.subarray(0, end));
    if (end < 0) continue;
    if (end + 1 < bytes.length) stdin.unshift(bytes.subarray(end + 1));
    return Buffer.concat(pieces).toString();
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces).toString();
}

function moreOf(stdin: Readable): Promise<void> {
  return new Promise(resolve => {
    const names = ["readable", "end", "close", "error"];
    const done = () => {
      for (const name of names) stdin.off(name, done);
      resolve();
    };
    for (const name of names) stdin.once(name, done);
  });
}

/** All lines, of one stream after another. */
export async function* linesOf(streams: Iterable<Readable>): AsyncGenerator<string> {
  for (const stream of streams) {
    for (let line = await readLine(stream); line !== undefined; line = await readLine(stream)) yield line;
  }
}
