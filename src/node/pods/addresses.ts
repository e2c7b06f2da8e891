/**
 * Addresses for pods (messages/pod-address.ts): each has one of its own, unique in the cluster while the pod is there, so that every
 * one of them can listen on the same port.
 */
import {
  addressNumber,
  addressText,
  firstPodAddress as first,
  lastPodAddress as last,
} from "../../messages/index.ts";

export class PodAddresses {
  #next = first;
  readonly #taken = new Set<number>();

  take(): string {
    if (this.#taken.size > last - first) throw new Error("every loopback address belongs to a pod");
    for (;;) {
      const address = this.#next;
      this.#next = address === last ? first : address + 1;
      // Neither .0 nor .255: some systems take them for networks and broadcasts.
      const host = address & 255;
      if (host === 0 || host === 255 || this.#taken.has(address)) continue;
      this.#taken.add(address);
      return addressText(address);
    }
  }

  /** Marks an address that a pod has from before. False for one that is none of these: anything may stand in a status. */
  keep(address: string): boolean {
    const number = addressNumber(address);
    if (!(number >= first && number <= last && addressText(number) === address)) return false;
    this.#taken.add(number);
    return true;
  }

  release(address: string): void {
    this.#taken.delete(addressNumber(address));
  }
}
