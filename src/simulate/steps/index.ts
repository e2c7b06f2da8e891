/** The door of steps/: which histories there are. */
import { type Random, seededRandom } from "../../outside/index.ts";
import { faultActs } from "./fault-acts.ts";
import type { Act, Step } from "./step.ts";
import { userActs } from "./user-acts.ts";

export type { Act, Stage, Step } from "./step.ts";

const all = new Map([...userActs, ...faultActs].map(act => [act.name, act]));

/** The faults that a play may have, by name. */
export const faultNames: readonly string[] = faultActs.map(({ name }) => name);

/**
 * The history of a seed: the same for ever, as far as it goes.
 * @param faults which may happen
 */
export function historyOf(seed: number, steps: number, faults: readonly string[]): Step[] {
  const random = seededRandom(seed);
  const faulty = faultActs.filter(({ name }) => faults.includes(name));
  return Array.from({ length: steps }, (_, number) => {
    const isFault = random.next() < 0.4;
    const place = random.next();
    const [own, pause] = [random.below(2 ** 31), random.next()];
    const acts = isFault && faulty.length > 0 ? faulty : userActs;
    // Most follow at once; now and then the cluster has the time to react.
    const pauseMs = Math.floor(pause < 0.5 ? pause * 500 : pause < 0.9 ? pause * 5_000 : pause * 60_000);
    return { number, act: drawn(acts, place).name, seed: own, pauseMs };
  });
}

/** @param place from 0 to 1 */
function drawn(acts: readonly Act[], place: number): Act {
  let left = place * acts.reduce((sum, { weight }) => sum + weight, 0);
  const found = acts.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  const act = found ?? acts.at(-1);
  if (!act) throw new Error("there are no acts to draw from");
  return act;
}

export function actOf({ act }: Step): Act {
  const found = all.get(act);
  if (!found) throw new Error(`no such act: ${act}`);
  return found;
}

export function randomOf({ seed }: Step): Random {
  return seededRandom(seed);
}
