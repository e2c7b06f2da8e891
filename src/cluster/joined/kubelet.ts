/**
 * What a node that has joined serves: it asks for a certificate for its address, listens, and says where. Without one it runs its pods all the
 * same, and asks again, ever more seldom; and when most of the certificate's life is over, it asks for the next.
 */
import { X509Certificate } from "node:crypto";
import { createServer } from "node:net";
import { ApiError, messageOf } from "../../errors/index.ts";
import { type KubeletParts, KubeletServer } from "../../kubelet/index.ts";
import type { Credentials, NodeAgent } from "../../node/index.ts";
import type { Clock, Timer } from "../../outside/index.ts";
import type { NodeCredentials } from "./node-credentials.ts";

export interface KubeletServingParts extends KubeletParts {
  readonly agent: Pick<NodeAgent, "serves">;
  readonly credentials: Pick<NodeCredentials, "serving">;
  readonly clock: Clock;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** After it could not be served, in milliseconds: each time twice as long, up to the second. */
const retryMs = 30_000;
const longestRetryMs = 15 * 60_000;
/** Of a certificate's life, until the next one is asked for. */
const usedShare = 0.8;

export class KubeletServing {
  readonly #parts: KubeletServingParts;
  readonly #stopping = new AbortController();
  #server: KubeletServer | undefined;
  /** What it shows, or would show if it could listen. */
  #shown: Credentials | undefined;
  #timer: Timer | undefined;
  #tries = 0;

  constructor(parts: KubeletServingParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when it listens, or has no certificate for now: then that is told, and it asks again. Rejects with BadRequest where it cannot listen
   * there: a port that somebody has chosen is waited for in vain.
   */
  async start(): Promise<void> {
    try {
      await this.#serve();
    } catch (error) {
      if (this.#shown && !this.#server) throw cannotListen(this.#parts, error);
      this.#failed(error);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#server?.close();
  }

  async #serve(): Promise<void> {
    const { agent, credentials, clock, host, port } = this.#parts;
    const { signal } = this.#stopping;
    // One that could not be shown is not asked for again.
    this.#shown ??= await credentials.serving([host], signal);
    const shown = this.#shown;
    if (signal.aborted) return;
    this.#server?.renew(shown);
    const server = this.#server ?? (await KubeletServer.listen({ host, port }, shown, this.#parts));
    if (signal.aborted) return await server.close();
    this.#server = server;
    await agent.serves({ host, port: server.port });
    this.#tries = 0;
    const { validFrom, validTo } = new X509Certificate(shown.cert);
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
    this.#again(from + (to - from) * usedShare - clock.now(), () => {
      this.#shown = undefined;
    });
  }

  #failed(error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#parts.onFault(error);
    this.#again(Math.min(retryMs * 2 ** this.#tries++, longestRetryMs));
  }

  #again(ms: number, before = () => {}): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#parts.clock.after(Math.max(ms, 0), () => {
      before();
      this.#serve().catch(error => this.#failed(error));
    });
  }
}

/** Where a node is to listen; port 0: any that is free. */
type Place = Pick<KubeletServingParts, "host" | "port">;

/** To be asked before anything is begun. Rejects with BadRequest where nobody can listen there. */
export async function assertFree(place: Place): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", error => reject(cannotListen(place, error)));
    probe.listen(place.port, place.host, () => probe.close(() => resolve()));
  });
}

function cannotListen({ host, port }: Place, cause: unknown): ApiError {
  const place = port === 0 ? host : `${host}:${port}`;
  const why = `the node cannot listen on ${place} for the API server and other nodes: ${messageOf(cause)}`;
  return new ApiError("BadRequest", why, {}, { cause });
}
