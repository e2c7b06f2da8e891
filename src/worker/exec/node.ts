/**
 * `node -e CODE` and `node -p EXPR` inside a container: in its thread, with its globals, its environment and the modules that
 * it has loaded. Three things are the command's own: `console` and the streams of `process` lead to its session,
 * `process.exit` and `process.exitCode` end it and not the container, and its timers are waited for.
 *
 * It ends when the code has run, a promise that it evaluates to has settled, and no timer of its own is left. What it has
 * begun otherwise (a server, a request with a callback) goes on in the container, and is the container's: an error in there
 * ends that one.
 */
import { Console } from "node:console";
import { builtinModules, createRequire } from "node:module";
import { inspect } from "node:util";
import { constants, Script } from "node:vm";
import { thrownText } from "../../errors/index.ts";
import { Deferred } from "../../outside/index.ts";
import type { ExecWorld } from "./command.ts";
import type { ExecSession } from "./session.ts";

export async function node(args: readonly string[], session: ExecSession, world: ExecWorld): Promise<number> {
  const [option = "", code, ...rest] = args;
  if (option === "-v" || option === "--version") {
    session.stdout.write(`${process.version}\n`);
    return 0;
  }
  const isEvaluated = ["-e", "--eval", "-p", "--print", "-pe"].includes(option);
  if (!isEvaluated)
    throw new Error("node: in a thread it runs -e CODE and -p EXPRESSION, no files and no prompt");
  if (code === undefined) throw new Error(`node: ${option} requires an argument`);
  const evaluation = new Evaluation(session, world, rest);
  return evaluation.run(code, option === "-p" || option === "--print" || option === "-pe");
}

/** Thrown by the command's `process.exit`, to leave what runs. */
class Left {}

/** In sloppy mode, for `with`: what the code finds first is the command's own. */
const evaluate = "(function () { with (arguments[0]) { return eval(arguments[1]); } })";

type Timer = "setTimeout" | "setInterval" | "setImmediate";

class Evaluation {
  readonly #session: ExecSession;
  readonly #scope: object;
  /** Its timers that are still to come, and how each is taken back. */
  readonly #timers = new Map<unknown, () => void>();
  #exitCode: number | undefined;
  #hasLeft = false;
  /** True while its code runs and what it throws comes here. */
  #isInside = false;
  readonly #left = new Deferred<void>();
  #timerIsOver: () => void = () => {};

  constructor(session: ExecSession, { filename }: ExecWorld, args: readonly string[]) {
    this.#session = session;
    const console = new Console({ stdout: session.stdout, stderr: session.stderr });
    const require = createRequire(filename);
    const own = { console, process: this.#process(args), require, ...this.#timerFunctions() };
    // As in `node -e`: the modules of Node are there by their names, unless the container has given them another meaning.
    const free = builtinModules.filter(
      name => /^[a-z]\w*$/.test(name) && !(name in own) && !(name in globalThis),
    );
    const modules = free.map(name => [name, { get: () => require(name), configurable: true }] as const);
    this.#scope = Object.defineProperties(own, Object.fromEntries(modules));
  }

  async run(code: string, isPrinted: boolean): Promise<number> {
    const { stdout, signal } = this.#session;
    signal.addEventListener("abort", () => this.#leave(1));
    try {
      const value = this.#inside(() => this.#evaluate(code));
      if (isPrinted) stdout.write(`${typeof value === "string" ? value : inspect(value)}\n`);
      await Promise.race([value, this.#left.promise]);
      while (this.#timers.size > 0 && !this.#hasLeft) await this.#nextTimer();
    } catch (error) {
      this.#failed(error);
    }
    return this.#exitCode ?? 0;
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
    if (!this.#session.signal.aborted) this.#session.stderr.write(`Uncaught ${thrownText(error)}\n`);
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
  #process(args: readonly string[]): NodeJS.Process {
    const { stdin, stdout, stderr } = this.#session;
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
      Object.entries({ stdin, stdout, stderr, exit, argv: [process.execPath, ...args] }),
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
