/**
 * When a container may be started the next time, and how the wait until then is told. Crashes and failed pulls are counted
 * apart, as a kubelet does; the waits follow the rules of restarts.ts.
 */
import type { Pod } from "../../resources/index.ts";
import { afterEnding, durationText, noEndings, type RestartBackOff } from "./restarts.ts";

/** How a wait is told: in the container's status, and as events. */
export interface Wait {
  readonly reason: "CrashLoopBackOff" | "ImagePullBackOff";
  readonly message: string;
  readonly events: readonly (readonly [type: "Normal" | "Warning", reason: string, message: string])[];
}

export class StartBackOff {
  readonly #backOff: RestartBackOff;
  #crashes = noEndings;
  #failedPulls = noEndings;
  /** In milliseconds since 1970; 0: at once. */
  #notBefore = 0;
  #told: Wait | undefined;

  constructor(backOff: RestartBackOff) {
    this.#backOff = backOff;
  }

  /** How long the container must still wait. */
  waitMs(now: number): number {
    return Math.max(0, this.#notBefore - now);
  }

  /** Absent where the status says already why the container does not run. */
  get told(): Wait | undefined {
    return this.#told;
  }

  /** Its definition has changed: it need not wait for what the old one did. */
  atOnce(): void {
    this.#notBefore = 0;
    this.#told = undefined;
  }

  /** Something that it needs is not there; the status says so, and it is looked for again after `waitMs`. */
  after(now: number, waitMs: number): void {
    this.#notBefore = now + waitMs;
    this.#told = undefined;
  }

  /** An instance has run for `ranMs` and ended. */
  afterEnd(now: number, ranMs: number, container: string, { metadata: { name, namespace, uid } }: Pod): void {
    const pod = `${name}_${namespace}(${uid})`;
    const { waitMs, endings } = afterEnding(this.#crashes, ranMs, this.#backOff);
    this.#crashes = endings;
    this.#notBefore = now + waitMs;
    this.#told = {
      reason: "CrashLoopBackOff",
      message: `back-off ${durationText(waitMs)} restarting failed container=${container} pod=${pod}`,
      events: [["Warning", "BackOff", `Back-off restarting failed container ${container} in pod ${pod}`]],
    };
  }

  /** The image could not be pulled. @param retold false where the first reason stays in the status: the name is not valid. */
  afterFailedPull(now: number, image: string, message: string, retold: boolean): void {
    // A failed pull, unlike a crash, is not tried again at once: its first wait is as long as the second after a crash.
    const before =
      this.#failedPulls.nextWaitMs === 0
        ? afterEnding(noEndings, 0, this.#backOff).endings
        : this.#failedPulls;
    const { waitMs, endings } = afterEnding(before, 0, this.#backOff);
    this.#failedPulls = endings;
    this.#notBefore = now + waitMs;
    this.#told = retold ? pullBackOff(image, message) : undefined;
  }

  pulled(): void {
    this.#failedPulls = noEndings;
  }
}

function pullBackOff(image: string, message: string): Wait {
  return {
    reason: "ImagePullBackOff",
    message: `Back-off pulling image "${image}": ErrImagePull: ${message}`,
    events: [
      ["Normal", "BackOff", `Back-off pulling image "${image}"`],
      ["Warning", "Failed", "Error: ImagePullBackOff"],
    ],
  };
}
