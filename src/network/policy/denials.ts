/**
 * Tells of what NetworkPolicies have denied, for events: of each pair of ends at most once a minute, however often one tries.
 */
import { type Clock, setBounded } from "../../outside/index.ts";
import { nameOfEnd, type PolicyEnd } from "./policy-end.ts";
import { type Verdict, verdictText } from "./verdict.ts";

export interface Denial {
  readonly from: PolicyEnd;
  readonly to: PolicyEnd;
  readonly verdict: Verdict;
  /** In words, with the names of the policies. */
  readonly text: string;
}

const quietMs = 60_000;
/** So many pairs are remembered. */
const mostPairs = 10_000;

export class Denials {
  readonly #clock: Clock;
  readonly #tell: (denial: Denial) => void;
  readonly #toldAt = new Map<string, number>();

  constructor(clock: Clock, tell: (denial: Denial) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  add(verdict: Verdict, from: PolicyEnd, to: PolicyEnd, port?: number): void {
    const pair = `${nameOfEnd(from)} ${nameOfEnd(to)}`;
    const now = this.#clock.now();
    if (now - (this.#toldAt.get(pair) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
    setBounded(this.#toldAt, pair, now, mostPairs);
    this.#tell({ from, to, verdict, text: verdictText(verdict, from, to, port) });
  }
}
