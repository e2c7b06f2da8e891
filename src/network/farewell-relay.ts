/**
 * Passes on what servers and clients tell each other of connections that are about to end (worker/sockets/farewells.ts), where one of them is
 * in a process of its own. Threads of this process have a channel of their own, which is listened to as long as such a process does.
 */
import { BroadcastChannel } from "node:worker_threads";
import { ApiError } from "../errors/index.ts";
import type { FarewellQuestion, ServerFarewell } from "../messages/index.ts";
import { Stream } from "../outside/index.ts";
import type { Identity } from "./attachment.ts";
import type { ResourceCalls } from "./resource-calls.ts";

type Told = ServerFarewell | FarewellQuestion;

/** A process that listens, for a pod of this address. */
interface Listener {
  readonly address: string;
  hear(told: readonly Told[]): void;
}

interface Channel {
  readonly threads: BroadcastChannel;
  readonly listeners: Set<Listener>;
}

/** So many may be told at once, and so many ports may be asked for. What is more is told again a little later. */
const most = 10_000;
/** So many tellings may wait for a process that does not listen: what is lost is told again. */
const mostWaiting = 100;

export class FarewellRelay implements ResourceCalls {
  readonly #channels = new Map<string, Channel>();

  stop(): void {
    for (const { threads } of this.#channels.values()) threads.close();
    this.#channels.clear();
  }

  /** `farewell`: tells all others. */
  async call({ farewells }: Identity, _name: string, [given]: readonly unknown[]): Promise<undefined> {
    if (farewells === undefined || !Array.isArray(given)) throw new ApiError("BadRequest", "no farewells");
    const all = given.slice(0, most).flatMap(each => toldIn(each) ?? []);
    const channel = this.#channelOf(farewells);
    for (const told of all) channel.threads.postMessage(told);
    passOn(channel, all);
    this.#leave(farewells, channel);
    return undefined;
  }

  /** `farewells`: what is told to a pod of this address, in lists. */
  async *subscribe(
    { farewells }: Identity,
    _name: string,
    [address]: readonly unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly Told[]> {
    if (farewells === undefined) return;
    const channel = this.#channelOf(farewells);
    const told = new Stream<readonly Told[]>();
    const listener: Listener = {
      address: String(address),
      hear: all => told.unread < mostWaiting && told.push(all),
    };
    const stop = () => void told.return();
    signal.addEventListener("abort", stop);
    channel.listeners.add(listener);
    try {
      yield* told;
    } finally {
      signal.removeEventListener("abort", stop);
      channel.listeners.delete(listener);
      this.#leave(farewells, channel);
    }
  }

  #channelOf(name: string): Channel {
    const known = this.#channels.get(name);
    if (known) return known;
    const threads = new BroadcastChannel(name);
    const channel: Channel = { threads, listeners: new Set() };
    threads.onmessage = event => {
      const told = toldIn((event as MessageEvent).data);
      if (told) passOn(channel, [told]);
    };
    threads.unref();
    this.#channels.set(name, channel);
    return channel;
  }

  /** Where no process listens, nothing of what threads say need be heard here. */
  #leave(name: string, channel: Channel): void {
    if (channel.listeners.size > 0 || this.#channels.get(name) !== channel) return;
    channel.threads.close();
    this.#channels.delete(name);
  }
}

function passOn({ listeners }: Channel, all: readonly Told[]): void {
  for (const { address, hear } of listeners) {
    // A question is for whoever serves.
    const its = all.filter(told => "asks" in told || told.address === address);
    if (its.length > 0) hear(its);
  }
}

/** Undefined where it is none: what runs there is foreign. */
function toldIn(given: unknown): Told | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { address, port, received, sent, asks, ports } = given as Record<string, unknown>;
  if (isAddress(asks)) {
    if (!Array.isArray(ports) || ports.length > most || !ports.every(isCount)) return undefined;
    return { asks, ports };
  }
  if (!isAddress(address) || !isCount(port) || !isCount(received) || !isCount(sent)) return undefined;
  return { address, port, received, sent };
}

function isAddress(given: unknown): given is string {
  return typeof given === "string" && given.length <= 45;
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && Number(given) >= 0;
}
