/**
 * How threads and child processes that the program of a container has started ask the cluster: over a connection of their own, which is
 * made for the first question (network/inner-peers.ts answers). It holds nothing alive.
 */
import net, { type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { frameOf, ipcOver, Peer, TrafficBook, type TrafficReport, Tunnel } from "../../messages/index.ts";
import { realClock, realRandom } from "../../outside/index.ts";
import type { NetworkCalls } from "./network-options.ts";
import { innerPath, type PodSockets } from "./pod-sockets.ts";

/** The cluster listens when it hears of the first such thread: so often is tried again, each time after so many milliseconds. */
const mostTries = 200;
const tryAgainMs = 25;

export class InnerLine implements NetworkCalls {
  /** What it sends to Services is counted as the container's own is. */
  readonly traffic: TrafficBook;
  readonly #sockets: PodSockets;
  #peer: Promise<Peer> | undefined;
  #open: Peer | undefined;

  constructor(sockets: PodSockets) {
    this.#sockets = sockets;
    const report = (told: TrafficReport) => this.#open?.reportTraffic(told);
    this.traffic = new TrafficBook({ clock: realClock, random: realRandom, report });
    // What is written then is sent before the end.
    process.once("exit", () => this.traffic.close());
  }

  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    return (await this.#connected()).call(name, args);
  }

  async *subscribe(name: string, args: readonly unknown[], signal?: AbortSignal): AsyncGenerator<unknown> {
    yield* (await this.#connected()).subscribe(name, args, signal);
  }

  #connected(): Promise<Peer> {
    this.#peer ??= this.#connect();
    return this.#peer;
  }

  async #connect(): Promise<Peer> {
    for (let tries = 1; ; tries++) {
      try {
        const socket = await connected(innerPath(this.#sockets.prefix));
        socket.unref();
        socket.on("error", () => {});
        // It is asked again, over another one.
        socket.on("close", () => {
          this.#peer = undefined;
          this.#open = undefined;
        });
        socket.write(frameOf({ uid: this.#sockets.uid }));
        this.#open = new Peer({
          control: new Tunnel(ipcOver(socket), "child").first,
          clock: realClock,
          random: realRandom,
        });
        return this.#open;
      } catch (error) {
        if (tries < mostTries) await sleep(tryAgainMs);
        else {
          this.#peer = undefined;
          throw error;
        }
      }
    }
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
