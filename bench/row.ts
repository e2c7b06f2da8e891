/**
 * What a row of the table is: one question ("requests per second, 64 in flight"), the sides that are asked it, k4s
 * first, and what k4s is to reach beside the others. A row is data and a few functions; `measure.ts` runs it.
 */

/** One side of a comparison, started and ready. It lives in a process of its own. */
export interface Side {
  /** Measures for a short while and resolves to one value in the row's unit. */
  round(): Promise<number>;
  /** Ends all it started. */
  close(): Promise<void>;
}

/** Starts a side; `at` is the point of a growth curve, and 0 in rows that have none. */
export type OpenSide = (at: number) => Promise<Side>;

/** What k4s is to reach: a multiple of another side, of the best of several, or a plain number in the row's unit. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** The sides k4s is compared with; where there are several, with the best. Left out: the number is absolute. */
  readonly of?: readonly string[];
  /** How the table calls them. */
  readonly label?: string;
}

export const parts = [
  "messages",
  "fairness",
  "starting",
  "control-plane",
  "network",
  "server",
  "growth",
] as const;

export interface Row {
  /** The name of its file. */
  readonly id: string;
  readonly part: (typeof parts)[number];
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** How many measured rounds each side gets. */
  readonly rounds: number;
  /** About how long a round takes, where it is not the load of the pace; for the estimate and the warming up. */
  readonly roundSeconds?: number;
  /** About how long the sides take to start, all at once; a second, and a quarter for each, where left out. */
  readonly openSeconds?: number;
  /** Whether each round needs a process that has done nothing yet; only the machine is warmed up then. */
  readonly fresh?: boolean;
  /** The points of a growth curve; in a quick run only every second one is measured. */
  readonly points?: { readonly label: string; readonly values: readonly number[] };
  readonly sides: ReadonlyMap<string, OpenSide>;
  readonly goals: readonly Goal[];
  /** What a reader has to know to read the numbers. */
  readonly note?: string;
}

/** What came out for one side, at one point of the curve if there is one. */
export interface Outcome {
  readonly side: string;
  readonly at: number;
  /** One value a round; empty where it failed. */
  readonly values: readonly number[];
  /** Why there are no values. */
  readonly failure?: string;
}

export interface RowResult {
  readonly id: string;
  readonly outcomes: readonly Outcome[];
}
