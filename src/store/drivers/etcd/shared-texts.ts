/** What all API servers of a cluster agree on by name, such as the key that they sign with: written once, encrypted like Secrets, and read by all. */
import type { EtcdClient } from "./client.ts";
import { asApiError, EtcdFault } from "./etcd-fault.ts";
import type { Layout } from "./layout.ts";
import { encoded, holds, int64, putEncoded } from "./messages.ts";

export class SharedTexts {
  readonly #client: EtcdClient;
  readonly #layout: Layout;

  constructor(client: EtcdClient, layout: Layout) {
    this.#client = client;
    this.#layout = layout;
  }

  /**
   * What `choose` makes of what is kept; it is called again where another was faster. Rejects with ServiceUnavailable where etcd cannot be
   * asked, or what is kept cannot be read.
   */
  async agreed(
    name: string,
    choose: (kept: string | undefined) => string | Promise<string>,
  ): Promise<string> {
    const key = this.#layout.sharedOf(name);
    try {
      for (;;) {
        const found = (await this.#client.range({ key: encoded(key) })).kvs?.[0];
        const kept = found && this.#layout.textAt(key, found.value);
        const chosen = await choose(kept);
        if (chosen === kept || (await this.#write(key, chosen, int64(found?.mod_revision)))) return chosen;
      }
    } catch (error) {
      throw asApiError(error);
    }
  }

  /** Resolves to false also where the answer is lost: it is read again what is agreed by now. */
  async #write(key: string, chosen: string, revision: number): Promise<boolean> {
    const asked = {
      compare: [holds(key, revision)],
      success: [putEncoded(key, this.#layout.secretAt(key, chosen))],
      failure: [],
    };
    try {
      return (await this.#client.transact(asked)).succeeded === true;
    } catch (fault) {
      if (fault instanceof EtcdFault && fault.didNothing) throw fault;
      return false;
    }
  }
}
