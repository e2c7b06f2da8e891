/**
 * What a node's runtime and the thread that runs one container say to each other: one tagged union per direction, on a
 * line of their own, beside the control port of the data plane. Everything is plain data, so that a thread and a child
 * process speak alike. The main thread trusts nothing that arrives here: unknown reports are dropped.
 */
import type { Port } from "../messages/index.ts";

/** From the runtime to the thread. */
export type Order =
  /** There will be something to run in a moment: to have heard of it is all. */
  | { readonly type: "wake" }
  /** Comes once, first: what to run. */
  | { readonly type: "start"; readonly assignment: Assignment; readonly control: Port | undefined }
  /** Asks the container to stop: its inbox ends, and after `graceMs` its signal aborts. */
  | { readonly type: "stop"; readonly graceMs: number }
  /** Is the event loop turning? Answered by a pong. */
  | { readonly type: "ping"; readonly id: number };

/** From the thread to the runtime. */
export type Report =
  /** The bootstrap is loaded; a container can start at once. */
  | { readonly type: "warm"; readonly threadId: number }
  /** The module is loaded and its function is being called, or its script is running. */
  | { readonly type: "started" }
  /** There is nothing to run: the export does not exist. The thread ends. */
  | { readonly type: "unstartable"; readonly message: string }
  /** What V8 has made of the code, as it is after a moment of running: shared memory. */
  | { readonly type: "compiled"; readonly compiled: Uint8Array }
  /** Something was printed, and is to be taken out of this ring (output-ring.ts). */
  | { readonly type: "output"; readonly ring: SharedArrayBuffer }
  /** Something was thrown and not caught. If the thread now ends with a code other than 0, this is why. */
  | { readonly type: "error"; readonly message: string }
  /** With what it uses by now. */
  | { readonly type: "pong"; readonly id: number; readonly cpuMs: number; readonly memoryBytes: number };

/** The bootstrap of a thread, and what V8 has made of it. */
export interface CompiledScript {
  /** The file that the text is from. */
  readonly filename: string;
  /** A function of `require`, `module` and `__filename`. */
  readonly text: string;
  /** Shared memory. */
  readonly compiled: Uint8Array;
  /** True where that has the functions inside, too. */
  readonly isComplete: boolean;
  /** The file to keep it in when a thread has called, and V8 so compiled, the functions that a container needs. */
  readonly keepAt: string | undefined;
}

/** Bytes that were printed at one instant; they may be part of a line, even of a character, or several lines. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr";
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The code of an image, ready to load (node/bundle.ts makes it). */
export interface Code {
  /** Of the content, in hexadecimal. */
  readonly digest: string;
  /** As what `text` is loaded: as an ES module only where it awaits at its top level. */
  readonly format: "commonjs" | "module";
  /** The module that the image names: an absolute path. What it requires is looked up from there. */
  readonly filename: string;
  readonly text: string;
  /** True where the text exports nothing: then it is a script for certain, and it has started when it is first run. */
  readonly script: boolean;
  /**
   * True where a thread may take over what V8 has made of the text in another: not of an ES module, nor where it may call
   * `import()`, which code out of a cache cannot do in every Node.
   */
  readonly reusable: boolean;
}

/** One container, as its thread needs to know it. */
export interface Assignment {
  readonly code: Code;
  /**
   * What V8 has made of the code in another thread, as shared memory, or that the next one would like to have it; neither
   * where the code is not reusable, nor in a child process.
   */
  readonly compiled: Uint8Array | "wanted" | undefined;
  /** The export to run; the default export where left out. */
  readonly functionName: string | undefined;
  /** What the container was given: `--name=value` become parameters, and a script finds them in process.argv. */
  readonly args: readonly string[];
  /** The whole environment: a container inherits nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly self: Self;
}

/** Who a container is. */
export interface Self {
  /** The pod's name, which for a Container and its copies is the name that was declared. */
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How often this container was started again; 0 the first time. */
  readonly restarts: number;
  readonly pod: string;
  readonly container: string;
}
