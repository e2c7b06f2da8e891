/**
 * Calls of gRPC to a driver over its Unix socket (a named pipe on Windows): one connection, made when it is first needed and again after it
 * was lost. Each call is one request and one answer. What the driver says of a failure comes as a DriverError.
 */
import type { ClientHttp2Session, IncomingHttpHeaders } from "node:http2";
import { connect as connectTo, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { grpcCodes, messageOf } from "../../errors/index.ts";
import { DriverError } from "../driver.ts";
import { type CallName, calls } from "./messages.ts";
import { decode, encode, type Message } from "./wire.ts";

/** An answer is a few names and paths. */
const mostBytes = 4 * 1024 * 1024;
/** As long the side cars of Kubernetes wait for an answer: the driver is told, and may stop. */
const deadlineMs = 10_000;

export class SocketCalls {
  readonly #path: string;
  #session: Promise<ClientHttp2Session> | undefined;
  /** Also of connections that take no new calls any more. */
  readonly #sockets = new Set<Socket>();

  readonly #onLost: () => void;

  /** @param onLost called when the driver has gone, as far as is known: another may be there next */
  constructor(path: string, onLost: () => void) {
    this.#path = path;
    this.#onLost = onLost;
  }

  async call(name: CallName, request: Message): Promise<Message> {
    const { service, request: type, answer } = calls[name];
    const content = await this.#ask(`/csi.v1.${service}/${name}`, encode(type, request));
    try {
      return decode(answer, content);
    } catch (error) {
      throw new DriverError("Internal", `the answer to ${name} cannot be read: ${messageOf(error)}`);
    }
  }

  async close(): Promise<void> {
    this.#session = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  async #ask(path: string, content: Buffer): Promise<Buffer> {
    const session = await this.#connected();
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      "grpc-timeout": `${deadlineMs}m`,
      te: "trailers",
    });
    const last: IncomingHttpHeaders = {};
    stream.on("response", headers => Object.assign(last, headers));
    stream.on("trailers", trailers => Object.assign(last, trailers));
    stream.setTimeout(deadlineMs, () => stream.destroy(new Error("context deadline exceeded")));
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) stream.destroy(new Error("the answer is too large"));
    });
    const body = buffer(stream);
    stream.end(framed(content));
    let answer: Buffer;
    try {
      answer = await body;
    } catch (error) {
      throw new DriverError("Unavailable", `${this.#path}: ${messageOf(error)}`, { cause: error });
    }
    const status = last["grpc-status"];
    if (status === undefined)
      throw new DriverError("Unavailable", `${this.#path} answers without a status of gRPC`);
    if (status !== "0") {
      const message = String(last["grpc-message"] ?? "");
      throw new DriverError(grpcCodes[Number(status)] ?? "Unknown", decoded(message));
    }
    return unframed(answer);
  }

  #connected(): Promise<ClientHttp2Session> {
    if (this.#session) return this.#session;
    const session: Promise<ClientHttp2Session> = this.#connect(() => {
      // There may be another by now.
      if (this.#session !== session) return;
      this.#session = undefined;
      this.#onLost();
    });
    this.#session = session;
    return session;
  }

  async #connect(lost: () => void): Promise<ClientHttp2Session> {
    const { connect } = await import("node:http2");
    const socket = connectTo(this.#path);
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.setTimeout(deadlineMs, () => socket.destroy(new Error("it accepts no connection")));
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("the connection was closed")));
      });
      socket.setTimeout(0);
    } catch (error) {
      lost();
      const why = `connection error: desc = "transport: Error while dialing: ${messageOf(error)}"`;
      throw new DriverError("Unavailable", why, { cause: error });
    }
    const session = connect("http://localhost", { createConnection: () => socket });
    session.on("close", lost);
    session.on("goaway", lost);
    // Told by the calls that are under way.
    session.on("error", lost);
    // A connection that waits for nothing keeps no program running.
    session.unref();
    return session;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Not compressed, and how long it is. */
function framed(content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

function unframed(answer: Buffer): Buffer {
  if (answer.length < 5 || answer[0] !== 0 || answer.length < 5 + answer.readUInt32BE(1))
    throw new DriverError("Internal", "the answer is no message of gRPC");
  return answer.subarray(5, 5 + answer.readUInt32BE(1));
}
