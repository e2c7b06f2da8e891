/**
 * Runs a script: each command after the other, pipelines side by side, with the state of the shell (state.ts) between them. What
 * a single command does is in simple-commands.ts, what `if` and the loops do in compound-commands.ts.
 */
import { PassThrough, Readable, Writable } from "node:stream";
import { BrokenPipe, codeOfAbort, type FindProgram, type Io, print, WriteFault } from "../program.ts";
import { describe as reasonOf } from "../reasons.ts";
import { type CompoundShell, runCompound } from "./compound-commands.ts";
import { BreakOut, ExitShell, ReturnFrom } from "./control-flow.ts";
import { type Expansion, expandText } from "./expand.ts";
import { parse } from "./parse.ts";
import { FileFault, OpenFiles } from "./redirections.ts";
import { runSimple, type SimpleShell } from "./simple-commands.ts";
import type { ShellState } from "./state.ts";
import type { Command, Redirection, Script } from "./syntax.ts";

/** Deeper calls of functions, and of subshells, end with an error. */
const maxDepth = 200;

export class Interpreter implements CompoundShell, SimpleShell {
  readonly state: ShellState;
  readonly find: FindProgram;
  readonly #depth: number;
  /** The status of the last substitution, which is that of a command without a name. */
  substituted = 0;
  /** How many functions have been called in one another. */
  #calls = 0;
  #hasExited = false;
  /** True while what fails is looked at: `set -e` does not end it there. */
  #isTested = false;

  constructor(state: ShellState, find: FindProgram, depth = 0) {
    this.state = state;
    this.find = find;
    this.#depth = depth;
  }

  /** Runs all of it, with its exit trap. Resolves to its exit code. */
  async runToEnd(script: Script, io: Io): Promise<number> {
    const status = await this.#ending(() => this.run(script, io), io);
    return this.exit(status, io);
  }

  /** Runs a part of what comes to the shell: it goes on after a mistake, unless it was told to exit. */
  async runPart(script: Script, io: Io): Promise<number> {
    let isLeft = false;
    const status = await this.#ending(async () => {
      try {
        return await this.run(script, io);
      } catch (error) {
        isLeft = error instanceof ExitShell;
        throw error;
      }
    }, io);
    this.state.status = status;
    this.#hasExited = isLeft;
    return isLeft ? this.exit(status, io) : status;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** What is left to do when the shell ends with this status. */
  async exit(status: number, io: Io): Promise<number> {
    const trap = this.state.traps.get("EXIT");
    this.state.traps.delete("EXIT");
    this.state.status = status;
    if (!trap) return status;
    await this.#ending(() => this.evaluate(trap, io), io);
    return status;
  }

  /** Throws what leaves a shell, a loop or a function. */
  async run({ items }: Script, io: Io): Promise<number> {
    for (const { command, isBackground } of items) {
      io.signal.throwIfAborted();
      if (isBackground) this.#startJob(command, io);
      else await this.runCommand(command, io);
      if (this.state.caught.length > 0) await this.#runTraps(io);
    }
    return this.state.status;
  }

  /** What was said to be done on the signals that have come. The status is left as it was. */
  async #runTraps(io: Io): Promise<void> {
    const { status } = this.state;
    for (let name = this.state.caught.shift(); name; name = this.state.caught.shift())
      await this.evaluate(this.state.traps.get(name) ?? "", io);
    this.state.status = status;
  }

  async evaluate(text: string, io: Io): Promise<number> {
    return this.run(parse(text), io);
  }

  /** A shell of its own, which changes nothing here. Resolves to its exit code. */
  async subshell(io: Io, run: (shell: Interpreter) => Promise<number>): Promise<number> {
    if (this.#depth >= maxDepth) throw new Error("too many shells in one another");
    const shell = new Interpreter(this.state.copy(), this.find, this.#depth + 1);
    shell.#isTested = this.#isTested;
    return shell.exit(await shell.#ending(() => run(shell), io), io);
  }

  async #ending(run: () => Promise<number>, io: Io): Promise<number> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ExitShell) return error.status;
      if (error instanceof ReturnFrom || error instanceof BreakOut) return this.state.status;
      if (error instanceof BrokenPipe) return 141;
      if (io.signal.aborted) return codeOfAbort(io.signal);
      await print(io.stderr, `${this.state.name}: ${reasonOf(error)}\n`).catch(() => {});
      return 2;
    }
  }

  async #failed(error: unknown, io: Io): Promise<number> {
    if (!(error instanceof WriteFault)) throw error;
    // Where its own messages go into a full file, too, nothing is left to tell it to.
    await print(io.stderr, `${this.state.name}: ${error.message}\n`).catch(() => {});
    return 1;
  }

  /** Sets the status, and ends where it must not be another than 0. */
  async runCommand(command: Command, io: Io): Promise<number> {
    this.state.status = await this.#dispatch(command, io).catch(error => this.#failed(error, io));
    const isJudged = ["simple", "pipeline", "subshell", "condition", "arithmetic"].includes(command.type);
    const isNegated = command.type === "pipeline" && command.isNegated;
    if (this.state.status !== 0 && this.state.options.errexit && isJudged && !isNegated && !this.#isTested)
      throw new ExitShell(this.state.status);
    return this.state.status;
  }

  async #dispatch(command: Command, io: Io): Promise<number> {
    switch (command.type) {
      case "simple":
        return runSimple(command, io, this);
      case "pipeline":
        return this.#pipeline(command.commands, command.isNegated, io);
      case "and":
      case "or": {
        const left = await this.tested(() => this.runCommand(command.left, io));
        return (left === 0) === (command.type === "and") ? this.runCommand(command.right, io) : left;
      }
      case "group":
        return this.redirected(command.redirections, io, inner => this.run(command.body, inner));
      case "subshell":
        return this.redirected(command.redirections, io, inner =>
          this.subshell(inner, shell => shell.run(command.body, inner)),
        );
      case "function":
        this.state.functions.set(command.name, command.body);
        return 0;
      default:
        return this.redirected(command.redirections, io, inner => runCompound(command, inner, this));
    }
  }

  /** Runs what is only looked at: `set -e` does not end it where it fails. */
  async tested(run: () => Promise<number>): Promise<number> {
    const before = this.#isTested;
    this.#isTested = true;
    try {
      return await run();
    } finally {
      this.#isTested = before;
    }
  }

  async #pipeline(commands: readonly Command[], isNegated: boolean, io: Io): Promise<number> {
    const [only] = commands;
    const run = async () => {
      if (only && commands.length === 1) return this.runCommand(only, io);
      const statuses = await this.#sideBySide(commands, io);
      const failed = this.state.options.pipefail ? statuses.filter(status => status !== 0).at(-1) : undefined;
      return failed ?? statuses.at(-1) ?? 0;
    };
    if (!isNegated) return run();
    return (await this.tested(run)) === 0 ? 1 : 0;
  }

  #sideBySide(commands: readonly Command[], io: Io): Promise<number[]> {
    const pipes = commands.slice(1).map(() => new PassThrough().on("error", () => {}));
    return Promise.all(
      commands.map(async (command, i) => {
        const [stdin, stdout] = [pipes[i - 1] ?? io.stdin, pipes[i] ?? io.stdout];
        try {
          return await this.subshell(io, shell => shell.runCommand(command, { ...io, stdin, stdout }));
        } finally {
          pipes[i]?.end();
          // What still writes to it has no reader any more.
          pipes[i - 1]?.destroy();
        }
      }),
    );
  }

  #startJob(command: Command, io: Io): void {
    const stopping = new AbortController();
    const signal = AbortSignal.any([io.signal, stopping.signal]);
    // It must not take what the commands after it are to read.
    const inner = { ...io, signal, stdin: Readable.from([]) };
    const ended = this.subshell(inner, shell => shell.runCommand(command, inner));
    const id = (this.state.lastJob || 100) + 1;
    this.state.lastJob = id;
    this.state.status = 0;
    this.state.jobs.set(id, { id, ended, stop: () => stopping.abort(new Error("Terminated")) });
  }

  /** The body of a function, with arguments of its own. */
  async callFunction(body: Command, args: readonly string[], io: Io): Promise<number> {
    const outer = this.state.args;
    this.state.args = args;
    this.state.enterFunction();
    this.#calls++;
    try {
      if (this.#calls > maxDepth) throw new ExitShell(2);
      return await this.runCommand(body, io);
    } catch (error) {
      if (error instanceof ReturnFrom) return error.status;
      throw error;
    } finally {
      this.#calls--;
      this.state.leaveFunction();
      this.state.args = outer;
    }
  }

  /** How words become arguments here: a substitution is a subshell. */
  expansion(io: Io): Expansion {
    return {
      state: this.state,
      substitute: async script => {
        const pieces: Buffer[] = [];
        const stdout = new Writable({
          write(chunk: Buffer, _, done) {
            pieces.push(chunk);
            done();
          },
        });
        this.substituted = await this.subshell({ ...io, stdout }, shell =>
          shell.run(script, { ...io, stdout }),
        );
        return Buffer.concat(pieces).toString().replace(/\n+$/, "");
      },
    };
  }

  /** Opens the files, runs with them, closes them. */
  async redirected(
    redirections: readonly Redirection[],
    io: Io,
    run: (io: Io) => Promise<number>,
  ): Promise<number> {
    if (redirections.length === 0) return run(io);
    const opened = new OpenFiles(this.state.cwd);
    try {
      let inner = io;
      for (const redirection of redirections) {
        try {
          const text = await expandText(redirection.target, this.expansion(inner));
          inner = await opened.apply(redirection, text, inner);
        } catch (error) {
          const { name, speech } = this.state;
          if (!(error instanceof FileFault)) {
            await print(io.stderr, `${name}: ${reasonOf(error)}\n`);
            return 1;
          }
          await print(io.stderr, speech.noFile(error.verb, error.path, error.cause));
          return speech.noFileStatus;
        }
      }
      return await run(inner);
    } finally {
      await opened.close();
    }
  }
}
