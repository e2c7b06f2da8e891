/**
 * The port of a node, as a kubelet has one: both ends show certificates of the cluster's authority. One server stands for all nodes of a
 * process; a header says which is meant. What is answered stands in kubelet-answers.ts.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer, type Http2SecureServer, type Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Credentials } from "../node/index.ts";
import { KubeletAnswers, type KubeletParts, type Request } from "./kubelet-answers.ts";

export interface KubeletAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Who has shown no certificate is left alone so long, in milliseconds. */
const strangerMs = 5_000;
/** So much of one stream is on its way to a pod at most, and of all streams of a connection; in bytes. */
const streamWindow = 1024 * 1024;
const sessionWindow = 16 * 1024 * 1024;

export class KubeletServer {
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  /** Resolves when it listens. */
  static async listen(
    { host, port }: KubeletAddress,
    credentials: Credentials,
    parts: KubeletParts,
  ): Promise<KubeletServer> {
    const kubelet = new KubeletServer(credentials, parts);
    await new Promise<void>((resolve, reject) => {
      kubelet.#server.once("error", reject);
      kubelet.#server.listen(port, host, resolve);
    });
    // It holds no process alive: the nodes do.
    kubelet.#server.unref();
    return kubelet;
  }

  private constructor(credentials: Credentials, parts: KubeletParts) {
    const answers = new KubeletAnswers(parts);
    this.#server = createSecureServer({
      ...credentials,
      allowHTTP1: true,
      requestCert: true,
      // Told as kubelets do, by an answer, and not by an alert that nobody understands.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      handshakeTimeout: 10_000,
      settings: { initialWindowSize: streamWindow },
      maxSessionMemory: 1_000,
    });
    const server = this.#server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.setNoDelay(true);
    });
    server.on("secureConnection", (socket: TLSSocket) => {
      if (socket.authorized) return;
      const timer = setTimeout(() => socket.destroy(), strangerMs);
      socket.once("close", () => clearTimeout(timer));
    });
    server.on("session", session => {
      session.on("error", () => {});
      if ((session.socket as TLSSocket).authorized) session.setLocalWindowSize(sessionWindow);
    });
    server.on("request", (request, response) => void answers.answer(request, response));
    server.on("connect", (request: Request, response: ServerResponse | Http2ServerResponse | Duplex) => {
      if ("stream" in request) void answers.connect(request, response as Http2ServerResponse);
      else (response as Duplex).destroy();
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on("error", () => {});
      void answers.upgrade({ request, socket, head });
    });
    // Of a handshake that fails, or bytes that are no HTTP: the client sees it.
    server.on("tlsClientError", () => {});
    server.on("clientError", (_error, socket) => void socket.destroy());
    server.on("sessionError", () => {});
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  /** New connections see these from now on. */
  renew(credentials: Credentials): void {
    this.#server.setSecureContext(credentials);
  }

  /** Ends every connection. Resolves when the port is free. */
  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
