/**
 * What the checker and the process that plays the scenarios say to each other. The checker writes one job to the process's
 * stdin; the process writes reports, a line each, to descriptor 3. A report begins with the job's secret: code that
 * is being checked runs in the same process and may write anywhere, but what it writes counts for nothing.
 */
import type { Finding } from "./mismatch.ts";

export interface Job {
  readonly secret: string;
  /** The check module of the exercise. */
  readonly check: string;
  /** The manifest of the exercise. */
  readonly manifest: string;
  /** The copy of the learner's file that is checked. */
  readonly file: string;
  /** The image of the learner's module, `04-errors`, and the folders that hold it and the partners. */
  readonly image: string;
  readonly images: readonly [string, string];
  /** How long a scenario waits for an answer or a condition before it says that it did not come. */
  readonly patienceMs: number;
  /** The scenarios to play, by their place in the check. */
  readonly scenarios: readonly number[];
}

export type Report =
  /** Comes twice a second, as long as the main thread of the process is not stuck. */
  { readonly type: "alive" } | ScenarioReport;

export type ScenarioReport =
  | { readonly type: "passed"; readonly scenario: number }
  | {
      readonly type: "failed";
      readonly scenario: number;
      readonly finding: Finding;
      /** `line` of the learner's file, where an error came from there. */
      readonly line?: number;
      readonly printed: readonly string[];
    };

/** One report as a line. */
export function encodeReport(secret: string, report: Report): string {
  return `${secret} ${JSON.stringify(report)}\n`;
}

/** The report that a line holds; undefined for anything else. */
export function decodeReport(secret: string, line: string): Report | undefined {
  if (!line.startsWith(`${secret} `)) return undefined;
  try {
    return JSON.parse(line.slice(secret.length + 1)) as Report;
  } catch {
    return undefined;
  }
}
