/**
 * What is done to the volumes of one pod while it runs, one thing after the other: files are written again when an object that they show
 * changes or a token in them is to be renewed, a claim's volume grows. It begins when all volumes are there, and ends with the pod.
 */
import type { Clock, Timer } from "../../outside/index.ts";
import type { SourceWatch } from "./source-watch.ts";

type Act = () => Promise<void> | void;

export class VolumeUpdates {
  readonly #sources: SourceWatch;
  readonly #clock: Pick<Clock, "now" | "after">;
  #stage: "not yet" | "under way" | "over" = "not yet";
  /** All that was asked for so far. */
  #done: Promise<void> = Promise.resolve();
  readonly #unlisten: (() => void)[] = [];
  /** By the name of the volume. */
  readonly #timers = new Map<string, Timer>();

  constructor(sources: SourceWatch, clock: Pick<Clock, "now" | "after">) {
    this.#sources = sources;
    this.#clock = clock;
  }

  begin(): void {
    if (this.#stage === "not yet") this.#stage = "under way";
  }

  /** Resolves when nothing is being done any more. */
  async end(): Promise<void> {
    this.#stage = "over";
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
    for (const timer of this.#timers.values()) timer.cancel();
    await this.#done;
  }

  /** What was asked for until now. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Does it when all else is done, if the pod still runs then. */
  next(act: Act, onFault: (error: unknown) => void): void {
    this.#done = this.#done.then(() => (this.#stage === "under way" ? act() : undefined)).catch(onFault);
  }

  /** @param objects such as `ConfigMap/shop/prices` */
  listen(objects: readonly string[], changed: () => void): void {
    if (objects.length > 0) this.#unlisten.push(this.#sources.listen(objects, changed));
  }

  /** Calls it at this time, in milliseconds since 1970, and not when it was to be called for this volume before. */
  at(time: number | undefined, volume: string, act: () => void): void {
    this.#timers.get(volume)?.cancel();
    if (time === undefined || this.#stage === "over") return;
    this.#timers.set(volume, this.#clock.after(Math.max(0, time - this.#clock.now()), act));
  }
}
