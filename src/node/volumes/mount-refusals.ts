/**
 * When a driver is asked again to mount what it has refused to mount: as by Kubernetes (`goroutinemap/exponentialbackoff`) after half a second,
 * then after twice as long each time, up to two minutes. A pod is looked at each second, and has the same answer meanwhile.
 */
import { VolumeError } from "./content.ts";

const firstMs = 500;
const longestMs = 122_000;

export class MountRefusals {
  /** By path. */
  readonly #refused = new Map<string, { waitMs: number; until: number; message: string }>();

  /** Throws the last refusal, a VolumeError, where it is too early to ask again. */
  assertDue(path: string, now: number): void {
    const last = this.#refused.get(path);
    if (last && now < last.until) throw new VolumeError(last.message);
  }

  add(path: string, message: string, now: number): void {
    const before = this.#refused.get(path)?.waitMs;
    const waitMs = before === undefined ? firstMs : Math.min(2 * before, longestMs);
    this.#refused.set(path, { waitMs, until: now + waitMs, message });
  }

  /** It is mounted, or nobody wants it any more. */
  forget(path: string): void {
    this.#refused.delete(path);
  }
}
