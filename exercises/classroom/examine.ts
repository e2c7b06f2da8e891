/**
 * Checks one file against one exercise, in a child process of its own. The child gets a copy of the file, as it is now, and
 * a limit of time and memory that is kept from out here: an endless loop, a full memory, a process.exit or a flood of output
 * ends the child, never the checker. What the child did not report has failed, and the verdict says how the child ended.
 *
 * This protects from mistakes, not from malice: learners' code runs with the rights of whoever runs the checker.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Check } from "./check.ts";
import { checkOf, type Exercise, exercisesFolder, placesOf, projectFolder, shown } from "./exercise.ts";
import { decodeReport, type Job, type Report } from "./job.ts";
import { residentBytes } from "./memory.ts";
import type { Problem, ScenarioVerdict, Verdict } from "./verdict.ts";

export interface Limits {
  /** How long a scenario waits for one thing. */
  readonly patienceMs: number;
  /** How long the child may be silent: beyond that not even its main thread works. */
  readonly silenceMs: number;
  readonly memoryBytes: number;
}

const usualLimits: Limits = { patienceMs: 6_000, silenceMs: 45_000, memoryBytes: 1_200_000_000 };

/** The process that plays the scenarios; relative imports and "k4s" work in it as in this project. */
const childModule = fileURLToPath(new URL("child.ts", import.meta.url));

/** @param options.signal gives up: the child is killed and the promise rejects with the signal's reason. */
export async function examine(
  exercise: Exercise,
  file: string,
  { signal, ...limits }: Partial<Limits> & { signal?: AbortSignal } = {},
): Promise<Verdict> {
  const check = await checkOf(exercise);
  const copies = join(exercisesFolder, "work", ".check", randomUUID());
  const clean = () => rmSync(copies, { recursive: true, force: true });
  process.once("exit", clean);
  mkdirSync(copies, { recursive: true });
  try {
    const text = readFileSync(file, "utf8");
    writeFileSync(join(copies, `${exercise.name}.ts`), text);
    const job: Job = {
      secret: randomUUID(),
      check: join(exercise.folder, "check.ts"),
      manifest: join(exercise.folder, "exercise.yaml"),
      image: exercise.name,
      images: [copies, join(exercisesFolder, "partners")],
      patienceMs: limits.patienceMs ?? usualLimits.patienceMs,
    };
    const ending = await new Child(job, check.scenarios.length, { ...usualLimits, ...limits }).run(signal);
    return verdictOf(exercise, { file, text, copies }, check, ending);
  } finally {
    process.off("exit", clean);
    clean();
  }
}

/** What the child said, and how it ended. */
interface Ending {
  readonly reports: readonly Report[];
  readonly how: string;
}

/** One child, from its start until it and all that it started are gone. */
class Child {
  readonly #job: Job;
  readonly #expected: number;
  readonly #limits: Limits;
  readonly #reports: Report[] = [];
  readonly #process: ChildProcess;
  /** Why we ended it, where we did. */
  #because: string | undefined;
  #lastWords = "";

  constructor(job: Job, expected: number, limits: Limits) {
    this.#job = job;
    this.#expected = expected;
    this.#limits = limits;
    const heapMb = Math.floor(limits.memoryBytes / 2_000_000);
    this.#process = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMb}`, "--import", import.meta.resolve("tsx"), childModule],
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
    let silence = setTimeout(() => this.#silent(), this.#limits.silenceMs);
    const abort = () => this.#end("the check was given up");
    signal?.addEventListener("abort", abort, { once: true });

    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (piece: Buffer) => this.#heard(piece));
    }
    // The learner's code may close any of these; then there is nothing to hear, and that is all.
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.stdin?.write(`${JSON.stringify(this.#job)}\n`);
    const line = child.stdio[3];
    if (line && "read" in line) {
      createInterface({ input: line }).on("line", text => {
        const report = decodeReport(this.#job.secret, text);
        if (!report) return;
        this.#reports.push(report);
        clearTimeout(silence);
        silence = setTimeout(() => this.#silent(), this.#limits.silenceMs);
        // All is said. Whatever still runs in there has nothing to add.
        if (this.#reports.length === this.#expected) setTimeout(kill, 500).unref();
      });
    }

    return new Promise((resolve, reject) => {
      const settle = (how: string) => {
        clearInterval(memory);
        clearTimeout(silence);
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
        if (!line || !("read" in line) || line.destroyed) settle(words());
        else {
          line.once("close", () => settle(words()));
          setTimeout(() => line.destroy(), 1_000).unref();
        }
      });
    });
  }

  #heard(piece: Buffer): void {
    this.#lastWords = (this.#lastWords + piece.toString("utf8")).slice(-4_000);
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

/** No more than a program needs: a grader's secrets are no business of what is checked. */
function environment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "LANG", "TMPDIR", "TMP", "TEMP", "SystemRoot", "USERPROFILE", "APPDATA"];
  const env: NodeJS.ProcessEnv = { NO_COLOR: "1", TSX_TSCONFIG_PATH: join(projectFolder, "tsconfig.json") };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return env;
}

/** What it said about its end: the error and what follows, or else its last lines. */
function lastLines(text: string): string {
  const lines = text.trimEnd().split("\n");
  const error = lines.findIndex(line => /^(Uncaught )?\w*Error\b/.test(line));
  return (error < 0 ? lines.slice(-6) : lines.slice(error, error + 6)).join("\n");
}

/** The learner's file, the text that was checked, and the folder of the copy that was run. */
interface Work {
  readonly file: string;
  readonly text: string;
  readonly copies: string;
}

function verdictOf(
  exercise: Exercise,
  { file, text, copies }: Work,
  check: Check,
  { reports, how }: Ending,
): Verdict {
  const scenarios = check.scenarios.map(({ name, task, points: of }, index): ScenarioVerdict => {
    const report = reports.find(({ scenario }) => scenario === index);
    if (report?.type === "passed") return { name, task, points: of, of, passed: true };
    const finding = report?.finding ?? { did: "ran the scenario", expected: "an end to it", happened: how };
    const place =
      report?.line === undefined ? [] : [`${shown(file)}:${report.line} (where the error came from)`];
    const happened = readable(finding.happened);
    const printed = (report?.printed ?? [])
      .map(readable)
      .filter(line => line !== "" && !happened.includes(textOf(line)));
    const look = [...place, ...placesOf(exercise, task, file, text)];
    const problem: Problem = { did: finding.did, expected: finding.expected, happened, look, printed };
    return { name, task, points: 0, of, passed: false, problem };
  });
  const sum = (of: (scenario: ScenarioVerdict) => number) =>
    scenarios.reduce((all, each) => all + of(each), 0);
  return {
    exercise: exercise.name,
    title: exercise.title,
    file: shown(file),
    points: sum(({ points }) => points),
    of: sum(({ of }) => of),
    passed: scenarios.every(({ passed }) => passed),
    scenarios,
  };

  /** Errors name the copy that was run; the learner knows the original. Of a stack only the learner's lines help. */
  function readable(text: string): string {
    return (
      text
        .replaceAll(join(copies, `${exercise.name}.ts`), shown(file))
        // The bundler knows it by its bare name.
        .replace(new RegExp(`(?<![\\w./-])${exercise.name}\\.ts(?=:\\d)`, "g"), shown(file))
        .split("\n")
        .filter(
          line =>
            !/^\S* *at /.test(line) ||
            /exercises\/(work|partners|\d\d-)/.test(line) ||
            line.includes(shown(file)),
        )
        .map(line => line.replaceAll(join(projectFolder, "/"), ""))
        .join("\n")
    );
  }
}

/** A line of a log without the name of the pod before it. */
function textOf(line: string): string {
  return line.replace(/^\S+: /, "");
}
