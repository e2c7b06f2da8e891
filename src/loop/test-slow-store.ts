/**
 * A store for stories whose writes take a moment, as those of a disk and of etcd do: other things happen between a write and its answer. And
 * the clock that waits for it: time does not move while a write is under way.
 */
import { Turns, VirtualClock } from "../outside/index.ts";
import { MemoryStore } from "../store/index.ts";

export class SlowStore extends MemoryStore {
  readonly #turns = new Turns();
  /** How many writes are under way. */
  #pending = 0;

  get isAtWork(): boolean {
    return this.#pending > 0;
  }

  override alone<T>(places: () => readonly string[], act: () => Promise<T>): Promise<T> {
    const inTurn = (inner: () => Promise<T>, place: string) => () => this.#turns.take(place, inner);
    return places().toSorted().reduceRight(inTurn, act)();
  }

  override add: MemoryStore["add"] = async (key, draft, author) => {
    await this.#moment();
    return super.add(key, draft, author);
  };

  override replace: MemoryStore["replace"] = async (key, previous, draft, author) => {
    await this.#moment();
    return super.replace(key, previous, draft, author);
  };

  override remove: MemoryStore["remove"] = async (key, previous, author) => {
    await this.#moment();
    return super.remove(key, previous, author);
  };

  async #moment(): Promise<void> {
    this.#pending++;
    await new Promise(resolve => setImmediate(resolve));
    await new Promise(resolve => setImmediate(resolve));
    this.#pending--;
  }
}

export class WaitingClock extends VirtualClock {
  /** What is waited for. */
  store: SlowStore | undefined;

  override async settle(): Promise<void> {
    do await super.settle();
    while (this.store?.isAtWork);
  }
}
