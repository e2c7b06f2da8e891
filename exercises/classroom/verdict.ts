/**
 * What comes out of a check: for each scenario passed or not, and if not, what was expected, what happened and where to
 * look. The same shape goes to the terminal and, as JSON, to a grader.
 */
import chalk from "chalk";

export interface ScenarioVerdict {
  readonly name: string;
  readonly task: number;
  readonly points: number;
  readonly of: number;
  readonly passed: boolean;
  /** Only of one that failed. */
  readonly problem?: Problem;
}

export interface Problem {
  readonly did: string;
  readonly expected: string;
  readonly happened: string;
  /** Places, as `path:line (what is there)`. */
  readonly look: readonly string[];
  /** The last lines that the learner's workers printed. */
  readonly printed: readonly string[];
}

export interface Verdict {
  readonly exercise: string;
  readonly title: string;
  readonly file: string;
  readonly points: number;
  readonly of: number;
  readonly passed: boolean;
  readonly scenarios: readonly ScenarioVerdict[];
}

/** The scenarios with their marks, and the first problem in full: one at a time is enough. */
export function describeVerdict(verdict: Verdict): string {
  const lines: string[] = [];
  let isFirstProblem = true;
  for (const { name, points, of, passed, problem } of verdict.scenarios) {
    const mark = passed ? chalk.green("✔") : chalk.red("✘");
    lines.push(`  ${mark} ${name} ${chalk.dim(`(${points} of ${of} points)`)}`);
    if (problem && isFirstProblem) {
      lines.push(...describeProblem(problem).map(line => `      ${line}`), "");
      isFirstProblem = false;
    }
  }
  return lines.join("\n");
}

function describeProblem({ did, expected, happened, look, printed }: Problem): string[] {
  return [
    ...field("the check", did),
    ...field("expected", expected),
    ...field("happened", chalk.yellow(happened)),
    ...look.flatMap((place, index) => field(index === 0 ? "look at" : "", chalk.cyan(place))),
    ...printed.flatMap((line, index) => field(index === 0 ? "printed" : "", chalk.dim(line))),
  ];
}

/** A name in a column of its own; further lines of the text stay beside it. */
function field(name: string, text: string): string[] {
  return text.split("\n").map((line, index) => `${chalk.bold((index === 0 ? name : "").padEnd(11))}${line}`);
}
