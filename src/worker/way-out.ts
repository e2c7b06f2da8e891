/**
 * Keeps the way out of a thread open, whatever its worker has thrown or replaced. Node asks process._fatalException what to
 * do with an uncaught error, and ends a thread with process.exit and process.reallyExit, as it finds them
 * there. So these three cannot be taken away.
 *
 * Nor does such an error reach Node's own serializer, which writes it down for the main thread without a bound (an error
 * that is its own cause takes the program down) and with functions that the worker may have replaced. The listeners for
 * `uncaughtExceptionMonitor` are told of it, ours among them, and the thread ends with 1.
 *
 * Nothing here may use what a worker can replace: prototypes, globals, iterators (and so no `f(...list)`).
 */
import { EventEmitter } from "node:events";

/** What Node has besides, and its types have not. */
interface Inner {
  /** True from the moment that the listeners for `exit` are told. */
  _exiting?: boolean;
  reallyExit(code: number): never;
  /** Of Node 26. */
  addUncaughtExceptionCaptureCallback?(callback: Capture | null): void;
  _fatalException(error: unknown, fromPromise: boolean): boolean;
}

type Capture = (error: unknown) => unknown;
type Callable = (...args: never[]) => unknown;

const { apply, defineProperty, getOwnPropertyDescriptor, deleteProperty } = Reflect;
const { emit, listenerCount } = EventEmitter.prototype;

/** What is told of an error that nobody catches, and ends the thread: also where a program has removed all listeners. */
export interface WayOut {
  uncaught: (error: unknown, fromPromise: boolean) => void;
}

/** Called once in a thread, before any foreign code is loaded. */
export function keepWayOut(): WayOut {
  const inner = process as typeof process & Inner;
  const { exit, reallyExit } = inner;
  const leave = (code: number) => apply(reallyExit, process, [code]);
  // As it was called: without an argument it is another exit than with `undefined`.
  const exitForSure = (...code: Parameters<typeof exit>): never => {
    const wasExiting = inner._exiting;
    try {
      return apply(exit, process, code);
    } catch (error) {
      // Of what a listener throws Node tells, and comes again. What is no exit code is the program's own mistake.
      if ((!wasExiting && inner._exiting) || isRefusal(error)) throw error;
      return leave(1);
    }
  };

  replaceable("exit", exitForSure, replacement => {
    return (...code: never[]) => {
      try {
        return apply(replacement, process, code);
      } catch {
        return exitForSure(1);
      }
    };
  });
  replaceable("reallyExit", reallyExit, replacement => {
    return (code: number) => {
      try {
        apply(replacement, process, [code]);
      } finally {
        leave(code);
      }
    };
  });
  const wayOut: WayOut = { uncaught() {} };
  catchFatal(inner, leave, wayOut);
  return wayOut;
}

/** Whether Node has said so of an argument. */
function isRefusal(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "ERR_INVALID_ARG_TYPE" || code === "ERR_OUT_OF_RANGE";
}

/** A function of `process` that a worker may replace, as some packages do: what it puts there is called as `wrap` makes it. */
function replaceable(name: "exit" | "reallyExit", real: Callable, wrap: (own: Callable) => Callable): void {
  let current = real;
  defineProperty(process, name, {
    configurable: false,
    enumerable: true,
    get: () => current,
    set(replacement: Callable) {
      current = replacement === real ? real : wrap(replacement);
    },
  });
}

function catchFatal(inner: Inner & typeof process, leave: (code: number) => never, wayOut: WayOut): void {
  const fatal = inner._fatalException;
  const hasCapture = process.hasUncaughtExceptionCaptureCallback;
  const isCaught = () =>
    apply(listenerCount, process, ["uncaughtException"]) > 0 || apply(hasCapture, process, []);
  const tell = (event: string, argument: unknown) => {
    try {
      apply(emit, process, [event, argument]);
    } catch {
      // A listener failed while the thread ends for an error already.
    }
  };
  const tellOf = (error: unknown, fromPromise: boolean) => {
    try {
      wayOut.uncaught(error, fromPromise);
    } catch {
      // The worker has replaced what this takes.
    }
  };
  /** Ends the thread as Node would: the listeners come before the error is told, and may choose the code. */
  const die = (error: unknown, fromPromise: boolean): never => {
    if (!inner._exiting) {
      inner._exiting = true;
      process.exitCode = 1;
      tell("exit", 1);
    }
    tellOf(error, fromPromise);
    return leave(Number(process.exitCode ?? 1));
  };
  /** What handles errors has failed itself: Node asks and tells nothing else any more. */
  const failed = (error: unknown): never => {
    tellOf(error, false);
    return leave(7);
  };
  guardCapture(inner, failed);
  const caught = (error: unknown, fromPromise: boolean) => {
    // Node calls the listeners by process.emit. What they throw in their turn would go to its serializer.
    const own = getOwnPropertyDescriptor(process, "emit");
    const present = process.emit as Callable;
    const guarded = (...all: unknown[]): unknown => {
      try {
        return apply(present, process, all);
      } catch (thrown) {
        const event = all[0];
        if (event === "uncaughtException" || event === "uncaughtExceptionMonitor") failed(thrown);
        throw thrown;
      }
    };
    defineProperty(process, "emit", { value: guarded, configurable: true, writable: true });
    try {
      return apply(fatal, process, [error, fromPromise]);
    } finally {
      // Unless a listener has put another in its place.
      if (process.emit === (guarded as Callable)) {
        if (own === undefined) deleteProperty(process, "emit");
        else defineProperty(process, "emit", own);
      }
    }
  };
  const value = (error: unknown, fromPromise: boolean): boolean => {
    if (isCaught()) return caught(error, fromPromise);
    const origin = fromPromise ? "unhandledRejection" : "uncaughtException";
    try {
      apply(emit, process, ["uncaughtExceptionMonitor", error, origin]);
    } catch (thrown) {
      failed(thrown);
    }
    return die(error, fromPromise);
  };
  defineProperty(process, "_fatalException", { value, writable: false, configurable: false });
}

/** Node calls what is set here by itself, and what it throws would go to Node's serializer. */
function guardCapture(inner: Inner & typeof process, failed: (error: unknown) => never): void {
  for (const name of [
    "setUncaughtExceptionCaptureCallback",
    "addUncaughtExceptionCaptureCallback",
  ] as const) {
    const real: ((callback: Capture | null) => void) | undefined = inner[name];
    if (!real) continue;
    const guarded = (callback: Capture) => (error: unknown) => {
      try {
        return apply(callback, undefined, [error]);
      } catch (thrown) {
        return failed(thrown);
      }
    };
    const value = (callback: Capture | null) =>
      apply(real, process, [typeof callback === "function" ? guarded(callback) : callback]);
    defineProperty(process, name, { value, configurable: true, enumerable: true, writable: true });
  }
}
