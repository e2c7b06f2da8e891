/**
 * How a node runs containers. This is the port; its drivers stand in runtimes/: `thread` (a worker thread), `process` (a
 * child process) and `hollow` (pretends). runtime.suite.ts holds what all of them must do. What a driver promises:
 *
 * 1. `start` returns at once and never throws; what goes wrong is told by `started`.
 * 2. `started` is settled before `exited` is, and `exited` always comes, once, and never rejects.
 * 3. `kill` ends the container whatever it is doing; `stop` asks, and may be ignored. Both are harmless at any time.
 * 4. When `exited` has resolved, nothing of the container is left, and all its output has been handed over.
 */
import type { Exit, Port } from "../../messages/index.ts";
import type {
  Code,
  MainCommand,
  Mount,
  OutputPiece,
  PodSockets,
  Self,
  Series,
  SessionOptions,
  User,
} from "../../worker/index.ts";
import type { Session } from "../streams/index.ts";

export type { Exit } from "../../messages/index.ts";

export interface Runtime {
  /** As in a RuntimeClass's handler, and in container ids: `thread://…`. */
  readonly name: string;
  /** False where images are never looked at (hollow). */
  readonly runsImages: boolean;
  /** True where starts are so many and so cheap that no event should tell of each. */
  readonly quiet: boolean;
  /** True where containers live in another process: what is sent to them is copied, never handed over. */
  readonly copies: boolean;
  /** A container is about to be started: a driver may get a thread ready meanwhile, or do nothing. */
  warmUp(): void;
  start(container: ContainerStart): RunningContainer;
  /** Ends everything that still runs, and what is kept ready. */
  close(): Promise<void>;
}

/** What is to be run, as data, and where its output goes. */
export interface ContainerStart {
  readonly code: Code;
  /** The export to run; the default export where left out. */
  readonly functionName: string | undefined;
  readonly args: readonly string[];
  /** The command that is run instead of the module; undefined: the module. */
  readonly main: Omit<MainCommand, "file"> | undefined;
  /** Where the pod listens on ports. */
  readonly sockets: PodSockets;
  /** Where volumes lie that it sees elsewhere. */
  readonly mounts: readonly Mount[];
  /** Where its commands begin; undefined where nothing is said of it. */
  readonly workingDir?: string | undefined;
  /** As whom its commands are; as whom this program is where left out. */
  readonly user?: User | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly self: Self;
  /** Whether its stdin stays open for what attached sessions write. */
  readonly stdin: boolean;
  /** The limit of its memory, in bytes; the driver's default where left out. */
  readonly memoryBytes: number | undefined;
  /** Whether its end is what is waited for, as of an init container or the pod of a Job. */
  readonly isToComplete: boolean;
  /** The pod's annotations: some drivers are told things there. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Called when its program is about to start a thread or a child process. */
  readonly onInner?: () => void;
  /** Called with what the container prints, in order. */
  readonly output: (pieces: readonly OutputPiece[]) => void;
}

export interface RunningContainer {
  /** Unique among all containers, `thread://3f…`. */
  readonly id: string;
  /** The network's end of the container's control port; undefined where it has none. */
  readonly control: Port | undefined;
  /** Resolves when the container runs; rejects with a StartFailure if there is nothing to run or it does not get going. */
  readonly started: Promise<void>;
  /** False where nothing can listen on its ports: a probe over the network then asks whether it runs at all. */
  readonly hasPorts: boolean;
  /** False where no program can be run: a probe or hook that runs one then asks whether it runs at all. */
  readonly hasPrograms: boolean;
  readonly exited: Promise<Exit>;
  /** Asks it to stop: after `graceMs` it will be killed. */
  stop(graceMs: number): void;
  /** Ends it at once: exit code 137. */
  kill(): void;
  /** Resolves when what it has printed by now has been handed over. */
  flush(): Promise<void>;
  /** Runs a command beside what it runs (worker/exec/interpreter.ts). Never throws: what is wrong is told by the session. */
  exec(command: readonly string[], options?: SessionOptions): Session;
  /** Bytes for its stdin, or undefined for the end of it; nothing happens where it has none. */
  input(bytes: Uint8Array | undefined): void;
  /** What it uses, as far as the driver can tell. One that is too busy to answer is told as it was seen last. Never rejects. */
  usage(): Promise<Usage>;
}

export interface Usage {
  /** Since it started, in milliseconds. */
  readonly ageMs: number;
  /** Processor time since it started, in milliseconds. */
  readonly cpuMs: number;
  /** Memory as last seen, in bytes; undefined where it was never asked. */
  readonly memoryBytes: number | undefined;
  /** What its worker function has reported, as last heard of; undefined where it never was. */
  readonly reported: Reported | undefined;
}

/** What a worker function reported of itself (worker/metrics.ts). */
export interface Reported {
  /** When it was told, in milliseconds since 1970. */
  readonly at: number;
  readonly series: readonly Series[];
}

/** Why a container did not get going; `reason` as in `state.waiting`. */
export class StartFailure extends Error {
  readonly reason: "CreateContainerError" | "RunContainerError";

  constructor(reason: StartFailure["reason"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StartFailure";
    this.reason = reason;
  }
}

/** The exit of a container that ended with a code of its own. */
export function exitOf(exitCode: number, message?: string): Exit {
  if (exitCode === 0) return { exitCode, reason: "Completed" };
  return { exitCode, reason: "Error", ...(message === undefined ? {} : { message: shortened(message) }) };
}

/** The exit of a container that was killed. */
export const killed: Exit = { exitCode: 137, reason: "Error" };

/** The exit of a container that took more memory than it may: nobody finds a limit that no manifest names. */
export function killedForMemory(limitBytes: number | undefined, usualBytes: number): Exit {
  const limit = `${Math.round((limitBytes ?? usualBytes) / 2 ** 20)} MiB`;
  const message =
    limitBytes === undefined
      ? `it took more memory than the ${limit} of a container without a limit: set resources.limits.memory`
      : `it took more memory than its limit, ${limit}`;
  return { exitCode: 137, reason: "OOMKilled", message };
}

/** As long as the message in `state.terminated` may be in Kubernetes. */
function shortened(message: string): string {
  return message.length <= 4096 ? message : `${message.slice(0, 4095)}…`;
}
