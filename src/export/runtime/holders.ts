/**
 * Which containers have taken messages of this one and are to answer them. Once a second each is asked which of them it still has: so it is
 * noticed when one has ended, and when its answer was lost with the server of NATS. An answer that could not be sent is sent then.
 */
import { MessageError } from "../../errors/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { Pending } from "./pending.ts";

/**
 * Asks an instance which of these messages it has, and has not answered. All that it had answered before has come in then, unless it was
 * lost. "gone" where there is no such instance, "silent" where it does not say.
 */
export type AskHolder = (
  instance: string,
  numbers: readonly number[],
) => Promise<ReadonlySet<number> | "gone" | "silent">;

const lookAfterMs = 1_000;
/** Of what one instance has, so many are asked for at once: those that it has had for longest. */
const mostLookedFor = 10_000;

export class Holders {
  readonly #ask: AskHolder;
  readonly #mayBeAway: () => boolean;
  readonly #clock: Clock;
  readonly #heldBy = new Map<string, Set<Pending>>();
  #isLooking = false;

  /** @param mayBeAway whether an instance that is not there may come back */
  constructor(ask: AskHolder, mayBeAway: () => boolean, clock: Clock) {
    this.#ask = ask;
    this.#mayBeAway = mayBeAway;
    this.#clock = clock;
  }

  add(pending: Pending, instance: string): void {
    pending.instance = instance;
    this.#heldBy.set(instance, (this.#heldBy.get(instance) ?? new Set()).add(pending));
    this.#lookSoon();
  }

  delete(pending: Pending): void {
    if (pending.instance === undefined) return;
    const held = this.#heldBy.get(pending.instance);
    held?.delete(pending);
    if (held?.size === 0) this.#heldBy.delete(pending.instance);
    delete pending.instance;
    delete pending.isAnswered;
  }

  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#clock.after(lookAfterMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#heldBy].map(([instance, held]) => this.#lookAt(instance, [...held])));
    this.#isLooking = false;
    if (this.#heldBy.size > 0) this.#lookSoon();
  }

  async #lookAt(instance: string, held: readonly Pending[]): Promise<void> {
    const asked = held.slice(0, mostLookedFor);
    const numbers = asked.map(({ number }) => number);
    const unanswered = await this.#ask(instance, numbers);
    if (unanswered === "silent" || (unanswered === "gone" && this.#mayBeAway())) return;
    for (const pending of asked) {
      if (pending.instance !== instance) continue;
      const { to } = pending;
      if (unanswered === "gone") {
        const text = `the container that had taken the message to ${to} has ended before it answered`;
        pending.end(() => pending.reject(new MessageError("ContainerExited", text)));
      } else if (unanswered.has(pending.number)) pending.isAnswered = false;
      // The answer may be on its way through this process: it has a second for that.
      else if (!pending.isAnswered) pending.isAnswered = true;
      else {
        const text = `the answer to the message to ${to} was lost: the server of NATS was away when it was sent`;
        pending.end(() => pending.reject(new MessageError("Unreachable", text)));
      }
    }
  }
}
