/**
 * Lets go of old revisions in etcd every five minutes, as kube-apiserver does, and by the same key: so of any number of API servers, real
 * ones too, one does it at a time. What is let go is at least five minutes old.
 */
import type { Clock, Timer } from "../../../outside/index.ts";
import type { EtcdClient } from "./client.ts";
import { encoded, int64, put } from "./messages.ts";

const key = "compact_rev_key";
const compactionMs = 5 * 60_000;

export class Compaction {
  readonly #client: EtcdClient;
  readonly #clock: Pick<Clock, "after">;
  readonly #onFault: (fault: unknown) => void;
  #timer: Timer | undefined;
  /** How often the key was written, as we know it, and the revision that there was then. */
  #version = 0;
  #revision = 0;

  constructor(client: EtcdClient, clock: Pick<Clock, "after">, onFault: (fault: unknown) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#onFault = onFault;
  }

  start(): void {
    this.#timer = this.#clock.after(compactionMs, async () => {
      await this.once().catch(this.#onFault);
      if (this.#timer) this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Compacts up to what the last call has seen, unless another has done so meanwhile. */
  async once(): Promise<void> {
    const { succeeded, header, responses } = await this.#client.transact({
      compare: [{ target: "VERSION", result: "EQUAL", key: encoded(key), version: String(this.#version) }],
      success: [put(key, String(this.#revision))],
      failure: [{ request_range: { key: encoded(key) } }],
    });
    const before = this.#revision;
    this.#revision = int64(header?.revision);
    if (!succeeded) {
      this.#version = int64(responses?.[0]?.response_range?.kvs?.[0]?.version);
      return;
    }
    this.#version++;
    if (before > 0) await this.#client.compact(before);
  }
}
