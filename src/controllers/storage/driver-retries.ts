/**
 * When a driver is asked again that has refused something, or has not answered: after a second, then after twice the time, up to five
 * minutes, as the side cars of Kubernetes do it. Each object has its own count.
 */
import { again, type Outcome, type Reader } from "../../loop/index.ts";
import type { KubernetesObject } from "../../resources/index.ts";

const firstMs = 1_000;
const mostMs = 300_000;

export class DriverRetries {
  /** By uid. */
  readonly #failed = new Map<string, { readonly waitMs: number; readonly until: number }>();

  /** The outcome of a run that comes too early; undefined where it is time. */
  early({ metadata: { uid } }: KubernetesObject, { now }: Pick<Reader, "now">): Outcome | undefined {
    const until = this.#failed.get(uid)?.until ?? 0;
    return now() < until ? again(until - now()) : undefined;
  }

  failed({ metadata: { uid } }: KubernetesObject, { now }: Pick<Reader, "now">): Outcome {
    const waitMs = Math.min((this.#failed.get(uid)?.waitMs ?? firstMs / 2) * 2, mostMs);
    this.#forget(now());
    this.#failed.set(uid, { waitMs, until: now() + waitMs });
    return again(waitMs);
  }

  /** Objects that were deleted meanwhile are never asked about again. */
  #forget(now: number): void {
    for (const [uid, { until }] of this.#failed) if (now - until > mostMs) this.#failed.delete(uid);
  }

  /** It was answered, or is gone. */
  done({ metadata: { uid } }: KubernetesObject): void {
    this.#failed.delete(uid);
  }
}
