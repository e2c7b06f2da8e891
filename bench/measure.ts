/**
 * Runs one row. Each side lives in a process of its own, so that no side pays for another's garbage, threads or
 * compiled code; all of them wait while one is asked for a round, and they take turns, A B A B, so that a slow minute
 * of the machine hits all of them alike. Some rounds before the first warm up and are not counted.
 */
import { type ChildProcess, fork } from "node:child_process";
import { pointsOf, roundsOf, warmUpsOf } from "./pace.ts";
import type { OpenSide, Outcome, Row, RowResult, Side } from "./row.ts";

/** Longer than a side needs to start or to measure once; after that it counts as failed. */
function patienceOf({ openSeconds = 0 }: Row): number {
  return Math.max(120, 4 * openSeconds) * 1_000;
}

/**
 * Measures every side of the row at every point. `program` is the file that answers `--side`; `nodeOptions` are for
 * k4s's own process, to profile it.
 */
export async function measure(
  row: Row,
  program: string,
  nodeOptions: readonly string[] = [],
): Promise<RowResult> {
  const outcomes: Outcome[] = [];
  for (const at of pointsOf(row)) outcomes.push(...(await measureAt(row, at, program, nodeOptions)));
  return { id: row.id, outcomes };
}

async function measureAt(
  row: Row,
  at: number,
  program: string,
  nodeOptions: readonly string[],
): Promise<Outcome[]> {
  const contestants = [...row.sides.keys()].map(
    (side, n) => new Contestant(side, at, program, n === 0 ? nodeOptions : [], patienceOf(row)),
  );
  const isFresh = row.fresh === true;
  const rounds = async (count: number, isCounted: boolean) => {
    for (let n = 0; n < count; n++) {
      for (const contestant of contestants) {
        if (isFresh) await contestant.open();
        await contestant.round({ isCounted });
        if (isFresh) await contestant.close();
      }
    }
  };
  try {
    if (!isFresh) await Promise.all(contestants.map(contestant => contestant.open()));
    await rounds(warmUpsOf(row), false);
    await rounds(roundsOf(row), true);
  } finally {
    await Promise.all(contestants.map(contestant => contestant.close()));
  }
  return contestants.map(contestant => contestant.outcome());
}

type Answer = { value?: number; failure?: string };

/** One side's process, seen from outside. Once it has failed it stays out of the row. */
class Contestant {
  readonly #side: string;
  readonly #at: number;
  readonly #program: string;
  readonly #patienceMs: number;
  readonly #nodeOptions: readonly string[];
  readonly #values: number[] = [];
  #failure: string | undefined;
  #child: ChildProcess | undefined;

  constructor(side: string, at: number, program: string, nodeOptions: readonly string[], patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.#side = side;
    this.#at = at;
    this.#program = program;
    this.#nodeOptions = nodeOptions;
  }

  async open(): Promise<void> {
    if (this.#failure !== undefined) return;
    const args = ["--side", this.#side, "--at", String(this.#at)];
    this.#child = fork(this.#program, args, { execArgv: [...this.#nodeOptions] });
    await this.#answer(this.#child);
  }

  async round({ isCounted }: { isCounted: boolean }): Promise<void> {
    const child = this.#child;
    if (!child || this.#failure !== undefined) return;
    child.send("round");
    const { value } = await this.#answer(child);
    if (value !== undefined && isCounted) this.#values.push(value);
  }

  /** Asks the process to end and makes sure that it does. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise(resolve => child.once("exit", resolve));
    if (this.#failure !== undefined || !child.connected) child.kill("SIGKILL");
    else child.send("close");
    const force = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await exited;
    clearTimeout(force);
  }

  outcome(): Outcome {
    const failed = this.#failure !== undefined;
    return {
      side: this.#side,
      at: this.#at,
      values: failed ? [] : this.#values,
      ...(failed && { failure: this.#failure }),
    };
  }

  /** The process's next answer; its end or its silence is a failure. */
  async #answer(child: ChildProcess): Promise<Answer> {
    const answer = await new Promise<Answer>(resolve => {
      const silence = setTimeout(
        () => finish({ failure: `no answer within ${this.#patienceMs / 1000} s` }),
        this.#patienceMs,
      );
      const onExit = (code: number | null, signal: string | null) =>
        finish({ failure: `its process ended with ${signal ?? code}` });
      const finish = (message: unknown) => {
        clearTimeout(silence);
        child.off("exit", onExit);
        child.off("message", finish);
        resolve(message as Answer);
      };
      child.once("message", finish);
      child.once("exit", onExit);
    });
    if (answer.failure !== undefined) this.#failure = answer.failure;
    return answer;
  }
}

/** What the side's own process does: start, say so, then answer each "round" until told to close. */
export async function serveSide(open: OpenSide, at: number): Promise<void> {
  const say = (answer: Answer) => process.send?.(answer);
  let side: Side;
  try {
    side = await open(at);
    say({});
  } catch (error) {
    say({ failure: textOf(error) });
    return;
  }
  process.on("message", async message => {
    try {
      if (message === "round") {
        say({ value: await side.round() });
      } else {
        await side.close();
        process.disconnect?.();
        process.exit(0);
      }
    } catch (error) {
      say({ failure: textOf(error) });
    }
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
