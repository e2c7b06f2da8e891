/** One share of a large sum: a quarter of the numbers up to 1,000, by the index that a Job gave its pod. Prints it, and is done. */
import type { WorkerContext } from "k4s";

interface Parameters {
  /** The index that fails at its first attempt. */
  stumbles?: number;
  fails?: boolean;
}

export default function share({ env, self, parameters }: WorkerContext<Parameters>): void {
  const index = Number(env.JOB_COMPLETION_INDEX ?? 0);
  if (parameters.fails) throw new Error("I never manage");
  if (index === parameters.stumbles && self.restarts === 0) throw new Error("I stumbled");
  let sum = 0;
  for (let number = index + 1; number <= 1_000; number += 4) sum += number;
  console.log(sum);
}
