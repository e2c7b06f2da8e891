/**
 * Says in etcd that this API server is there: by a key under a lease of etcd, which goes seven seconds after the process has. The others
 * see it go, and need not wait for what it held: whatever it would still write, as a leader, is refused by then (promise 8).
 */
import type { Clock, Timer } from "../../../outside/index.ts";
import type { EtcdClient } from "./client.ts";

const ttlSeconds = 7;
const renewMs = 2_000;

export class Presence {
  readonly #client: EtcdClient;
  readonly #clock: Pick<Clock, "after">;
  readonly #key: string;
  readonly #onFault: (fault: unknown) => void;
  #lease: string | undefined;
  #timer: Timer | undefined;
  #hasEnded = false;

  constructor(
    client: EtcdClient,
    clock: Pick<Clock, "after">,
    key: string,
    onFault: (fault: unknown) => void,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#key = key;
    this.#onFault = onFault;
  }

  async begin(): Promise<void> {
    this.#lease = await this.#client.grant(ttlSeconds, this.#key);
    this.#renewLater();
  }

  /** The others see it at once. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#timer?.cancel();
    if (this.#lease !== undefined) await this.#client.revoke(this.#lease).catch(this.#onFault);
  }

  #renewLater(): void {
    this.#timer = this.#clock.after(renewMs, async () => {
      await this.#renew();
      if (!this.#hasEnded) this.#renewLater();
    });
  }

  /** Where etcd cannot be reached, that is told elsewhere (following.ts). */
  async #renew(): Promise<void> {
    try {
      if (this.#lease !== undefined && (await this.#client.keepAlive(this.#lease))) return;
      // It ran out, while etcd could not be reached, or this process did not run.
      this.#lease = await this.#client.grant(ttlSeconds, this.#key);
    } catch {
      return;
    }
  }
}
