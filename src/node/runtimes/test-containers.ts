/** Containers for the suites of runtimes (*.suite.ts), and what is to be seen of them. */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Code, OutputPiece } from "../../worker/index.ts";
import { codeOfFile } from "../images/index.ts";
import type { Session } from "../streams/session.ts";
import type { ContainerStart, Exit, RunningContainer, Runtime } from "./runtime.ts";

const folder = join(tmpdir(), `k4s-runtime-${randomUUID()}`);
let files = 0;

/** Each test file that makes containers ends with it. */
export function removeCode(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** A worker that runs until it is asked to stop. */
export const untilStopped = "exports.default = async ({ inbox }) => { for await (const _ of inbox); }";

export function codeOf(text: string, extension = "cjs"): Code {
  const file = join(folder, `${files++}-example.${extension}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  return codeOfFile(file);
}

export function containerOf(change: Partial<ContainerStart> = {}): ContainerStart {
  return {
    code: codeOf(untilStopped),
    functionName: "default",
    args: [],
    main: undefined,
    sockets: { prefix: join(folder, ""), podIP: "127.1.2.3" },
    mounts: [],
    env: {},
    self: { name: "p", namespace: "default", node: "n", labels: {}, restarts: 0, pod: "p", container: "c" },
    stdin: false,
    memoryBytes: undefined,
    isToComplete: false,
    annotations: {},
    output: () => {},
    ...change,
  };
}

/** For a module that is run as a script. */
export function scriptOf(text: string): Pick<ContainerStart, "code" | "functionName"> {
  return { code: { ...codeOf(text), script: true }, functionName: undefined };
}

/** Runs it to its end: how it ended, and all that it printed. */
export async function runToEnd(
  runtime: Runtime,
  body: string,
  change: Partial<ContainerStart> = {},
): Promise<{ exit: Exit; text: string }> {
  const printed: OutputPiece[] = [];
  const output = (pieces: readonly OutputPiece[]) => void printed.push(...pieces);
  const running = alone(runtime.start(containerOf({ code: codeOf(body), output, ...change })));
  await running.started.catch(() => {});
  const exit = await running.exited;
  return { exit, text: Buffer.concat(printed.map(({ bytes }) => bytes)).toString() };
}

/** What a command printed, and how it ended. */
export interface Told {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Why no command of its own ended. */
  readonly message?: string;
}

/** Whether its event loop turns; false where the container ends before it does. */
export async function turns(running: RunningContainer): Promise<boolean> {
  const { exitCode } = await running.exec(["event-loop"]).exited;
  return exitCode === 0;
}

export async function told(session: Session): Promise<Told> {
  const printed = { stdout: "", stderr: "" };
  for await (const { stream, bytes } of session.output) printed[stream] += Buffer.from(bytes).toString();
  return { ...(await session.exited), ...printed };
}

/** Answers on the control port as the network does for a container that nobody talks to. */
export function alone(running: RunningContainer): RunningContainer {
  const { control } = running;
  control?.on("message", asked => {
    if ((asked as { type: string }).type === "draining") control.postMessage({ type: "introduced-to-all" });
  });
  void running.exited.then(() => control?.close());
  return running;
}

/** Whether there is such a process, and it has not ended. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch (error) {
    // Where the system has no such file, what has ended is taken note of by and by.
    return (error as NodeJS.ErrnoException).code === "ENOENT" && process.platform !== "linux";
  }
}
