/** How a scenario ends when it does not end well: what it did, what was expected of the learner's code, and what happened. */

/** The learner's code did something else than the scenario expects. */
export class Mismatch extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`expected ${finding.expected}, but ${finding.happened}`);
    this.name = "Mismatch";
    this.finding = finding;
  }
}

export interface Finding {
  /** What the scenario did: `asked "echo" with "hello"`. */
  readonly did: string;
  readonly expected: string;
  readonly happened: string;
}
