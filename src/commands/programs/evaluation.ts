/**
 * The world of the code that `node -e CODE` runs inside a container: its thread, its globals, its environment and the modules that it has
 * loaded. Three things are the command's own: `console` and the streams of `process` lead to its session, `process.exit` and
 * `process.exitCode` end it and not the container, and its timers are waited for.
 *
 * It ends when the code has run, a promise that it evaluates to has settled, no timer of its own is left, and its input is read
 * no more. Where it is the container's own command, what else it has begun (a server, a request with a callback) is waited for too, as
 * by any Node. Beside a program that runs it goes on in the container, and is the container's: an error in there ends that one.
 */
import { Console } from "node:console";
import { builtinModules, createRequire } from "node:module";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { constants, Script } from "node:vm";
import { thrownText } from "../../errors/index.ts";
import { Deferred } from "../../outside/index.ts";
import { type Invocation, type Io, print, type Terminal } from "../program.ts";
import { asSentence, isUnfinished } from "./typed-code.ts";

/** Between two looks at what is still open. */
const lookMs = 20;

export interface EvaluationOptions {
  /** The module from which what is required is looked up. */
  readonly filename: string;
  /** Whether it is the container's own command, and ends only when nothing that it has opened is left. */
  readonly isMain: boolean;
}

/** What is thrown, without the way that led to the code. */
function ownLines(text: string): string {
  return text.replace(/\n +at evalmachine\.<anonymous>[\s\S]*/, "");
}

/** How many there are of each kind of thing that keeps a Node running. The lines of the container itself are message ports. */
function openResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== "MessagePort") counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** True while code reads its input, and there is more to come. */
function isRead(stdin: Readable): boolean {
  const readers = stdin.listenerCount("data") + stdin.listenerCount("readable");
  return readers > 0 && !stdin.readableEnded && !stdin.destroyed && !stdin.isPaused();
}

/** Thrown by the command's `process.exit`, to leave what runs. */
class Left {}

/** In sloppy mode, for `with`: what the code finds first is the command's own. */
const evaluate = "(function () { with (arguments[0]) { return eval(arguments[1]); } })";

type Timer = "setTimeout" | "setInterval" | "setImmediate";

export class Evaluation {
  readonly #io: Io;
  readonly #scope: object;
  /** Its timers that are still to come, and how each is taken back. */
  readonly #timers = new Map<unknown, () => void>();
  #exitCode: number | undefined;
  #hasLeft = false;
  /** True while its code runs and what it throws comes here. */
  #isInside = false;
  readonly #left = new Deferred<void>();
  #timerIsOver: () => void = () => {};

  /** What was open before, where the rest is waited for. */
  readonly #before: ReadonlyMap<string, number> | undefined;

  constructor(io: Invocation, { filename, isMain }: EvaluationOptions, args: readonly string[]) {
    this.#io = io;
    this.#before = isMain ? openResources() : undefined;
    const console = new Console({ stdout: io.stdout, stderr: io.stderr });
    const require = createRequire(filename);
    const own = { console, process: this.#process(io, args), require, ...this.#timerFunctions() };
    // As in `node -e`: the modules of Node are there by their names, unless the container has given them another meaning.
    const free = builtinModules.filter(
      name => /^[a-z]\w*$/.test(name) && !(name in own) && !(name in globalThis),
    );
    const modules = free.map(name => [name, { get: () => require(name), configurable: true }] as const);
    this.#scope = Object.defineProperties(own, Object.fromEntries(modules));
  }

  async run(code: string, isPrinted: boolean): Promise<number> {
    const { stdin, stdout, signal } = this.#io;
    signal.throwIfAborted();
    signal.addEventListener("abort", () => this.#leave(1));
    try {
      const value = this.#inside(() => this.#evaluate(code));
      if (isPrinted) stdout.write(`${typeof value === "string" ? value : inspect(value)}\n`);
      await Promise.race([value, this.#left.promise]);
      const ended = new Promise<void>(resolve => stdin.once("close", resolve).once("end", resolve));
      while (!this.#hasLeft && (this.#timers.size > 0 || isRead(stdin)))
        await Promise.race([this.#nextTimer(), ended]);
      while (!this.#hasLeft && this.#hasOpened())
        await Promise.race([sleep(lookMs, undefined, { ref: false }), this.#left.promise]);
    } catch (error) {
      this.#failed(error);
    }
    return this.#exitCode ?? 0;
  }

  #hasOpened(): boolean {
    const before = this.#before;
    return (
      before !== undefined && [...openResources()].some(([kind, count]) => count > (before.get(kind) ?? 0))
    );
  }

  /** One piece of code after another, until `.exit`, `process.exit` or the end. What goes wrong with one is shown. */
  async converse(terminal: Terminal): Promise<number> {
    const { stdout, signal } = this.#io;
    signal.throwIfAborted();
    signal.addEventListener("abort", () => this.#leave(1));
    await print(stdout, `Welcome to Node.js ${process.version}.\nType ".exit" or Ctrl-D to leave.\n`);
    let code = "";
    while (!this.#hasLeft) {
      const line = await terminal.prompt(code === "" ? "> " : "... ");
      if (line === undefined || line.trim() === ".exit") break;
      code += `${line}\n`;
      if (code.trim() === "") code = "";
      if (code === "" || isUnfinished(code)) continue;
      await this.#show(code);
      code = "";
    }
    return this.#exitCode ?? 0;
  }

  async #show(code: string): Promise<void> {
    const { stdout } = this.#io;
    try {
      const source = /\bawait\b/.test(code)
        ? `(async () => (${code.trim().replace(/;$/, "")}))()`
        : asSentence(code);
      const value = await Promise.race([this.#inside(() => this.#evaluate(source)), this.#left.promise]);
      if (!this.#hasLeft) await print(stdout, `${inspect(value, { colors: false })}\n`);
    } catch (error) {
      if (!(error instanceof Left)) await print(stdout, `Uncaught ${thrownText(error)}\n`);
    }
  }

  #evaluate(code: string): unknown {
    const script = new Script(evaluate, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext()(this.#scope, `${code}\n//# sourceURL=[eval]`);
  }

  #inside<T>(run: () => T): T {
    this.#isInside = true;
    try {
      return run();
    } finally {
      this.#isInside = false;
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Left) return;
    if (!this.#io.signal.aborted) this.#io.stderr.write(`Uncaught ${ownLines(thrownText(error))}\n`);
    this.#leave(1);
  }

  #leave(exitCode: number): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#exitCode = exitCode;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#timerIsOver();
    this.#left.resolve();
  }

  /** The container's, but for what would end it or print into its log. */
  #process({ stdin, stdout, stderr, env, cwd }: Invocation, args: readonly string[]): NodeJS.Process {
    const emit: (event: string | symbol, ...args: unknown[]) => boolean = stdin.emit.bind(stdin);
    // What listens to its input throws into the command, and not into the container.
    stdin.emit = (event: string | symbol, ...args: unknown[]) => {
      try {
        return this.#inside(() => emit(event, ...args));
      } catch (error) {
        this.#failed(error);
        return true;
      }
    };
    const exit = (code: unknown = this.#exitCode) => {
      this.#leave(Number(code ?? 0) & 0xff);
      // Outside of the command's own code this would be an uncaught error, which ends the container.
      if (this.#isInside) throw new Left();
    };
    const own = new Map<string | symbol, unknown>(
      Object.entries({ stdin, stdout, stderr, exit, env, cwd: () => cwd, argv: [process.execPath, ...args] }),
    );
    return new Proxy(process, {
      get: (target, key) => {
        if (key === "exitCode") return this.#exitCode;
        return own.has(key) ? own.get(key) : Reflect.get(target, key);
      },
      set: (target, key, value) => {
        if (key === "exitCode") this.#exitCode = Number(value) & 0xff;
        else return Reflect.set(target, key, value);
        return true;
      },
    });
  }

  /** Those of Node, counted. */
  #timerFunctions(): Record<string, (...args: never[]) => unknown> {
    const setting = (name: Timer, clear: (timer: never) => void, isOnce: boolean) => {
      const set = globalThis[name] as (...args: unknown[]) => unknown;
      return (call: (...args: unknown[]) => unknown, ...args: unknown[]) => {
        const timer = set(
          (...given: unknown[]) => {
            if (isOnce) this.#timers.delete(timer);
            void this.#call(call, given);
          },
          ...args,
        );
        this.#timers.set(timer, () => clear(timer as never));
        return timer;
      };
    };
    const clearing = (clear: (timer: never) => void) => (timer: unknown) => {
      clear(timer as never);
      this.#timers.delete(timer);
      this.#timerIsOver();
    };
    const { clearTimeout, clearInterval, clearImmediate } = globalThis;
    return {
      setTimeout: setting("setTimeout", clearTimeout, true),
      setInterval: setting("setInterval", clearInterval, false),
      setImmediate: setting("setImmediate", clearImmediate, true),
      clearTimeout: clearing(clearTimeout),
      clearInterval: clearing(clearInterval),
      clearImmediate: clearing(clearImmediate),
    };
  }

  /** A timer's turn. */
  async #call(call: (...args: unknown[]) => unknown, args: readonly unknown[]): Promise<void> {
    try {
      await this.#inside(() => call(...args));
    } catch (error) {
      this.#failed(error);
    }
    this.#timerIsOver();
  }

  #nextTimer(): Promise<void> {
    return new Promise(resolve => {
      this.#timerIsOver = resolve;
    });
  }
}
