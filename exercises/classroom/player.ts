/**
 * The process in which the learner's code runs: it plays the scenarios of one check, one after the other, each in a fresh
 * cluster, and reports. It trusts nobody to end it well: whatever it does not report in time, the checker decides
 * (examine.ts), and kills it.
 */
import { readFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { Cluster, seededRandom, VirtualClock } from "k4s";
import { passing } from "../../demos/virtual-time.ts";
import type { Check, Scenario } from "./check.ts";
import { encodeReport, type Job, type Report } from "./job.ts";
import { type Finding, Mismatch } from "./mismatch.ts";
import { Scene } from "./scene.ts";
import { showError } from "./show.ts";

/** The checker's line; the descriptor after stdin, stdout and stderr. */
const reports = 3;
/** A scenario is given up when it took so many times its patience, and as long again as threads may take to start. */
const patiences = 4;
const startMs = 10_000;
/** So long may a cluster take to stop before the next scenario begins beside it. */
const stopMs = 2_000;

const job = await readJob();
const check: Check = (await import(pathToFileURL(job.check).href)).default;
report({ type: "alive" });
setInterval(() => report({ type: "alive" }), 500);
for (const [index, scenario] of check.scenarios.entries())
  if (job.scenarios.includes(index)) report(await play(index, scenario));
process.exit(0);

/** Written in one go and at once: what the learner's code does next cannot hold it up. */
function report(what: Report): void {
  writeSync(reports, encodeReport(job.secret, what));
}

/** The first line of stdin. When the rest ends, the checker is gone, and so are we. */
function readJob(): Promise<Job> {
  return new Promise(resolve => {
    let text = "";
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (piece: string) => {
      text += piece;
      if (text.includes("\n")) resolve(JSON.parse(text));
    });
    process.stdin.on("end", () => process.exit(1));
  });
}

async function play(index: number, scenario: Scenario): Promise<Report> {
  let cluster: Cluster | undefined;
  const clock = check.isVirtual ? new VirtualClock() : undefined;
  try {
    const { learner, error } = check.cluster ? await loadLearner() : {};
    if (error) throw error;
    cluster = new Cluster({
      images: [...job.images],
      random: seededRandom(index + 1),
      ...(clock && { clock, runtime: "hollow" }),
      ...check.options,
      ...(learner && check.cluster?.(learner, job.file)),
    });
    await passing(clock, cluster.start());
    const { patienceMs } = job;
    const manifest = readFileSync(job.manifest, "utf8");
    const learners = readFileSync(job.file, "utf8");
    const scene = new Scene({ cluster, manifest, learners, patienceMs, clock });
    await inTime(scenario.run(scene), patienceMs * patiences + startMs);
    return { type: "passed", scenario: index };
  } catch (error) {
    return await failure(index, error, cluster);
  } finally {
    await Promise.race([cluster && passing(clock, cluster.stop()), later(stopMs)]);
  }
}

/** For a controller: the learner's module itself. What it throws is a finding like any other. */
async function loadLearner(): Promise<{ learner?: Record<string, unknown>; error?: Error }> {
  try {
    return { learner: await import(pathToFileURL(job.file).href) };
  } catch (cause) {
    const happened = cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
    return { error: new Mismatch({ did: "loaded your file", expected: "no error", happened }) };
  }
}

async function failure(index: number, error: unknown, cluster: Cluster | undefined): Promise<Report> {
  const finding: Finding =
    error instanceof Mismatch
      ? error.finding
      : {
          did: "ran the scenario",
          expected: "no surprise",
          happened: error instanceof Error ? (error.stack ?? error.message) : showError(error),
        };
  const printed = cluster ? await Promise.race([lastLines(cluster), later(stopMs)]) : undefined;
  const line = lineIn([finding.happened, ...(printed ?? [])].join("\n"));
  return {
    type: "failed",
    scenario: index,
    finding,
    ...(line !== undefined && { line }),
    printed: printed ?? [],
  };
}

/** What the learner's workers printed last. */
async function lastLines(cluster: Cluster): Promise<string[]> {
  const lines: string[] = [];
  for (const pod of await cluster.list("Pod")) {
    if (!pod.spec.containers.some(({ image }) => image === job.image)) continue;
    const { name } = pod.metadata;
    for (const previous of [true, false]) {
      const text = await logsOf(cluster, name, previous);
      for (const line of text.split("\n").filter(Boolean).slice(-5))
        lines.push(`${name}: ${line.slice(0, 160)}`);
    }
  }
  return lines.slice(-12);
}

async function logsOf(cluster: Cluster, name: string, previous: boolean): Promise<string> {
  try {
    return String(await cluster.logs(`Pod/${name}`, { tailLines: 5, previous }));
  } catch {
    // There is no previous instance, or the pod has not begun: then it has not printed anything.
    return "";
  }
}

/** The first line of the learner's file that a stack names. */
function lineIn(text: string): number | undefined {
  const found = new RegExp(`${basename(job.image)}\\.ts:(\\d+)`).exec(text);
  return found ? Number(found[1]) : undefined;
}

async function inTime(work: Promise<void>, ms: number): Promise<void> {
  const tooLate = Symbol("too late");
  const first = await Promise.race([work, later(ms, tooLate)]);
  if (first !== tooLate) return;
  throw new Mismatch({
    did: "ran the scenario",
    expected: `it to be over within ${ms / 1000} seconds`,
    happened: "it was not: something is waiting for an answer that never comes",
  });
}

function later<T = undefined>(ms: number, value?: T): Promise<T | undefined> {
  return new Promise(resolve => setTimeout(resolve, ms, value));
}
