/** What the program that runs a cluster looks up: where a Service or a pod is reached, now or for as long as it listens. */
import { calls } from "../../api/index.ts";
import { checkArguments } from "../../errors/index.ts";
import type { DiscoveredPod, DiscoveredService, Network } from "../../network/index.ts";

interface DiscoveryParts {
  readonly network: Pick<Network, "discoverPod" | "discoverService" | "watchService">;
  readonly running: () => Promise<void> | undefined;
  /** Throws where the cluster does not run. */
  readonly assertRunning: () => void;
}

export class OwnDiscovery {
  readonly #parts: DiscoveryParts;

  constructor(parts: DiscoveryParts) {
    this.#parts = parts;
  }

  /** Addresses, ports, endpoints and DNS names of a Service. Fails with NotFound. */
  async service(name: string, namespace = "default"): Promise<DiscoveredService> {
    checkArguments("discovery.service", calls["discovery.service"], [name, namespace]);
    await this.#parts.running();
    return this.#parts.network.discoverService(name, namespace);
  }

  /** Addresses, ports and DNS names of a pod, and which Services lead to it. Fails with NotFound. */
  async pod(name: string, namespace = "default"): Promise<DiscoveredPod> {
    checkArguments("discovery.pod", calls["discovery.pod"], [name, namespace]);
    await this.#parts.running();
    return this.#parts.network.discoverPod(name, namespace);
  }

  /**
   * The same of a Service now, and again whenever it is different; undefined while there is none. Ends with `signal`, and when one stops
   * iterating.
   */
  watch(
    name: string,
    namespace = "default",
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<DiscoveredService | undefined> {
    checkArguments("discovery.watch", calls["discovery.watch"], [name, namespace, options]);
    this.#parts.assertRunning();
    return this.#parts.network.watchService(name, namespace, options.signal);
  }
}
