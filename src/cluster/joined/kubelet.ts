/**
 * What a node that has joined serves: it asks for a certificate for its address, listens, and says where. Without one it runs its pods all the
 * same, and asks again; and when most of the certificate's life is over, it asks for the next.
 */
import { X509Certificate } from "node:crypto";
import { type KubeletParts, KubeletServer } from "../../kubelet/index.ts";
import type { NodeAgent } from "../../node/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { NodeCredentials } from "./node-credentials.ts";

export interface KubeletServingParts extends KubeletParts {
  readonly agent: NodeAgent;
  readonly credentials: Pick<NodeCredentials, "serving">;
  readonly clock: Clock;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** After a certificate could not be had, in milliseconds. */
const retryMs = 30_000;
/** Of a certificate's life, until the next one is asked for. */
const usedShare = 0.8;

export class KubeletServing {
  readonly #parts: KubeletServingParts;
  readonly #stopping = new AbortController();
  #server: KubeletServer | undefined;
  #timer: Timer | undefined;

  constructor(parts: KubeletServingParts) {
    this.#parts = parts;
  }

  /** Resolves when it listens, or has failed to for now: then it is told, and tried again. */
  async start(): Promise<void> {
    const { agent, credentials, clock, host, port, onFault } = this.#parts;
    const { signal } = this.#stopping;
    try {
      const shown = await credentials.serving([host], signal);
      if (signal.aborted) return;
      if (this.#server) this.#server.renew(shown);
      else {
        const server = await KubeletServer.listen({ host, port }, shown, this.#parts);
        if (signal.aborted) return await server.close();
        this.#server = server;
        await agent.serves({ host, port: server.port });
      }
      const { validFrom, validTo } = new X509Certificate(shown.cert);
      const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
      this.#again(from + (to - from) * usedShare - clock.now());
    } catch (error) {
      if (signal.aborted) return;
      onFault(error);
      this.#again(retryMs);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#server?.close();
  }

  #again(ms: number): void {
    if (!this.#stopping.signal.aborted)
      this.#timer = this.#parts.clock.after(Math.max(ms, 0), () => void this.start());
  }
}
