/**
 * What the `check.ts` of an exercise exports: scenarios, each worth points. A scenario plays in a cluster of its own, with
 * the learner's module as an image; it ends well, or with a Mismatch that says what was expected and what happened.
 *
 * Only types come from k4s here: whoever wants to know an exercise's points need not load a cluster.
 */
import type { ClusterOptions } from "k4s";
import type { Scene } from "./scene.ts";

export interface Scenario {
  /** A sentence that is true when the task is done: "It answers with what it was sent". */
  readonly name: string;
  /** Which task of the page it is about; the starter marks the place with `TODO <task>`. */
  readonly task: number;
  readonly points: number;
  run(scene: Scene): Promise<void>;
}

export interface Check {
  readonly scenarios: readonly Scenario[];
  /** What the cluster of each scenario has: nodes, say. */
  readonly options?: ClusterOptions;
  /** Time passes only by `scene.pass`, and then at once; containers pretend to run. */
  readonly isVirtual?: boolean;
  /** For a learner's module that is no worker (a controller): what the cluster gets from it, and from where it lies. */
  cluster?(learner: Record<string, unknown>, file: string): ClusterOptions;
}
