/** Runs the two scripts that go from nothing to a first answer, each in a new process as a person would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { byPace } from "./pace.ts";
import { dist, root, workers } from "./places.ts";
import type { OpenSide, Side } from "./row.ts";
import { median } from "./statistics.ts";

const runsPerRound = byPace(2, 5, 5);

/** What is counted: from the script's first line as it says itself, or from starting the process to the answer. */
export type Count = "from the import" | "the whole process";

export function firstAnswerSides(count: Count): Map<string, OpenSide> {
  const k4sArguments = [pathToFileURL(join(dist, "index.js")).href, workers];
  return new Map<string, OpenSide>([
    ["k4s", () => k4sSide(count, k4sArguments)],
    ["raw new Worker", () => side(count, "first-answer-raw.mjs", [])],
  ]);
}

/** In a project of its own, where the same program has run before, for a second. */
async function k4sSide(count: Count, args: readonly string[]): Promise<Side> {
  const project = mkdtempSync(join(tmpdir(), "k4s-first-answer-"));
  mkdirSync(join(project, "node_modules"));
  await runOnce(count, "first-answer-k4s.mjs", [...args, "1000"], project);
  const { round } = await side(count, "first-answer-k4s.mjs", args, project);
  return { round, close: async () => rmSync(project, { recursive: true }) };
}

async function side(count: Count, script: string, args: readonly string[], cwd = root): Promise<Side> {
  async function round(): Promise<number> {
    const taken: number[] = [];
    for (let n = 0; n < runsPerRound; n++) taken.push(await runOnce(count, script, args, cwd));
    return median(taken);
  }
  return { round, close: async () => {} };
}

async function runOnce(count: Count, script: string, args: readonly string[], cwd: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, "bench", "scripts", script), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd,
  });
  let printed = "";
  let taken = Number.NaN;
  child.stdout.on("data", data => {
    taken = performance.now() - began;
    printed += data;
  });
  const [code] = await once(child, "close");
  if (code !== 0 || printed === "") throw new Error(`${script} ended with exit code ${code} and no answer.`);
  return count === "from the import" ? Number(printed) : taken;
}
