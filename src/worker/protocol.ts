/**
 * What a node's runtime and the thread that runs one container say to each other: one tagged union per direction, on a
 * port of their own, beside the control port of the data plane. Everything is plain data, so that a thread and a child
 * process speak alike. The main thread trusts nothing that arrives here: unknown reports are dropped.
 */
import type { Port } from "../messages/index.ts";
import type { ContainerProcess, SessionOptions } from "./exec/index.ts";
import type { Mount } from "./files/index.ts";
import type { LoaderData } from "./hooks.ts";
import type { ImageConfig, User } from "./image-config.ts";
import type { Series } from "./series.ts";
import type { NetworkPlace, PodSockets } from "./sockets/index.ts";

/** The commands of exec that need no more than the container's own code (exec/interpreter.ts). */
export const ownCommands: ReadonlySet<string> = new Set(["event-loop", "request", "send"]);

/** From the runtime to the thread. */
export type Order =
  /** Comes once, first: what to run. */
  | {
      readonly type: "start";
      readonly assignment: Assignment;
      readonly control: Port | undefined;
      /** Where its stdin comes from (input.ts); undefined where it has none. */
      readonly input: Port | undefined;
    }
  /** Asks the container to stop: its inbox ends, and after `graceMs` its signal aborts. */
  | { readonly type: "stop"; readonly graceMs: number }
  /** Run a command beside what runs (exec/interpreter.ts). What goes in and comes out takes the port; `commands` is a file. */
  | {
      readonly type: "exec";
      readonly command: readonly string[];
      readonly options: SessionOptions;
      readonly commands: string;
      readonly io: Port;
    }
  /** What does the container use? Answered by a report of the same type. */
  | { readonly type: "usage" };

/** From the thread to the runtime. */
export type Report =
  /** The bootstrap is loaded; a container can start at once. */
  | { readonly type: "warm"; readonly threadId: number }
  /** The module is loaded and its function is being called, or its script is running. */
  | { readonly type: "started" }
  /** There is nothing to run: the export does not exist. The thread ends. */
  | { readonly type: "unstartable"; readonly message: string }
  /** Something was printed, and is to be taken out of the ring (output-ring.ts). */
  | { readonly type: "output" }
  /** Something was thrown and not caught. If the thread now ends with a code other than 0, this is why. */
  | { readonly type: "error"; readonly message: string }
  /** It is about to start a thread or a child process: that will ask what hosts mean (sockets/inner-line.ts). Told once. */
  | { readonly type: "inner" }
  /** A thread has started a child process, or one has ended (own-children.ts). */
  | { readonly type: "child"; readonly pid: number; readonly hasEnded: boolean }
  /** What it uses by now, and what its worker function has reported of itself. */
  | {
      readonly type: "usage";
      readonly cpuMs: number;
      readonly memoryBytes: number;
      readonly series: readonly Series[];
    };

/** Bytes that were printed at one instant; they may be part of a line, even of a character, or several lines. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr";
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** The code of an image, and how it is loaded (node/images/examine.ts finds out). */
export interface Code {
  /** Of the content, in hexadecimal. */
  readonly digest: string;
  /** The module that the image names: an absolute path. */
  readonly filename: string;
  /** The path that it was found by, where a link leads from there to `filename`. */
  readonly named?: string;
  /** Of all its own files, in bytes; of an image of the catalogue, what the real one has. */
  readonly size: number;
  /** Node itself; `tsx`, which is Node with TypeScript; or Node from one file that was made of the image. */
  readonly loader: "node" | "tsx" | "one-file";
  readonly oneFile: string | undefined;
  /** True where it is certain that it is loaded as CommonJS. */
  readonly isCommonJs: boolean;
  /** True where it exports nothing: then it is a script for certain, and it has started when it is first run. */
  readonly script: boolean;
  /** The names that it exports; undefined where only loading it would tell. */
  readonly exports: readonly string[] | undefined;
  /** What an image of the catalogue runs: it has no module. Undefined for all others. */
  readonly config: ImageConfig | undefined;
  /** What the loader has to be told before; undefined if nothing. */
  readonly hooks: LoaderData | undefined;
}

/** What a container runs that runs no function of a module: a command, as exec knows them (commands/run-command.ts). */
export interface MainCommand {
  readonly command: readonly string[];
  /** The file with the commands. */
  readonly file: string;
  /** Whether a terminal shows it. */
  readonly tty: boolean;
  /** As of a command beside it (exec/session.ts). */
  readonly processes?: readonly ContainerProcess[] | undefined;
}

/** One container, as its thread needs to know it. */
export interface Assignment {
  readonly code: Code;
  /** The options that Node would have been started with: `process.execArgv`. A program hands them to what it forks. */
  readonly execArgv: readonly string[];
  /** The export to run; the default export where left out. */
  readonly functionName: string | undefined;
  /** What is run instead of the module; undefined: the module. */
  readonly main: MainCommand | undefined;
  readonly sockets: PodSockets;
  /** What child processes of it begin with: a file (inner-entry.ts). */
  readonly innerFile: string;
  readonly mounts: readonly Mount[];
  /** Where commands begin; undefined where nothing is said of it. */
  readonly workingDir: string | undefined;
  /** As whom its commands are; undefined: as whom the program is on the machine. */
  readonly user: User | undefined;
  /** What the container was given: `--name=value` become parameters, and a script finds them in process.argv. */
  readonly args: readonly string[];
  /** The whole environment: a container inherits nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly self: Self;
  /** The memory of the ring for what is printed (output-ring.ts). Undefined in a child process, which has pipes. */
  readonly printed: SharedArrayBuffer | undefined;
}

/** The identity of a container, as its worker function sees it. */
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

/** What the threads that a container's program has started tell, each on the channel of that container. */
export type InnerReport =
  | { readonly type: "signal"; readonly name: string; readonly number: number }
  | { readonly type: "child"; readonly pid: number; readonly hasEnded: boolean };

/** The name of their BroadcastChannel, by the id of the container's thread. */
export const innerChannel = (threadId: number): string => `k4s-container-${threadId}`;

/** Which pod it is, on the network. */
export function placeOf({ sockets, self: { node }, env }: Assignment): NetworkPlace {
  return { sockets, node, hostname: sockets.hostname ?? env.HOSTNAME ?? "" };
}
