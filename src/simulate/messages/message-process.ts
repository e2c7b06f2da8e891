/**
 * A process of a play of messages: its network, and the containers on it, which are peers in this very thread. It ends from one moment to
 * the next, with all that they had begun.
 */
import { MessageChannel } from "node:worker_threads";
import { type Message, type MessageApi, Peer } from "../../messages/index.ts";
import { Network } from "../../network/index.ts";
import { type Random, seededRandom, type VirtualClock } from "../../outside/index.ts";
import type { MemoryStore } from "../../store/index.ts";
import { ProcessClock } from "../process-clock.ts";
import type { PlayedCarriers } from "./played-carrier.ts";

export interface MessageProcessParts {
  readonly base: VirtualClock;
  readonly carriers: PlayedCarriers;
  readonly store: MemoryStore;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
}

/** A container that runs. */
export interface Container {
  readonly pod: string;
  readonly api: Pick<MessageApi, "send" | "request">;
  /** Takes no more messages, ends what it has, and goes. */
  stop(): Promise<void>;
  /** From one moment to the next. */
  kill(): void;
}

export class MessageProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly network: Network;
  readonly containers = new Map<string, Container>();
  readonly #carrier;
  readonly #random: Random;

  constructor(name: string, { base, carriers, store, random, onFault }: MessageProcessParts) {
    this.name = name;
    this.clock = new ProcessClock(base);
    this.#random = seededRandom(random.below(2 ** 31));
    this.#carrier = carriers.carrier(this.clock);
    this.network = new Network({
      store,
      clock: this.clock,
      random: this.#random,
      calls: noCalls,
      onFault,
      far: { name, carrier: this.#carrier },
    });
  }

  async start(): Promise<void> {
    this.network.start();
    await this.network.meetOthers();
  }

  /** @param work what it does with each message */
  run(pod: string, uid: string, work: (message: Message) => void): Container {
    const { port1, port2 } = new MessageChannel();
    const identity = { namespace: "default", pod, uid, account: "default", container: "main" };
    const attachment = this.network.attach(identity, port1);
    const peer = new Peer({ control: port2, clock: this.clock, random: this.#random });
    const finished = (async () => {
      for await (const message of peer.inbox) work(message);
    })();
    const end = (exitCode: number, reason: string) => {
      if (this.containers.get(pod) !== container) return;
      this.containers.delete(pod);
      peer.close();
      attachment.detach({ exitCode, reason });
    };
    const container: Container = {
      pod,
      api: peer.api,
      stop: async () => {
        peer.drain();
        await finished;
        await peer.answered();
        end(0, "Completed");
      },
      kill: () => end(137, "Error"),
    };
    this.containers.set(pod, container);
    return container;
  }

  /** Nothing of it says a word more. */
  end(): void {
    this.#carrier.cut();
    this.clock.end();
    for (const container of [...this.containers.values()]) container.kill();
    void this.network.stop();
  }
}

const noCalls: ConstructorParameters<typeof Network>[0]["calls"] = {
  call: (_, name) => Promise.reject(new Error(`nobody answers ${name}`)),
  // biome-ignore lint/correctness/useYield: there is nothing to yield.
  async *subscribe(_, name) {
    throw new Error(`nobody answers ${name}`);
  },
};
