/**
 * A session with a container of a node far away: over a WebSocket, in the channels that Kubernetes' own clients speak
 * (`v5.channel.k8s.io`). Who reads it slowly holds the command back, as with one of this process.
 */
import type { WebSocket } from "ws";
import { Deferred, Stream } from "../../outside/index.ts";
import type { Session, SessionExit, SessionOutput } from "../streams/index.ts";
import { lostText, notDialled } from "./dial-errors.ts";
import { exitIn } from "./exit-status.ts";
import { type NodeClient, refusalIn } from "./node-client.ts";

const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;
/** So much may be unread, in bytes, before the node is held back. */
const unreadLimit = 256 * 1024;
const openMs = 10_000;

/** Rejects with what the node refuses, or why it cannot be asked. */
export async function openSession(client: NodeClient, path: string): Promise<Session> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`wss://${client.peer.authority}${path}`, ["v5.channel.k8s.io"], {
    ...(await client.peer.secured()),
    headers: client.peer.headers,
    perMessageDeflate: false,
    maxPayload: 4 * 1024 * 1024,
    handshakeTimeout: openMs,
  });
  const session = new FarSession(socket, client.peer.place.name);
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (_request, response) => void refusalIn(response).then(reject, reject));
    socket.on("error", cause => reject(notDialled(client.peer.authority, cause)));
  });
  return session;
}

class FarSession implements Session {
  readonly output: AsyncIterable<SessionOutput>;
  readonly exited: Promise<SessionExit>;
  readonly #exit = new Deferred<SessionExit>();
  readonly #output: Stream<SessionOutput>;
  readonly #socket: WebSocket;
  readonly #node: string;
  #unread = 0;
  #isOver = false;

  constructor(socket: WebSocket, node: string) {
    this.#socket = socket;
    this.#node = node;
    this.exited = this.#exit.promise;
    this.#output = new Stream<SessionOutput>({ taken: ({ bytes }) => this.#taken(bytes.length) });
    this.output = this.#output;
    socket.on("message", (data: Buffer) => this.#take(data));
    socket.once("close", () => this.#finish({ exitCode: 137, message: lostText(node), isLost: true }));
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#send(channels.stdin, bytes);
  }

  end(): void {
    void this.#send(channels.close, Uint8Array.of(channels.stdin));
  }

  resize(columns: number, rows: number): void {
    void this.#send(channels.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
  }

  close(): void {
    this.#finish({ exitCode: 137, message: "the session was closed" });
    this.#socket.terminate();
  }

  #send(channel: number, bytes: Uint8Array): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    const message = Buffer.concat([Uint8Array.of(channel), bytes]);
    // One that is gone takes nothing: its end is told by `exited`.
    return new Promise(resolve => this.#socket.send(message, () => resolve()));
  }

  #take(data: Buffer): void {
    const [channel] = data;
    const bytes = data.subarray(1);
    if (channel === channels.status) {
      this.#finish(exitIn(bytes.toString()) ?? this.#unreadable());
      this.#socket.close();
    } else if ((channel === channels.stdout || channel === channels.stderr) && bytes.length > 0) {
      this.#unread += bytes.length;
      if (this.#unread > unreadLimit) this.#socket.pause();
      this.#output.push({ stream: channel === channels.stdout ? "stdout" : "stderr", bytes });
    }
  }

  #unreadable(): SessionExit {
    return { exitCode: 126, message: `what node ${this.#node} says of its end cannot be read`, isLost: true };
  }

  #taken(length: number): void {
    const before = this.#unread;
    this.#unread -= length;
    if (before > unreadLimit && this.#unread <= unreadLimit) this.#socket.resume();
  }

  #finish(exit: SessionExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exit.resolve(exit);
    this.#output.end();
  }
}
