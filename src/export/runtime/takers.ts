/**
 * Who takes what this container sends to a target. A queue group of NATS does not say to whom it gave a message, and what lay in the socket of a
 * container that was killed is lost with it. So of what nobody has taken for a second those are asked who have taken others: where one of
 * them is gone, and all the rest say that they have it not, nobody has.
 */
import { MessageError } from "../../errors/index.ts";
import { type Clock, setBounded } from "../../outside/index.ts";
import type { AskHolder } from "./holders.ts";
import type { Pending } from "./pending.ts";

const lookAfterMs = 1_000;
/** Of so many targets it is remembered who takes; of each, the last so many. */
const mostTargets = 1_000;
const mostTakers = 64;

export interface TakersParts {
  readonly ask: AskHolder;
  /** What is on its way, or waits to be read. */
  readonly untaken: () => Iterable<Pending>;
  /** Whether an instance that is not there may come back. */
  readonly mayBeAway: () => boolean;
  readonly clock: Pick<Clock, "after" | "elapsed">;
}

export class Takers {
  readonly #parts: TakersParts;
  readonly #of = new Map<string, Map<string, true>>();
  #isLooking = false;

  constructor(parts: TakersParts) {
    this.#parts = parts;
  }

  took(to: string, instance: string): void {
    const takers = this.#of.get(to) ?? new Map<string, true>();
    setBounded(takers, instance, true, mostTakers);
    setBounded(this.#of, to, takers, mostTargets);
  }

  /** Something is on its way. */
  sent(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#parts.clock.after(lookAfterMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { untaken, mayBeAway, clock } = this.#parts;
    const late = new Map<string, Pending[]>();
    let isAny = false;
    for (const pending of untaken()) {
      isAny = true;
      const { to, sentAt, isPulled = false } = pending;
      if (sentAt === undefined || isPulled || clock.elapsed() - sentAt < lookAfterMs) continue;
      late.set(to, [...(late.get(to) ?? []), pending]);
    }
    if (!mayBeAway()) await Promise.all([...late].map(([to, those]) => this.#lookFor(to, those)));
    this.#isLooking = false;
    if (isAny) this.sent();
  }

  async #lookFor(to: string, late: readonly Pending[]): Promise<void> {
    const { ask, mayBeAway } = this.#parts;
    const takers = this.#of.get(to);
    if (!takers) return;
    const numbers = late.map(({ number }) => number);
    const sentAt = late.map(pending => pending.sentAt);
    const said = await Promise.all(
      [...takers.keys()].map(async instance => [instance, await ask(instance, numbers)] as const),
    );
    if (mayBeAway()) return;
    const gone = said.flatMap(([instance, has]) => (has === "gone" ? [instance] : []));
    // One that is busy may have it, and not have read it.
    if (gone.length === 0 || said.some(([, has]) => has === "silent")) return;
    for (const instance of gone) takers.delete(instance);
    const had = new Set(said.flatMap(([, has]) => (typeof has === "string" ? [] : [...has])));
    for (const [i, pending] of late.entries()) {
      if (!pending.untaken || pending.sentAt !== sentAt[i] || had.has(pending.number)) continue;
      const text = `a container that ${to} leads to has ended, and no other has the message`;
      pending.end(() => pending.reject(new MessageError("Unreachable", text)));
    }
  }
}
