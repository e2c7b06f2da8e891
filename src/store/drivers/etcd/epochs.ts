/**
 * What was sent to etcd, and never answered, may be carried out yet. Each transaction compares the epoch, a key that is written in such a case:
 * when our watch has told of that, whatever was sent before has either happened, and was told before it, or can happen no more.
 */
import type { Clock } from "../../../outside/index.ts";
import type { EtcdClient } from "./client.ts";
import { asApiError, undecided } from "./etcd-fault.ts";
import { int64, put } from "./messages.ts";
import type { Waiting } from "./waiting.ts";

export interface EpochsOptions {
  readonly client: EtcdClient;
  readonly clock: Pick<Clock, "elapsed">;
  readonly waiting: Waiting;
  readonly identity: string;
  /** The key. */
  readonly key: string;
  /** Its revision, as far as we know. */
  readonly current: () => number;
  readonly isClosed: () => boolean;
}

const pauseMs = 500;

export class Epochs {
  readonly #options: EpochsOptions;
  /** One new epoch settles all that wait for one. */
  #next: Promise<void> | undefined;

  constructor(options: EpochsOptions) {
    this.#options = options;
  }

  get current(): number {
    return this.#options.current();
  }

  /**
   * Resolves when all that was sent in this epoch has happened and is known, or can happen no more. Rejects with ServiceUnavailable
   * where that cannot be found out by the deadline.
   * @param fault why it is not known
   */
  async settled(epoch: number, deadline: number, fault: unknown): Promise<void> {
    const { clock, waiting, isClosed } = this.#options;
    while (this.current <= epoch) {
      this.#next ??= this.#begin(deadline).finally(() => {
        this.#next = undefined;
      });
      try {
        await this.#next;
      } catch (error) {
        if (clock.elapsed() >= deadline || isClosed())
          throw undecided(undefined, `${asApiError(fault).message}; then ${asApiError(error).message}`);
        await waiting.until(() => this.current > epoch, Math.min(deadline, clock.elapsed() + pauseMs));
      }
    }
  }

  async #begin(deadline: number): Promise<void> {
    const { client, waiting, key, identity } = this.#options;
    const { header } = await client.put(put(key, identity));
    await waiting.told(int64(header?.revision), deadline);
  }
}
