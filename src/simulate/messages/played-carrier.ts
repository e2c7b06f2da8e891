/**
 * What carries packets between the processes of a play of messages: it loses some, holds some up (so that others overtake them), brings some
 * twice, and is away for a while. A process that is gone is reached by nothing; one that is halted finds all when it goes on.
 */
import type { Carrier, CarrierEvents } from "../../network/index.ts";
import type { Clock } from "../../outside/index.ts";
import type { Faults } from "../faults.ts";

/** Longer than a process may say nothing before it is taken for dead. */
const latestMs = 12_000;

export class PlayedCarriers {
  readonly #clock: Pick<Clock, "after">;
  readonly #faults: Faults;
  readonly #there = new Map<string, PlayedCarrier>();
  #isAway = false;

  constructor(clock: Pick<Clock, "after">, faults: Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  goAway(): void {
    this.#isAway = true;
  }

  comeBack(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    for (const carrier of this.#there.values()) carrier.reconnected();
  }

  /** @param clock of the process */
  carrier(clock: Pick<Clock, "soon">): PlayedCarrier {
    return new PlayedCarrier(this, clock);
  }

  add(name: string, carrier: PlayedCarrier): void {
    this.#there.set(name, carrier);
  }

  remove(name: string, carrier: PlayedCarrier): void {
    if (this.#there.get(name) === carrier) this.#there.delete(name);
  }

  pass(from: string, packet: Uint8Array, to: string | undefined): void {
    if (this.#isAway) return;
    if (to !== undefined && !this.#there.has(to)) this.#there.get(from)?.absent(to);
    for (const name of [...this.#there.keys()]) {
      if (name === from || (to !== undefined && to !== name)) continue;
      if (this.#faults.strikes("lost packet")) continue;
      this.#deliver(from, packet, name);
      if (this.#faults.strikes("repeated packet")) this.#deliver(from, packet, name);
    }
  }

  #deliver(from: string, packet: Uint8Array, to: string): void {
    const copy = new Uint8Array(packet);
    const afterMs = this.#faults.strikes("late packet") ? this.#faults.delay(latestMs) : 1;
    // Whoever has its name by then gets it.
    this.#clock.after(afterMs, () => this.#there.get(to)?.packet(from, copy));
  }
}

export class PlayedCarrier implements Carrier {
  readonly largest = 64 * 1024;
  readonly #all: PlayedCarriers;
  readonly #clock: Pick<Clock, "soon">;
  #name = "";
  #events: CarrierEvents | undefined;

  constructor(all: PlayedCarriers, clock: Pick<Clock, "soon">) {
    this.#all = all;
    this.#clock = clock;
  }

  async start(name: string, events: CarrierEvents): Promise<void> {
    this.#name = name;
    this.#events = events;
    this.#all.add(name, this);
  }

  send(packet: Uint8Array, to?: string): void {
    if (this.#events) this.#all.pass(this.#name, packet, to);
  }

  packet(from: string, bytes: Uint8Array): void {
    this.#clock.soon(() => this.#events?.packet(from, bytes));
  }

  absent(name: string): void {
    this.#clock.soon(() => this.#events?.absent(name));
  }

  reconnected(): void {
    this.#clock.soon(() => this.#events?.reconnected());
  }

  /** Without a word, as in a process that is killed. */
  cut(): void {
    this.#events = undefined;
    this.#all.remove(this.#name, this);
  }

  async close(): Promise<void> {
    this.cut();
  }
}
