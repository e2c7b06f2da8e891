/**
 * The run of a cluster: in which order its parts start and stop, and what holds the program open meanwhile. Which calls are allowed before,
 * during and after it, lifecycle.ts says.
 */
import type { Loop } from "../loop/index.ts";
import type { Runtime } from "../node/index.ts";
import { everyStep } from "../outside/index.ts";
import type { ClusterParts } from "./parts.ts";
import type { ClusterServing } from "./serving.ts";

interface RunOptions {
  /** The runtime that the first containers will most likely ask for; none where there are no images to run. */
  readonly warmedAtStart: Runtime | undefined;
  /** See Foundations. */
  readonly isPlayed: boolean;
}

export class ClusterRun {
  readonly #parts: ClusterParts;
  readonly #serving: ClusterServing;
  readonly #how: RunOptions;
  /** Holds the program open while the cluster runs, as a server's socket does: no timer of ours does it. */
  #hold: NodeJS.Timeout | undefined;

  constructor(parts: ClusterParts, serving: ClusterServing, how: RunOptions) {
    this.#parts = parts;
    this.#serving = serving;
    this.#how = how;
  }

  /** @param ready called when the control plane is there, and objects can be written; the nodes join after it */
  async start(ready: () => void): Promise<void> {
    // A thread takes longer to warm up than all the rest takes to get going.
    this.#how.warmedAtStart?.warmUp();
    // It is on its way before anything else is done.
    await new Promise(resolve => setImmediate(resolve));
    if (!this.#how.isPlayed) this.#hold = setInterval(() => {}, 2 ** 30);
    const { shares, plane, scheduler, loops, leaders } = this.#parts;
    await shares.join(plane);
    ready();
    scheduler.start();
    loops.start();
    const isSchedulers = (loop: Loop) => loop.controller === scheduler.controller;
    leaders?.start(component =>
      loops.all.filter(loop => isSchedulers(loop) === (component === "kube-scheduler")),
    );
    await shares.startNodes();
  }

  stop(): Promise<void> {
    const { scheduler, loops, leaders, shares, plane } = this.#parts;
    const stopped = shares.leave(plane, () =>
      everyStep([
        () => this.#serving.close(),
        () => loops.stop(),
        () => leaders?.stop(),
        () => scheduler.stop(),
      ]),
    );
    return stopped.finally(() => clearInterval(this.#hold));
  }
}
