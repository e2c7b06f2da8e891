/**
 * Addresses for pods (messages/pod-address.ts): each has one of its own, unique in the cluster while the pod is there, so that every
 * one of them can listen on the same port. The nodes of one process share a range; a node that has joined from another has its own.
 */
import { ApiError } from "../../errors/index.ts";
import { addressNumber, addressText, firstFarAddress, firstPodAddress } from "../../messages/index.ts";

export class PodAddresses {
  #first = firstPodAddress;
  #last = firstFarAddress - 1;
  #next = firstPodAddress;
  readonly #taken = new Set<number>();

  /** Gives out those of this range from now on, `127.128.0.0/24`. Throws BadRequest for what is none. */
  within(range: string): void {
    const [, start = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(range) ?? [];
    const first = addressNumber(start);
    if (Number.isNaN(first) || Number(bits) > 30)
      throw new ApiError("BadRequest", `${range} is no range of pod addresses`);
    this.#first = first;
    this.#last = first + 2 ** (32 - Number(bits)) - 1;
    this.#next = first;
  }

  take(): string {
    if (this.#taken.size > this.#last - this.#first)
      throw new Error("every pod address of this range is taken");
    for (let tries = this.#last - this.#first; tries >= 0; tries--) {
      const address = this.#next;
      this.#next = address === this.#last ? this.#first : address + 1;
      // Neither .0 nor .255: some systems take them for networks and broadcasts.
      const host = address & 255;
      if (host === 0 || host === 255 || this.#taken.has(address)) continue;
      this.#taken.add(address);
      return addressText(address);
    }
    throw new Error("every pod address of this range is taken");
  }

  /** Marks an address that a pod has from before. False for one that is none of these: anything may stand in a status. */
  keep(address: string): boolean {
    const number = addressNumber(address);
    if (!(number >= this.#first && number <= this.#last && addressText(number) === address)) return false;
    this.#taken.add(number);
    return true;
  }

  release(address: string): void {
    this.#taken.delete(addressNumber(address));
  }
}
