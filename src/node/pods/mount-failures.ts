/**
 * How often it is told that a pod's volumes cannot be made. Here they are looked at each second, so that a Secret that comes late is
 * seen soon; the event is told at the pace of Kubernetes' tries (`kubelet/volumemanager`, `pkg/util/goroutinemap/exponentialbackoff`):
 * after half a second, and then after twice as long each time, up to two minutes.
 */
const firstSilenceMs = 500;
const longestSilenceMs = 122_000;

export class MountFailures {
  #silentUntil = Number.NEGATIVE_INFINITY;
  #silenceMs = firstSilenceMs;

  /** Whether the failure of this moment, in milliseconds, is to be told. */
  isToBeTold(now: number): boolean {
    if (now < this.#silentUntil) return false;
    this.#silentUntil = now + this.#silenceMs;
    this.#silenceMs = Math.min(2 * this.#silenceMs, longestSilenceMs);
    return true;
  }
}
