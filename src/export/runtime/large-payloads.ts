/**
 * Payloads that are longer than the NATS server takes at once. A short frame goes in their place, and whoever gets that pulls them, piece by piece,
 * from who has sent it: so no more is under way than one piece, and a piece that was lost is asked for again.
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { type Clock, Deferred, type Timer } from "../../outside/index.ts";

/** Who has got a large payload asks for its next piece, or is taken for gone. */
export const idleMs = 30_000;
/** So long one piece may take, and so often it is asked for again. */
const pieceMs = 5_000;
const mostTries = 6;

/** The bytes from there on: as many as go at once. */
export function pieceOf(payload: Uint8Array, from: number, largest: number): Uint8Array {
  return payload.subarray(from, from + largest);
}

/** Large answers, until they were pulled. */
export class HeldPayloads {
  readonly #clock: Clock;
  readonly #held = new Map<
    number,
    { readonly payload: Uint8Array; readonly gone: Deferred<void>; timer: Timer }
  >();
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns under which number it is, and when nobody needs it any more */
  hold(payload: Uint8Array): { readonly number: number; readonly released: Promise<void> } {
    const number = ++this.#last;
    const gone = new Deferred<void>();
    this.#held.set(number, { payload, gone, timer: this.#timer(number) });
    return { number, released: gone.promise };
  }

  /** Undefined where it is not held any more. */
  piece(number: number, from: number, largest: number): Uint8Array | undefined {
    const held = this.#held.get(number);
    if (!held) return undefined;
    held.timer.cancel();
    held.timer = this.#timer(number);
    if (from >= held.payload.length) this.#release(number);
    return pieceOf(held.payload, from, largest);
  }

  #timer(number: number): Timer {
    return this.#clock.after(idleMs, () => this.#release(number));
  }

  #release(number: number): void {
    const held = this.#held.get(number);
    this.#held.delete(number);
    held?.timer.cancel();
    held?.gone.resolve();
  }
}

/** Of NATS, what pulling needs. */
export type Pulling = Pick<NatsConnection, "request" | "publish">;

/** The whole payload; undefined where who has sent it is gone, or says something else than it has announced. */
export async function pulled(nats: Pulling, at: string, length: number): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let come = 0;
  for (let tries = 0; come < length; ) {
    try {
      const { data } = await nats.request(at, String(come), { timeout: pieceMs });
      if (data.length === 0) return undefined;
      // A copy: what is left of its packet would be kept with it.
      pieces.push(new Uint8Array(data));
      come += data.length;
      tries = 0;
    } catch (error) {
      if (saysNobody(error) || ++tries === mostTries) return undefined;
    }
  }
  // It is not needed there any more.
  nats.publish(at, String(length));
  return come === length ? Buffer.concat(pieces) : undefined;
}

/** Whether the server says that nobody listens. */
export function saysNobody(error: unknown): boolean {
  const { name, cause } = error as { readonly name?: string; readonly cause?: unknown };
  return name === "NoResponders" || (cause !== undefined && saysNobody(cause));
}
