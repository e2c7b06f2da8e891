/**
 * Checks one file against one exercise, in a child process of its own. The child gets a copy of the file, as it is now, and
 * a limit of time and memory that is kept from out here: an endless loop, a full memory, a process.exit or a flood of output
 * ends the child, never the checker. What the child did not report has failed, and the verdict says how the child ended.
 *
 * This protects from mistakes, not from malice: learners' code runs with the rights of whoever runs the checker.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { Child, type Ending, type Limits } from "./child-process.ts";
import { checkOf, type Exercise, exercisesFolder, placesOf, projectFolder, shown } from "./exercise.ts";
import type { Job } from "./job.ts";
import type { Problem, ScenarioVerdict, Verdict } from "./verdict.ts";

const usualLimits: Limits = {
  patienceMs: 6_000,
  startMs: 120_000,
  silenceMs: 15_000,
  memoryBytes: 1_200_000_000,
};

/**
 * @param options.only plays one scenario, by its place in the check; the verdict is about that one
 * @param options.signal gives up: the child is killed and the promise rejects with the signal's reason
 */
export async function examine(
  exercise: Exercise,
  file: string,
  { signal, only, ...limits }: Partial<Limits> & { signal?: AbortSignal; only?: number } = {},
): Promise<Verdict> {
  signal?.throwIfAborted();
  const check = await checkOf(exercise);
  const copies = join(exercisesFolder, "work", ".check", randomUUID());
  const clean = () => rmSync(copies, { recursive: true, force: true });
  process.once("exit", clean);
  mkdirSync(copies, { recursive: true });
  try {
    const text = readFileSync(file, "utf8");
    writeFileSync(join(copies, exercise.file), text);
    const job: Job = {
      secret: randomUUID(),
      check: join(exercise.folder, "check.ts"),
      manifest: join(exercise.folder, "exercise.yaml"),
      image: exercise.name,
      file: join(copies, exercise.file),
      images: [copies, join(exercisesFolder, "partners")],
      patienceMs: limits.patienceMs ?? usualLimits.patienceMs,
      scenarios: only === undefined ? [...check.scenarios.keys()] : [only],
    };
    const ending = await new Child(job, { ...usualLimits, ...limits }).run(signal);
    return verdictOf(exercise, { file, text, copies }, check, { ...ending, played: job.scenarios });
  } finally {
    process.off("exit", clean);
    clean();
  }
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
  { reports, how, played }: Ending & { played: Job["scenarios"] },
): Verdict {
  const scenarios = [...check.scenarios.entries()]
    .filter(([index]) => played.includes(index))
    .map(([index, { name, task, points: of }]): ScenarioVerdict => {
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
        .replaceAll(join(copies, exercise.file), shown(file))
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
