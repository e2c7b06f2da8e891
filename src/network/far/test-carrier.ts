/** For tests: a carrier within this program. It may lose packets, hold them up, and be away for a while. */
import type { Clock, Random } from "../../outside/index.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";

export class TestCarriers {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #there = new Set<TestCarrier>();
  /** This part of all packets is lost. */
  loss = 0;
  /** Nothing passes while it is false. */
  isUp = true;
  /** So many packets were sent while it was away. */
  lost = 0;
  /** What has passed, in packets and in bytes. */
  packets = 0;
  largestSeen = 0;
  /** So many milliseconds a packet takes. */
  delayMs = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  carrier(largest = 1024 * 1024): TestCarrier {
    return new TestCarrier(this, largest);
  }

  add(carrier: TestCarrier): void {
    this.#there.add(carrier);
  }

  remove(carrier: TestCarrier): void {
    this.#there.delete(carrier);
  }

  /** After it was away. */
  comeBack(): void {
    this.isUp = true;
    for (const carrier of this.#there) carrier.events?.reconnected();
  }

  pass(sender: TestCarrier, packet: Uint8Array, to: string | undefined): void {
    if (!this.isUp) {
      this.lost++;
      return;
    }
    const copy = new Uint8Array(packet);
    this.packets++;
    this.largestSeen = Math.max(this.largestSeen, copy.length);
    // Nobody hears itself.
    const receivers = [...this.#there].filter(
      each => each !== sender && (to === undefined || each.name === to),
    );
    if (to !== undefined && receivers.length === 0) sender.events?.absent(to);
    for (const carrier of receivers) {
      if (this.loss > 0 && this.#random.next() < this.loss) continue;
      const deliver = () => carrier.events?.packet(sender.name, copy);
      if (this.delayMs > 0) this.#clock.after(this.delayMs, deliver);
      else queueMicrotask(deliver);
    }
  }
}

export class TestCarrier implements Carrier {
  largest: number;
  readonly #all: TestCarriers;
  name = "";
  events: CarrierEvents | undefined;

  constructor(all: TestCarriers, largest: number) {
    this.#all = all;
    this.largest = largest;
  }

  async start(name: string, events: CarrierEvents): Promise<void> {
    this.name = name;
    this.events = events;
    this.#all.add(this);
  }

  send(packet: Uint8Array, to?: string): void {
    // As NATS does.
    if (packet.length > this.largest) throw new RangeError(`a packet of ${packet.length} bytes`);
    if (this.events) this.#all.pass(this, packet, to);
  }

  /** Without a word, as a process that is killed. */
  cut(): void {
    this.events = undefined;
    this.#all.remove(this);
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.cut();
  }
}
