/**
 * The keys of a loop that wait for the clock, in two ways. A key may be wanted later, which hinders nobody from wanting it
 * sooner. A key may be held back: then no look is taken until its time has come, and what is wanted meanwhile is one look.
 */
import type { Clock, Timer } from "../outside/index.ts";
import type { Look } from "./look.ts";

interface Held {
  readonly timer: Timer;
  readonly letsPersonsPass: boolean;
  wanted: Look | undefined;
}

export class Delays {
  readonly #clock: Pick<Clock, "after">;
  readonly #add: (look: Look, key: string) => void;
  readonly #later = new Map<string, Timer>();
  readonly #held = new Map<string, Held>();

  /** `add` takes the looks whose time has come. */
  constructor(clock: Pick<Clock, "after">, add: (look: Look, key: string) => void) {
    this.#clock = clock;
    this.#add = add;
  }

  /** Wants a look in `ms` from now, in the place of the one that was wanted later before. */
  later(key: string, look: Look, ms: number): void {
    this.#later.get(key)?.cancel();
    const timer = this.#clock.after(ms, () => {
      this.#later.delete(key);
      this.#add(look, key);
    });
    this.#later.set(key, timer);
  }

  /** A look is taken now: the one that was wanted later is not needed any more. */
  taken(key: string): void {
    this.#later.get(key)?.cancel();
    this.#later.delete(key);
  }

  /** Holds the key back for `ms`; with `letsPersonsPass` not from looks that a person caused. */
  hold(key: string, ms: number, letsPersonsPass = false): void {
    const wanted = this.#held.get(key)?.wanted;
    this.#held.get(key)?.timer.cancel();
    const timer = this.#clock.after(ms, () => {
      const look = this.#held.get(key)?.wanted;
      this.#held.delete(key);
      if (look) this.#add(look, key);
    });
    this.#held.set(key, { timer, letsPersonsPass, wanted });
  }

  /** Whether the key is held back; then the look is taken when its time has come. */
  keeps(key: string, look: Look): boolean {
    const held = this.#held.get(key);
    if (!held) return false;
    if (look.isPersonal && held.letsPersonsPass) {
      held.timer.cancel();
      this.#held.delete(key);
      return false;
    }
    held.wanted = look;
    return true;
  }

  stop(): void {
    for (const timer of this.#later.values()) timer.cancel();
    for (const { timer } of this.#held.values()) timer.cancel();
    this.#later.clear();
    this.#held.clear();
  }
}
