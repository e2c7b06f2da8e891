/**
 * One child process that plays the scenarios of a job, from its start until it and all that it started are gone. It is
 * watched from out here: its signs of life, its memory, what it says. However it ends, there is an Ending.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { projectFolder } from "./exercise.ts";
import { decodeReport, type Job, type ScenarioReport } from "./job.ts";
import { residentBytes } from "./memory.ts";

export interface Limits {
  /** How long a scenario waits for one thing. */
  readonly patienceMs: number;
  /** How long the child may load what plays the scenarios, before any of the learner's code runs: a busy machine takes long. */
  readonly startMs: number;
  /** How long the child may give no sign of life after that: beyond that its main thread is stuck. */
  readonly silenceMs: number;
  readonly memoryBytes: number;
}

/** The process that plays the scenarios; relative imports and "k4s" work in it as in this project. */
const childModule = fileURLToPath(new URL("player.ts", import.meta.url));

/** Of a report, in characters. */
const longestLine = 1_000_000;

/** What the child said, and how it ended. */
export interface Ending {
  readonly reports: readonly ScenarioReport[];
  readonly how: string;
}

/** One child, from its start until it and all that it started are gone. */
export class Child {
  readonly #job: Job;
  readonly #limits: Limits;
  readonly #reports: ScenarioReport[] = [];
  readonly #process: ChildProcess;
  /** Why we ended it, where we did. */
  #because: string | undefined;
  #lastWords = "";

  constructor(job: Job, limits: Limits) {
    this.#job = job;
    this.#limits = limits;
    const heapMb = Math.floor(limits.memoryBytes / 2_000_000);
    this.#process = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMb}`, "--import", readsTypeScript(), childModule],
      {
        cwd: this.#job.images[0],
        env: environment(),
        // A group of its own, so that what the learner's code starts ends with it.
        detached: process.platform !== "win32",
        stdio: ["pipe", "pipe", "pipe", "pipe"],
      },
    );
  }

  run(signal?: AbortSignal): Promise<Ending> {
    const child = this.#process;
    const kill = () => this.#kill();
    process.once("exit", kill);
    const memory = setInterval(() => this.#watchMemory(), 100);
    const { startMs, silenceMs } = this.#limits;
    let silence = setTimeout(() => this.#late(), startMs);
    let farewell: NodeJS.Timeout | undefined;
    const abort = () => this.#end("the check was given up");
    signal?.addEventListener("abort", abort, { once: true });

    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (piece: Buffer) => this.#heard(piece));
    }
    // The learner's code may close any of these; then there is nothing to hear, and that is all.
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.stdin?.write(`${JSON.stringify(this.#job)}\n`);
    const reports = child.stdio[3] as Readable;
    eachLine(reports, text => {
      const report = decodeReport(this.#job.secret, text);
      if (!report) return;
      clearTimeout(silence);
      silence = setTimeout(() => this.#silent(), silenceMs);
      if (report.type === "alive") return;
      this.#reports.push(report);
      // All is said. Whatever still runs in there has nothing to add.
      if (this.#reports.length === this.#job.scenarios.length) farewell = setTimeout(kill, 500);
    });

    return new Promise((resolve, reject) => {
      const settle = (how: string) => {
        clearInterval(memory);
        clearTimeout(silence);
        clearTimeout(farewell);
        process.off("exit", kill);
        signal?.removeEventListener("abort", abort);
        kill();
        if (signal?.aborted) reject(signal.reason);
        else resolve({ reports: this.#reports, how: this.#because ?? how });
      };
      child.once("error", error => settle(`the process could not be started: ${error.message}`));
      child.once("exit", (code, killedBy) => {
        // The last reports may still be in the pipe.
        const how = `the process ended early, ${killedBy ? `by ${killedBy}` : `with exit code ${code}`}`;
        const words = () => (this.#lastWords.trim() ? `${how}\n${lastLines(this.#lastWords)}` : how);
        if (reports.destroyed) return settle(words());
        reports.once("close", () => settle(words()));
        setTimeout(() => reports.destroy(), 1_000).unref();
      });
    });
  }

  #heard(piece: Buffer): void {
    this.#lastWords = (this.#lastWords + piece.toString("utf8")).slice(-4_000);
  }

  /** Nothing of the learner's has run yet, so it is not the learner's fault. */
  #late(): void {
    const seconds = this.#limits.startMs / 1000;
    this.#end(`the check did not begin within ${seconds} seconds: is the machine very busy? Check again`);
  }

  #silent(): void {
    const seconds = this.#limits.silenceMs / 1000;
    this.#end(`nothing moved for ${seconds} seconds: is there a loop that never ends?`);
  }

  async #watchMemory(): Promise<void> {
    const { pid } = this.#process;
    const used = pid === undefined ? 0 : await residentBytes(pid);
    if (used <= this.#limits.memoryBytes) return;
    const limitMb = Math.round(this.#limits.memoryBytes / 1e6);
    this.#end(`it used more than ${limitMb} MB of memory: is something growing for ever?`);
  }

  #end(because: string): void {
    this.#because ??= because;
    this.#kill();
  }

  /** The child and everything that it started. */
  #kill(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#process.kill("SIGKILL");
      else process.kill(-pid, "SIGKILL");
    } catch {
      // They are gone already.
    }
  }
}

/** Calls `take` with each line. A line without end is not kept: whoever writes that has nothing to say. */
function eachLine(stream: Readable, take: (line: string) => void): void {
  let begun = "";
  stream.setEncoding("utf8");
  stream.on("data", (piece: string) => {
    const lines = (begun + piece).split("\n");
    begun = (lines.pop() ?? "").slice(-longestLine);
    lines.forEach(take);
  });
}

/** What lets the child read TypeScript: tsx, unless the checker itself was told of something else. */
function readsTypeScript(): string {
  return process.env.K4S_READS_TYPESCRIPT ?? import.meta.resolve("tsx");
}

/** No more than a program needs: a grader's secrets are no business of what is checked. */
function environment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR", "TMP", "TEMP", "SystemRoot", "USERPROFILE", "APPDATA"];
  // It says where "k4s" is: in the source, unless the checker itself was told otherwise.
  const { TSX_TSCONFIG_PATH = join(projectFolder, "tsconfig.json") } = process.env;
  const env: NodeJS.ProcessEnv = { NO_COLOR: "1", TSX_TSCONFIG_PATH };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return env;
}

/** What it said about its end: the error and what follows, or else its last lines. */
function lastLines(text: string): string {
  const lines = text.trimEnd().split("\n");
  const error = lines.findIndex(line => /^(Uncaught )?\w*Error\b/.test(line));
  return (error < 0 ? lines.slice(-6) : lines.slice(error, error + 6)).join("\n");
}
