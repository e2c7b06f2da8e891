/**
 * Room for any number of threads in pools of a few each, filled one after another. Piscina describes all threads of a pool to
 * its balancer for each task, when it comes and when a thread is ready for it; and each of our tasks wants a thread of its own.
 * In one pool the describing would grow with the square of the threads.
 */
import type { Piscina } from "piscina";

/** Fewer would be more pools, more would be more to describe. */
export const threadsPerPool = 8;

export class SmallPools {
  readonly #make: () => Piscina;
  readonly #all: Piscina[] = [];
  /** Those with places left, and how many. The last one is filled first. */
  readonly #roomy: { readonly pool: Piscina; places: number }[] = [];

  /** @param make makes a pool that may have `threadsPerPool` threads */
  constructor(make: () => Piscina) {
    this.#make = make;
  }

  /** Lends a pool that has room for one more thread, until `use` has settled. */
  async withRoom<T>(use: (pool: Piscina) => Promise<T>): Promise<T> {
    const place = this.#roomy.at(-1) ?? this.#another();
    place.places--;
    if (place.places === 0) this.#roomy.pop();
    try {
      return await use(place.pool);
    } finally {
      if (place.places === 0) this.#roomy.push(place);
      place.places++;
    }
  }

  /** Ends all threads. */
  async destroy(): Promise<void> {
    await Promise.all(this.#all.map(pool => pool.destroy()));
  }

  #another() {
    const place = { pool: this.#make(), places: threadsPerPool };
    this.#all.push(place.pool);
    this.#roomy.push(place);
    return place;
  }
}
