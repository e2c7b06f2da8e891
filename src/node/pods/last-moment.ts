/**
 * How long a pod whose containers have ended still stays in the API. Another pod takes its name right after it where its controller gives
 * names that stay; a client that deletes a pod and waits for its end (`kubectl delete pod db-0`) asks once more whether it is there, and
 * only then begins to watch. In life a pod takes a second to go, and the watch sees it; threads end in milliseconds: what waited would
 * see the successor alone, and wait for ever.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { Pod } from "../../resources/index.ts";
import type { Change } from "../../store/index.ts";

/** From the deletion on. A client between its two requests takes a fraction of it, also on a machine that has much to do. */
const shortestMs = 500;

/** The kinds whose pods have successors of the same name. */
const namesStay = new Set(["StatefulSet", "Container"]);

export class LastMoment {
  readonly #clock: Clock;
  readonly #over: () => void;
  #until = 0;
  #timer: Timer | undefined;

  /** @param over called when it is over, if somebody was told that it is not */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** @param deletion the write that asked for the pod's end, as far as it is known */
  begin({ metadata }: Pod, deletion: Change | undefined): void {
    const { ownerReferences = [] } = metadata;
    const hasSuccessor = ownerReferences.some(({ kind, controller }) => controller && namesStay.has(kind));
    // A controller that replaces a pod waits for nothing.
    if (!hasSuccessor || !deletion || deletion.manager === "kube-controller-manager") return;
    this.#until = deletion.at + shortestMs;
  }

  isOver(): boolean {
    const left = this.#until - this.#clock.now();
    if (left <= 0) return true;
    this.#timer ??= this.#clock.after(left, () => {
      this.#timer = undefined;
      this.#over();
    });
    return false;
  }

  cancel(): void {
    this.#timer?.cancel();
  }
}
