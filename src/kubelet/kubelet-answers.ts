/**
 * What a node answers to those who may ask: logs, what it says of itself, calls to its storage drivers, sessions (exec, attach,
 * port-forward), and connections to its pods. By which port and certificates they come is the matter of kubelet-server.ts.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { pipeline } from "node:stream/promises";
import type { TLSSocket } from "node:tls";
import { ApiError, K4sError, messageOf } from "../errors/index.ts";
import type { FarewellEnd } from "../network/index.ts";
import {
  codeHeader,
  farewellsPath,
  fromHeader,
  type NodeAgent,
  type NodeDocuments,
  nodeHeader,
  reasonHeader,
  usagePath,
} from "../node/index.ts";
import type { Node, Pod } from "../resources/index.ts";
import { answerMachineCall, type StorageDrivers } from "../storage/index.ts";
import type { StoreReads } from "../store/index.ts";
import { type Asked, askedIn, type OfPod } from "./asked.ts";
import { bodyOf, json, limited, sendText } from "./bodies.ts";
import {
  ChannelCommand,
  Channels,
  forwardChannels,
  plainResponse,
  portsIn,
  serveSession,
  statusOfAttached,
  statusOfCommand,
  type Upgrade,
  WebSockets,
} from "./channels/index.ts";
import { FarewellsOfSessions } from "./farewells-of-sessions.ts";
import { connectPod, type PodConnectionParts } from "./pod-connections.ts";
import { type Asker, askerOf, forbiddenText, mayAll } from "./who-asks.ts";

export interface KubeletParts extends Pick<PodConnectionParts, "nameAt" | "policed" | "dialMs"> {
  /** By the name of the node; nodes may come and go. */
  readonly agents: ReadonlyMap<string, NodeAgent>;
  readonly documents: Pick<NodeDocuments, "answer">;
  /** What servers of this process say of their connections; nothing is told of them where left out. */
  readonly farewells?: FarewellEnd | undefined;
  readonly store: Pick<StoreReads, "get">;
  /** The folders of this machine, which whoever leads the cluster has volumes made in. */
  readonly storage: () => Pick<StorageDrivers, "call">;
  /** Takes mistakes of our own, of which who asks is only told that it went wrong. */
  readonly onFault: (fault: unknown) => void;
}

export type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export class KubeletAnswers {
  readonly #parts: KubeletParts;
  readonly #webSockets = new WebSockets();
  readonly #farewells: FarewellsOfSessions;

  constructor(parts: KubeletParts) {
    this.#parts = parts;
    this.#farewells = new FarewellsOfSessions(parts.farewells);
  }

  /** What is asked for by a plain request; refusals are answers too. */
  async answer(request: Request, response: Response): Promise<void> {
    try {
      if (request.url === farewellsPath && "stream" in request) {
        this.#tellFarewells(request);
        return;
      }
      const asked = this.#askedBy(request);
      if (asked.is === "storage") return await this.#storage(asked.rpc, request, response);
      if (request.method !== "GET" && request.method !== "HEAD")
        throw new ApiError("MethodNotAllowed", "405: Method Not Allowed");
      await this.#answered(asked, request, response);
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  /** What is asked for by a connection of its own. */
  async upgrade(upgrade: Upgrade): Promise<void> {
    try {
      const asked = this.#askedBy(upgrade.request);
      if (asked.is === "exec" || asked.is === "attach") await this.#session(asked, upgrade);
      else if (asked.is === "port-forward") await this.#forward(asked, upgrade);
      else await this.#answered(asked, upgrade.request, plainResponse(upgrade));
    } catch (error) {
      if (!upgrade.socket.destroyed) this.#refuse(plainResponse(upgrade), error);
    }
  }

  /** A stream to a pod. */
  async connect(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const { stream } = response;
    const asker = askerOf(request.socket as TLSSocket);
    if (!asker) {
      stream.respond({ ":status": 401 }, { endStream: true });
      return;
    }
    const { agents, nameAt, policed, dialMs } = this.#parts;
    const at = (address: string) => [...agents.values()].find(agent => agent.hasAddress(address));
    const asked = { asker, authority: request.authority, from: request.headers[fromHeader] };
    const farewells = stream.session && this.#farewells.of(stream.session);
    await connectPod(stream, asked, { at, nameAt, policed, dialMs, farewells }, codeHeader);
  }

  async #answered(asked: Asked, request: Request, response: Response): Promise<void> {
    switch (asked.is) {
      case "logs": {
        const { agent, pod } = this.#find(asked);
        const left = new AbortController();
        response.once("close", () => left.abort());
        const { options, limitBytes } = asked;
        const log = await agent.logs(pod, asked.container, { ...options, signal: left.signal });
        response.setHeader("Content-Type", "text/plain");
        (response as ServerResponse).flushHeaders();
        // Who asks has left in the middle: it knows.
        await pipeline(limited(log, limitBytes), response as ServerResponse).catch(() => {});
        return;
      }
      case "usage": {
        const usages = await Promise.all([...this.#parts.agents.values()].map(agent => agent.usages()));
        sendText(response, 200, JSON.stringify(Object.fromEntries(usages.flatMap(each => [...each]))), json);
        return;
      }
      case "document": {
        const document = await this.#parts.documents.answer(this.#node(request), asked.path);
        if (!document) throw new ApiError("NotFound", "404 page not found");
        sendText(response, 200, document.text, document.mediaType);
        return;
      }
      default:
        throw new ApiError("BadRequest", "Upgrade request required");
    }
  }

  async #storage(rpc: string, request: Request, response: Response): Promise<void> {
    if (request.method !== "POST") throw new ApiError("MethodNotAllowed", "405: Method Not Allowed");
    const answer = await answerMachineCall(this.#parts.storage(), rpc, await bodyOf(request));
    if (answer === undefined) throw new ApiError("NotFound", "404 page not found");
    sendText(response, 200, answer, json);
  }

  async #session(asked: Extract<Asked, { is: "exec" | "attach" }>, upgrade: Upgrade): Promise<void> {
    const { agent, pod } = this.#find(asked);
    const { container, wanted } = asked;
    const isExec = asked.is === "exec";
    const session = isExec
      ? agent.exec(pod, container, asked.command, { tty: wanted.tty })
      : agent.attach(pod, container);
    try {
      const channels = new Channels(await this.#webSockets.acceptChannels(upgrade), this.#parts.onFault);
      const statusOf = isExec ? statusOfCommand : statusOfAttached;
      await serveSession(session, new ChannelCommand(channels), wanted, statusOf);
    } finally {
      session.close();
    }
  }

  async #forward(asked: Extract<Asked, { is: "port-forward" }>, upgrade: Upgrade): Promise<void> {
    const { agent, pod } = this.#find(asked);
    const ports = portsIn(asked.query);
    const channels = new Channels(await this.#webSockets.acceptChannels(upgrade), this.#parts.onFault);
    await forwardChannels(channels, ports, port => agent.dial(pod, port));
  }

  /** Throws Unauthorized. Who asks hears of connections alone that it has itself. */
  #tellFarewells(request: Http2ServerRequest): void {
    if (!askerOf(request.socket as TLSSocket)) throw new ApiError("Unauthorized", "Unauthorized");
    const { session } = request.stream;
    const farewells = session && this.#farewells.of(session);
    if (!farewells) throw new ApiError("NotFound", "404 page not found");
    request.stream.respond({ ":status": 200 });
    farewells.begin({ heard: request, said: request.stream });
  }

  /** Throws Unauthorized or Forbidden. */
  #askedBy(request: Request): Asked {
    const asker: Asker | undefined = askerOf(request.socket as TLSSocket);
    if (!asker) throw new ApiError("Unauthorized", "Unauthorized");
    if (!mayAll(asker)) throw new ApiError("Forbidden", forbiddenText(asker, request.method));
    return askedIn(request.url ?? "/", usagePath);
  }

  /** Throws NotFound. */
  #find({ namespace, pod: name, uid }: OfPod): { readonly agent: NodeAgent; readonly pod: Pod } {
    for (const agent of this.#parts.agents.values()) {
      const known = uid === undefined ? undefined : agent.known(uid);
      if (known) return { agent, pod: known };
      if (uid !== undefined) continue;
      for (const pod of agent.allKnown())
        if (pod.metadata.name === name && pod.metadata.namespace === namespace) return { agent, pod };
    }
    throw new ApiError("NotFound", `pod ${JSON.stringify(`${name}_${namespace}`)} does not exist`);
  }

  /** The one that is meant, or the only one. Throws NotFound. */
  #node({ headers }: Request): Node {
    const { agents, store } = this.#parts;
    const meant = headers[nodeHeader];
    const name = meant === undefined && agents.size === 1 ? [...agents.keys()][0] : meant;
    const node = agents.has(String(name)) ? store.get("Node", "", String(name)) : undefined;
    if (!node) throw new ApiError("NotFound", `node ${JSON.stringify(String(name))} is not here`);
    return node;
  }

  #refuse(response: Response, error: unknown): void {
    if (!(error instanceof K4sError)) this.#parts.onFault(error);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { code, reason } = error instanceof K4sError ? error : { code: 500, reason: "InternalError" };
    response.setHeader(reasonHeader, reason);
    sendText(response, code, messageOf(error), "text/plain; charset=utf-8");
  }
}
