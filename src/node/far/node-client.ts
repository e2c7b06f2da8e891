/** What one node far away is asked: requests and sessions over HTTP/1.1, by connections that are kept, and connections to its pods (pod-streams.ts). */
import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import { ApiError, type Reason, reasons } from "../../errors/index.ts";
import type { FarewellEnd } from "../../network/index.ts";
import { onAbort } from "../../outside/index.ts";
import { mostRefusalBytes, textWithin } from "./answers.ts";
import { connectFailure, notAnswered } from "./dial-errors.ts";
import { type CredentialsSource, NodePeer, type NodePlace } from "./node-peer.ts";
import { PodStreams } from "./pod-streams.ts";
import { reasonHeader } from "./spoken.ts";

export interface NodeClientOptions {
  /** What clients of this process say of their connections. */
  readonly farewells?: FarewellEnd | undefined;
  /** So long a connection to the node, or to one of its pods, may take; and the answer to whether it is still there. In milliseconds. */
  readonly patienceMs?: number;
}

const usualPatienceMs = 5_000;

export class NodeClient {
  readonly peer: NodePeer;
  readonly connect: PodStreams["connect"];
  readonly #patienceMs: number;
  readonly #streams: PodStreams;
  /** Keeps connections for requests; made with the first. */
  #agent: { readonly cert: string; readonly agent: Agent } | undefined;

  constructor(
    place: NodePlace,
    credentials: CredentialsSource,
    { farewells, patienceMs = usualPatienceMs }: NodeClientOptions = {},
  ) {
    this.peer = new NodePeer(place, credentials);
    this.#patienceMs = patienceMs;
    this.#streams = new PodStreams(this.peer, farewells, patienceMs);
    this.connect = this.#streams.connect.bind(this.#streams);
  }

  /** The answer to a GET, as soon as it begins. Rejects with what the node refuses, or why it could not be asked. */
  get(path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return this.#ask("GET", path, signal);
  }

  /** The same of a POST. */
  post(path: string, body: string): Promise<IncomingMessage> {
    return this.#ask("POST", path, undefined, body);
  }

  async #ask(
    method: string,
    path: string,
    signal: AbortSignal | undefined,
    body?: string,
  ): Promise<IncomingMessage> {
    const { request } = await import("node:https");
    const agent = await this.#agentNow();
    const { host, port } = this.peer.place;
    return new Promise((resolve, reject) => {
      const asking = request({ method, host, port, path, agent, headers: this.peer.headers });
      const late = setTimeout(
        () => asking.destroy(connectFailure("ETIMEDOUT", host, port)),
        2 * this.#patienceMs,
      );
      const takeBack = onAbort(signal, () => asking.destroy());
      asking.once("close", takeBack);
      asking.once("error", cause => {
        clearTimeout(late);
        reject(notAnswered(method === "GET" ? "Get" : "Post", this.peer.authority, path, cause));
      });
      asking.once("response", response => {
        clearTimeout(late);
        const { statusCode = 500 } = response;
        if (statusCode < 400) resolve(response);
        else void refusalIn(response).then(reject, reject);
      });
      asking.end(body);
    });
  }

  close(): void {
    this.#agent?.agent.destroy();
    this.#streams.close();
  }

  async #agentNow(): Promise<Agent> {
    const secured = await this.peer.secured();
    if (this.#agent?.cert === secured.cert) return this.#agent.agent;
    const { Agent } = await import("node:https");
    this.#agent?.agent.destroy();
    this.#agent = { cert: secured.cert, agent: new Agent({ ...secured, keepAlive: true, maxSockets: 64 }) };
    return this.#agent.agent;
  }
}

/** What a node has refused, as it said it. */
export async function refusalIn(response: IncomingMessage): Promise<ApiError> {
  const text = await textWithin(response, mostRefusalBytes);
  const said = String(response.headers[reasonHeader] ?? "");
  const reason: Reason = Object.hasOwn(reasons, said) ? (said as Reason) : reasonOf(response.statusCode);
  return new ApiError(reason as ConstructorParameters<typeof ApiError>[0], text.trim());
}

function reasonOf(code: number | undefined): Reason {
  if (code === 404) return "NotFound";
  if (code === 401) return "Unauthorized";
  return code === 403 ? "Forbidden" : "InternalError";
}
