/**
 * How the two ends of a connection come to tell each other of its end (farewells.ts): threads of the cluster's own process by a channel
 * that they all have, and what runs in another process by way of the cluster, which passes it on (network/farewell-relay.ts).
 */
import { BroadcastChannel } from "node:worker_threads";
import type { FarewellQuestion, ServerFarewell } from "../../messages/index.ts";

export type ToldFarewell = ServerFarewell | FarewellQuestion;

export interface FarewellLine {
  /** Nothing is heard before, and nothing is said. Again does nothing. */
  open(heard: (told: ToldFarewell) => void): void;
  say(told: ToldFarewell): void;
}

/** Of all threads of a process. @param name of the cluster */
export class ThreadFarewells implements FarewellLine {
  readonly #name: string;
  #channel: BroadcastChannel | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  open(heard: (told: ToldFarewell) => void): void {
    if (this.#channel) return;
    const channel = new BroadcastChannel(this.#name);
    channel.onmessage = event => heard((event as MessageEvent).data as ToldFarewell);
    channel.unref();
    this.#channel = channel;
  }

  say(told: ToldFarewell): void {
    this.#channel?.postMessage(told);
  }
}

/** What is asked of the cluster for it. */
interface Calls {
  call(name: string, args: readonly unknown[]): Promise<unknown>;
  subscribe(name: string, args: readonly unknown[]): AsyncIterable<unknown>;
}

/** By way of the cluster. What is said in one turn goes together. */
export class RelayedFarewells implements FarewellLine {
  readonly #calls: Calls;
  readonly #podIP: string;
  #isOpen = false;
  #said: ToldFarewell[] = [];

  constructor(calls: Calls, podIP: string) {
    this.#calls = calls;
    this.#podIP = podIP;
  }

  open(heard: (told: ToldFarewell) => void): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    void this.#hear(heard);
  }

  say(told: ToldFarewell): void {
    if (this.#said.push(told) === 1) setImmediate(() => this.#tell());
  }

  #tell(): void {
    const said = this.#said;
    this.#said = [];
    // A cluster that stops passes nothing on, and then nobody need be told.
    this.#calls.call("farewell", [said]).catch(() => {});
  }

  async #hear(heard: (told: ToldFarewell) => void): Promise<void> {
    try {
      const all = this.#calls.subscribe("farewells", [this.#podIP]) as AsyncIterable<readonly ToldFarewell[]>;
      for await (const told of all) for (const each of told) heard(each);
    } catch {
      // The cluster stops, or the line to it is lost: asked anew with the next connection.
    } finally {
      this.#isOpen = false;
    }
  }
}
