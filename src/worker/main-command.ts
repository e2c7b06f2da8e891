/**
 * A container whose program is a command, as exec knows them: an image of the catalogue, or any image with a `command` that is
 * none of its functions. The command has the container's own streams, and is told of signals.
 */
import { createRequire } from "node:module";
import { constants } from "node:os";
import { Readable, Writable } from "node:stream";
import { asTerminal, type CommandSession, type Commands, type ExecWorld } from "./exec/index.ts";
import type { MainCommand } from "./protocol.ts";

/** How it ended, or why there was nothing to run. */
export type MainEnd = { readonly exitCode: number } | { readonly problem: string };

/**
 * @param hasInput whether the container has a stdin
 * @param started is called when it is certain that there is such a command
 */
export async function runMain(
  { command, file, tty, processes }: MainCommand,
  world: ExecWorld,
  hasInput: boolean,
  started: () => void,
): Promise<MainEnd> {
  const { runCommand, problemWith } = createRequire(file)(file) as Commands;
  const problem = problemWith(command, world);
  if (problem !== undefined) return { problem };
  process.argv = [...command];
  started();
  const { exitCode } = await runCommand(command, new MainSession(hasInput, tty, processes), world);
  return { exitCode };
}

/** What ends a program that does not ask for the signal. */
const deadly = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;

const killed = 137;

class MainSession implements CommandSession {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly signal: AbortSignal;
  readonly tty: boolean;
  readonly processes: MainCommand["processes"];
  /** By signal: what the program does then. */
  readonly #handlers = new Map<NodeJS.Signals, () => void>();
  readonly #ending = new AbortController();

  constructor(hasInput: boolean, tty: boolean, processes: MainCommand["processes"]) {
    this.processes = processes;
    this.stdin = hasInput ? process.stdin : Readable.from([]);
    this.stdout = tty ? terminalOver(process.stdout) : process.stdout;
    this.stderr = tty ? terminalOver(process.stderr) : process.stderr;
    this.tty = tty && hasInput;
    this.signal = this.#ending.signal;
    for (const signal of deadly) process.on(signal, () => this.#signalled(signal));
  }

  handle(signal: NodeJS.Signals, handler: (() => void) | undefined): (() => void) | undefined {
    const before = this.#handlers.get(signal);
    const isNew = before === undefined && !deadly.some(other => other === signal);
    if (handler === undefined) this.#handlers.delete(signal);
    else this.#handlers.set(signal, handler);
    if (handler && isNew) process.on(signal, () => this.#handlers.get(signal)?.());
    return before;
  }

  #signalled(signal: NodeJS.Signals): void {
    const handler = this.#handlers.get(signal);
    if (handler) {
      handler();
      return;
    }
    // Code of `node -e` listens as in any Node.
    if (process.listenerCount(signal) > 1) return;
    // The first process of a container hears no signal that it does not ask for: it would be killed when its time is up. It is so at once.
    const exitCode = signal === "SIGTERM" ? killed : 128 + constants.signals[signal];
    this.#ending.abort(Object.assign(new Error(`ended by ${signal}`), { exitCode }));
  }
}

function terminalOver(stream: Writable): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      stream.write(asTerminal(chunk), done);
    },
  });
}
