/**
 * The thread's copy of what NetworkPolicies say of its connections. The main thread decides (network/policy-calls.ts); its answers are kept
 * until it says that they may be others, and then open connections are looked at again. Without any policy nothing is asked.
 */
import type { Socket } from "node:net";
import type { PolicyGeneration, PolicyVerdict } from "../../messages/index.ts";
import { onceClosed } from "./closed.ts";

type Protocol = "TCP" | "UDP";

/** Where verdicts come from. */
export interface PolicySource {
  generations(): AsyncIterable<PolicyGeneration>;
  verdict(address: string, port: number, protocol: Protocol): Promise<PolicyVerdict>;
  /** A connection was turned down: for an event. */
  denied(address: string, port: number, protocol: Protocol): void;
}

/** An end of a connection at its server. */
interface Peer {
  readonly address: string;
  readonly port: number;
}

/** So many verdicts are kept. */
const mostVerdicts = 10_000;

export class Verdicts {
  readonly #source: PolicySource;
  readonly #known = new Map<string, boolean>();
  readonly #open = new Map<Socket, Peer>();
  /** Resolves when it is known whether there are policies. */
  #heard: Promise<void> | undefined;
  #isHeard = false;
  #isPoliced = false;

  constructor(source: PolicySource) {
    this.#source = source;
  }

  /** There are policies, as far as is known here. */
  get isPoliced(): boolean {
    return this.#isPoliced;
  }

  /**
   * Whether this pod may connect; a promise where that is not known here. Never rejects: where no answer comes, the cluster has stopped,
   * and nothing is denied.
   */
  isAllowed(address: string, port: number, protocol: Protocol = "TCP"): boolean | Promise<boolean> {
    if (!this.#isHeard) return this.#ask(address, port, protocol);
    if (!this.#isPoliced) return true;
    return this.#known.get(`${protocol} ${address} ${port}`) ?? this.#ask(address, port, protocol);
  }

  /** A connection was not made, as `isAllowed` says. */
  turnedDown(address: string, port: number, protocol: Protocol = "TCP"): void {
    this.#source.denied(address, port, protocol);
  }

  /** Ends the connection where a policy that comes later denies it. */
  follow(socket: Socket, address: string, port: number): void {
    this.#open.set(socket, { address, port });
    onceClosed(socket, () => this.#open.delete(socket));
  }

  async #ask(address: string, port: number, protocol: Protocol): Promise<boolean> {
    // The question holds no thread alive, but what waits for the answer does.
    const awake = setInterval(() => {}, 60_000);
    try {
      this.#heard ??= new Promise(resolve => void this.#hear(resolve));
      await this.#heard;
      if (!this.#isPoliced) return true;
      const { allowed } = await this.#source.verdict(address, port, protocol);
      if (this.#known.size >= mostVerdicts) this.#known.clear();
      this.#known.set(`${protocol} ${address} ${port}`, allowed);
      return allowed;
    } catch {
      return true;
    } finally {
      clearInterval(awake);
    }
  }

  async #hear(heard: () => void): Promise<void> {
    try {
      for await (const { isPoliced } of this.#source.generations()) {
        this.#isPoliced = isPoliced;
        this.#isHeard = true;
        this.#known.clear();
        heard();
        if (isPoliced) void this.#lookAgain();
      }
    } catch {
      // The cluster stops, or the line to it is lost.
    } finally {
      // It is asked anew for the next connection: until then there are policies where there were some.
      this.#isHeard = false;
      this.#heard = undefined;
      this.#known.clear();
      heard();
    }
  }

  async #lookAgain(): Promise<void> {
    for (const [socket, { address, port }] of [...this.#open]) {
      const isAllowed = await this.isAllowed(address, port);
      if (isAllowed || !this.#open.has(socket)) continue;
      this.turnedDown(address, port);
      socket.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }));
    }
  }
}
