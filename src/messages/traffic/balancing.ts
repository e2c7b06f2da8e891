/**
 * Which endpoint gets the next message or connection. The list of endpoints is here already, pushed by the main thread, so that
 * choosing costs a few nanoseconds and no message.
 */
import type { Random } from "../../outside/index.ts";
import type { Balancing } from "./traffic-policy.ts";

/** What a rule may look at. */
interface Candidate {
  /** Requests that it has not answered, messages that it has not taken in, connections that are open. */
  readonly outstanding: number;
}

/** Picks one of at least one. */
export type Choose = <C extends Candidate>(candidates: readonly C[]) => C;

export function balancer(policy: Balancing, random: Random): Choose {
  let turn = random.below(0x10000);
  switch (policy) {
    case "random":
      return candidates => at(candidates, candidates.length === 1 ? 0 : random.below(candidates.length));
    case "round-robin":
      // Every sender starts somewhere else: many senders of few messages shall not all begin with the first.
      return candidates => at(candidates, turn++ % candidates.length);
    case "least-outstanding":
      // Of equals the next in turn, or the first would get everything that a slow sender sends.
      return candidates => {
        let best = at(candidates, turn++ % candidates.length);
        for (const candidate of candidates) if (candidate.outstanding < best.outstanding) best = candidate;
        return best;
      };
  }
}

function at<C>(candidates: readonly C[], index: number): C {
  return candidates[index] as C;
}
