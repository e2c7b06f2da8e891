/** All that can be done in a play of one sort, and the histories that are drawn from it. */
import { type Random, seededRandom } from "../../outside/index.ts";
import type { Act, Step } from "./step.ts";

export class Acts<S> {
  readonly #users: readonly Act<S>[];
  readonly #faults: readonly Act<S>[];
  readonly #byName: ReadonlyMap<string, Act<S>>;

  constructor(users: readonly Act<S>[], faults: readonly Act<S>[]) {
    this.#users = users;
    this.#faults = faults;
    this.#byName = new Map([...users, ...faults].map(act => [act.name, act]));
  }

  /** The faults that a play may have. */
  get faultNames(): readonly string[] {
    return this.#faults.map(({ name }) => name);
  }

  has(act: string): boolean {
    return this.#byName.has(act);
  }

  /**
   * The history of a seed: the same for ever, as far as it goes.
   * @param faults which may happen
   */
  historyOf(seed: number, steps: number, faults: readonly string[]): Step[] {
    const random = seededRandom(seed);
    const faulty = this.#faults.filter(({ name }) => faults.includes(name));
    return Array.from({ length: steps }, (_, number) => {
      const isFault = random.next() < 0.4;
      const place = random.next();
      const [own, pause] = [random.below(2 ** 31), random.next()];
      const acts = isFault && faulty.length > 0 ? faulty : this.#users;
      // Most follow at once; now and then the cluster has the time to react.
      const pauseMs = Math.floor(pause < 0.5 ? pause * 500 : pause < 0.9 ? pause * 5_000 : pause * 60_000);
      return { number, act: drawn(acts, place).name, seed: own, pauseMs };
    });
  }

  /** Does it. Returns what was done, in a few words. */
  play({ act, seed }: Step, stage: S): string {
    const found = this.#byName.get(act);
    if (!found) throw new Error(`no such act: ${act}`);
    const random: Random = seededRandom(seed);
    return found.play(stage, random) ?? `${act}: nothing to do`;
  }
}

/** @param place from 0 to 1 */
function drawn<S>(acts: readonly Act<S>[], place: number): Act<S> {
  let left = place * acts.reduce((sum, { weight }) => sum + weight, 0);
  const found = acts.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  const act = found ?? acts.at(-1);
  if (!act) throw new Error("there are no acts to draw from");
  return act;
}
