/**
 * The container's end of a session: a command that runs inside, its stdin, stdout and stderr as Node's streams, and how it
 * ends. What it prints goes to the session, not into the container's log. A reader that is slow holds the command
 * back, not the container: the streams say so, as streams do.
 */
import { Readable, Writable } from "node:stream";
import type { FoundHost, Port } from "../../messages/index.ts";
import type { Mount, PlaceOf } from "../files/index.ts";
import type { ImageConfig, User } from "../image-config.ts";
import type { PodSockets } from "../sockets/index.ts";

/** What a session says of itself when it begins. */
export interface SessionOptions {
  /** True where a terminal shows it: programs ask for that. */
  readonly tty?: boolean;
  /** All that run in the pod, in the order of its spec, where its containers share their processes. */
  readonly processes?: readonly ContainerProcess[];
}

/** The first process of a container. */
export interface ContainerProcess {
  readonly command: string;
  /** Whether it is that of the container which is asked. */
  readonly isOwn: boolean;
}

/** What a command has to do with: its streams, whether a terminal shows them, and how it is told to end. */
export interface CommandSession {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly tty: boolean;
  /** As in SessionOptions. */
  readonly processes?: readonly ContainerProcess[] | undefined;
  /** Aborts when it is to end at once. An `exitCode` of its reason is that of the command. */
  readonly signal: AbortSignal;
  /** Of the container's own command: what is to be done on a signal, rather than to end. Returns what was to be done before. */
  handle?(signal: NodeJS.Signals, handler: (() => void) | undefined): (() => void) | undefined;
}

/** What a command finds in its container. */
export interface ExecWorld {
  /** The module that the container runs: what a command requires is looked up from there. */
  readonly filename: string;
  /** The file with the commands that are loaded when one is asked for. */
  readonly commands: string;
  /** Sends the container itself a message. */
  request(body: unknown, signal: AbortSignal): Promise<unknown>;
  /** The same without an answer. */
  send(body: unknown): Promise<void>;
  /** Where the ports of pods are listened on. */
  readonly sockets: PodSockets;
  /** Where commands begin, if the container says so. */
  readonly workingDir: string | undefined;
  /** What its image says; undefined where that is a module, which shares the files of the machine. */
  readonly image: ImageConfig | undefined;
  readonly mounts: readonly Mount[];
  /** As whom its commands are; undefined: as whom the program is on the machine. */
  readonly user: User | undefined;
  /** Where a path of the container lies on the machine. */
  readonly placeOf: PlaceOf;
  /** Whether there is such a program on the machine: to the functions of `node:fs`, a path is the container's. */
  isOnMachine(file: string): boolean;
  /** What a host of the cluster means, the pod itself included; undefined where it is none. */
  lookUp(host: string): Promise<FoundHost | undefined>;
}

/** To the command. */
export type SessionOrder =
  | { readonly type: "input"; readonly bytes: Uint8Array }
  | { readonly type: "end-of-input" }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  /** So many bytes of its output have been read. */
  | { readonly type: "taken"; readonly length: number };

/** From the command. After `exit` the port closes; where it closes without, the container has ended. */
export type SessionReport =
  | { readonly type: "output"; readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }
  /** So many bytes of its input have been read. */
  | { readonly type: "taken"; readonly length: number }
  /** With a message where there was no command to run. */
  | { readonly type: "exit"; readonly exitCode: number; readonly message?: string };

/** So much output may be under way, in bytes. */
const windowLength = 256 * 1024;

export class ExecSession implements CommandSession {
  readonly stdin: SessionInput;
  readonly stdout: SessionOutput;
  readonly stderr: SessionOutput;
  /** Aborts when the session is closed. */
  readonly signal: AbortSignal;
  readonly processes: readonly ContainerProcess[] | undefined;
  readonly #port: Port;
  readonly #closed = new AbortController();
  #underWay = 0;
  readonly #held: (() => void)[] = [];

  constructor(port: Port, { tty = false, processes }: SessionOptions = {}) {
    this.processes = processes;
    this.signal = this.#closed.signal;
    this.#port = port;
    this.stdin = new SessionInput(length => this.#post({ type: "taken", length }));
    this.stdout = new SessionOutput((bytes, done) => this.#print("stdout", bytes, done));
    this.stderr = new SessionOutput((bytes, done) => this.#print("stderr", bytes, done));
    if (tty) for (const stream of [this.stdin, this.stdout, this.stderr]) stream.isTTY = true;
  }

  get tty(): boolean {
    return this.stdin.isTTY === true;
  }

  /** Takes input from now on, and hears when the session is closed. */
  listen(): void {
    this.#port.on("message", order => this.#hear(order as SessionOrder));
    this.#port.on("close", () => this.#closed.abort(new Error("the session was closed")));
    // A program that has nothing left to do ends, even while a session with it is open.
    this.#port.unref();
  }

  /** Resolves when all that was printed is on its way, and the end behind it. */
  async exit(exitCode: number, message?: string): Promise<void> {
    if (this.signal.aborted) return;
    await Promise.all([ended(this.stdout), ended(this.stderr)]);
    this.#post({ type: "exit", exitCode, ...(message !== undefined && { message }) });
    this.#port.close();
  }

  #hear(order: SessionOrder): void {
    switch (order.type) {
      case "input":
        this.stdin.receive(order.bytes);
        return;
      case "end-of-input":
        this.stdin.receive(null);
        return;
      case "resize":
        this.stdout.resize(order.columns, order.rows);
        return;
      case "taken":
        this.#underWay -= order.length;
        if (this.#underWay < windowLength) for (const done of this.#held.splice(0)) done();
    }
  }

  #print(stream: "stdout" | "stderr", chunk: Uint8Array, done: () => void): void {
    // A copy of its own: Buffers are parts of something larger, all of which would be sent.
    const bytes = this.tty ? asTerminal(chunk) : new Uint8Array(chunk);
    this.#underWay += bytes.length;
    this.#post({ type: "output", stream, bytes });
    if (this.#underWay < windowLength) done();
    else this.#held.push(done);
  }

  #post(report: SessionReport): void {
    this.#port.postMessage(report);
  }
}

/** The stdin of a command. What is sent is told to be taken when the command reads, so that no more is sent than is read. */
export class SessionInput extends Readable {
  isTTY: true | undefined;
  readonly #taken: (length: number) => void;
  readonly #waiting: (Uint8Array | null)[] = [];
  #isWanted = false;

  /** @param taken is told how many bytes the command has asked for and got */
  constructor(taken: (length: number) => void) {
    super();
    this.#taken = taken;
  }

  receive(bytes: Uint8Array | null): void {
    this.#waiting.push(bytes);
    if (this.#isWanted) this._read();
  }

  override _read(): void {
    this.#isWanted = this.#waiting.length === 0;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (next) this.#taken(next.length);
    this.push(next);
  }

  /** A terminal of its own has nothing to switch: the one that shows it was switched by who asked. */
  setRawMode(): this {
    return this;
  }
}

/** The stdout or stderr of a command. Once it has a size it is a terminal, as far as programs ask. */
export class SessionOutput extends Writable {
  columns: number | undefined;
  rows: number | undefined;
  isTTY: true | undefined;
  readonly #print: (bytes: Uint8Array, done: () => void) => void;

  constructor(print: (bytes: Uint8Array, done: () => void) => void) {
    super();
    this.#print = print;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#print(chunk, done);
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows, isTTY: true });
    this.emit("resize");
  }
}

/** As a terminal's driver has it: a new line begins at the left. */
export function asTerminal(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(
    Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll(/\r?\n/g, "\r\n"), "latin1"),
  );
}

function ended(stream: Writable): Promise<void> {
  return new Promise(resolve => {
    if (stream.writableFinished || stream.destroyed) resolve();
    else stream.end(resolve);
  });
}
