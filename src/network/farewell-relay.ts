/**
 * Passes on what servers and clients tell each other of connections that are about to end (worker/sockets/farewells.ts), where one of them is
 * in a process of its own, or on a node far away. Threads of this process have a channel of their own, which is listened to as long as one of these does.
 */
import { BroadcastChannel } from "node:worker_threads";
import { ApiError } from "../errors/index.ts";
import type { FarewellQuestion, ServerFarewell } from "../messages/index.ts";
import { Stream } from "../outside/index.ts";
import type { Identity } from "./attachment.ts";
import type { ResourceCalls } from "./resource-calls.ts";

type Told = ServerFarewell | FarewellQuestion;

/** A process that listens, for a pod of one address, or what leads to nodes far away. */
interface Listener {
  wants(told: Told): boolean;
  hear(told: readonly Told[]): void;
}

/** What is told in this process, for those who lead connections to and from others (node/far/far-farewells.ts). */
export interface FarewellEnd {
  /** @param hear is told what servers and clients of this process say @returns what ends that */
  listen(hear: (told: readonly Told[]) => void): () => void;
  /** Tells those of this process what was said elsewhere; what is no farewell is left out. */
  tell(told: readonly unknown[]): void;
}

interface Channel {
  readonly threads: BroadcastChannel;
  readonly listeners: Set<Listener>;
  readonly far: Set<Listener>;
}

/** So many may be told at once, and so many ports may be asked for. What is more is told again a little later. */
const most = 10_000;
/** So many tellings may wait for a process that does not listen: what is lost is told again. */
const mostWaiting = 100;

export class FarewellRelay implements ResourceCalls {
  readonly #channels = new Map<string, Channel>();
  #isStopped = false;

  stop(): void {
    this.#isStopped = true;
    for (const { threads } of this.#channels.values()) threads.close();
    this.#channels.clear();
  }

  /** `farewell`: tells all others. */
  async call({ farewells }: Identity, _name: string, [given]: readonly unknown[]): Promise<undefined> {
    if (farewells === undefined || !Array.isArray(given)) throw new ApiError("BadRequest", "no farewells");
    const channel = this.#channelOf(farewells);
    const all = this.#tell(channel, given);
    passOn(channel.listeners, all);
    passOn(channel.far, all);
    this.#leave(farewells, channel);
    return undefined;
  }

  /** @param name of the channel on which the threads of this process say farewell */
  end(name: string): FarewellEnd {
    return {
      listen: hear => {
        if (this.#isStopped) return () => {};
        const channel = this.#channelOf(name);
        const listener: Listener = { wants: () => true, hear };
        channel.far.add(listener);
        return () => {
          channel.far.delete(listener);
          this.#leave(name, channel);
        };
      },
      tell: told => {
        if (this.#isStopped) return;
        const channel = this.#channelOf(name);
        // Not to the others far away: each of them has its own connections.
        passOn(channel.listeners, this.#tell(channel, told));
        this.#leave(name, channel);
      },
    };
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
      // A question is for whoever serves.
      wants: each => "asks" in each || each.address === address,
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
    const channel: Channel = { threads, listeners: new Set(), far: new Set() };
    threads.onmessage = event => {
      const told = toldIn((event as MessageEvent).data);
      if (!told) return;
      passOn(channel.listeners, [told]);
      passOn(channel.far, [told]);
    };
    threads.unref();
    this.#channels.set(name, channel);
    return channel;
  }

  /** Tells all threads. */
  #tell({ threads }: Channel, given: readonly unknown[]): readonly Told[] {
    const all = given.slice(0, most).flatMap(each => toldIn(each) ?? []);
    for (const told of all) threads.postMessage(told);
    return all;
  }

  /** Where nobody listens, nothing of what threads say need be heard here. */
  #leave(name: string, channel: Channel): void {
    if (channel.listeners.size + channel.far.size > 0 || this.#channels.get(name) !== channel) return;
    channel.threads.close();
    this.#channels.delete(name);
  }
}

function passOn(listeners: Iterable<Listener>, all: readonly Told[]): void {
  for (const listener of listeners) {
    const its = all.filter(told => listener.wants(told));
    if (its.length > 0) listener.hear(its);
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
