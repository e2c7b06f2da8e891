/**
 * Addresses for pods: each has a loopback address of its own, 127.x.y.z, unique in the cluster while the pod is there, so
 * that every one of them can listen on the same port. The lowest networks are left alone: machines use them themselves.
 */
const first = 127 * 2 ** 24 + 2 ** 16;
const last = 127 * 2 ** 24 + 255 * 2 ** 16 - 1;

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
      return textOf(address);
    }
  }

  /** Marks an address that a pod has from before. False for one that is none of these: anything may stand in a status. */
  keep(address: string): boolean {
    const number = numberOf(address);
    if (!(number >= first && number <= last && textOf(number) === address)) return false;
    this.#taken.add(number);
    return true;
  }

  release(address: string): void {
    this.#taken.delete(numberOf(address));
  }
}

function textOf(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
