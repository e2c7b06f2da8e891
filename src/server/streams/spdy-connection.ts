/**
 * The server's side of a SPDY/3.1 connection over any duplex stream of bytes: a socket after `Upgrade: SPDY/3.1`, or the
 * messages of a WebSocket. The client opens streams, each of which is a Duplex here.
 *
 * As the clients of Kubernetes do, it uses no windows of SPDY: a stream that is not read holds the whole connection back as
 * soon as so much of it is unread.
 */
import { Duplex } from "node:stream";
import { controlFrame, dataFrame, type Frame, fin, framesOf, frameType } from "./spdy-frames.ts";
import { HeaderReader, HeaderWriter, type SpdyHeaders } from "./spdy-headers.ts";

/** In bytes, for each stream. */
const unreadLimit = 1024 * 1024;
/** kubectl has two for each forwarded connection. */
const maxStreams = 2_000;

const refusedStream = 3;
const cancelled = 5;

export class SpdyConnection {
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>;
  readonly #socket: Duplex;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #opened: (stream: SpdyStream) => void;
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();

  /** @param opened is told each stream that the client opens */
  constructor(socket: Duplex, opened: (stream: SpdyStream) => void) {
    this.#socket = socket;
    this.#opened = opened;
    socket.on("error", () => {});
    this.ended = this.#run();
  }

  /** Sends what is under way, and closes. */
  end(): void {
    this.send(controlFrame(frameType.goAway, [0, 0]));
    this.#socket.end();
  }

  /** For a stream: `taken` is called when more may be sent. */
  send(bytes: Buffer, taken?: (error?: Error | null) => void): void {
    if (this.#socket.writable) this.#socket.write(bytes, taken);
    else taken?.(new Error("the connection is closed"));
  }

  /** For a stream: it is over. */
  forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id);
  }

  /** Resolves when the client has taken it, so that one which only sends is not answered without end. */
  #sent(bytes: Buffer): Promise<void> {
    return new Promise(resolve => this.send(bytes, () => resolve()));
  }

  async #run(): Promise<void> {
    try {
      for await (const frame of framesOf(this.#socket)) await this.#take(frame);
    } catch {
      // The client has gone, or does not speak SPDY: it sees the end of the connection.
    } finally {
      for (const stream of [...this.#streams.values()]) stream.destroy();
      this.#reader.close();
      this.#writer.close();
      this.#socket.destroy();
    }
  }

  async #take(frame: Frame): Promise<void> {
    if (frame.kind === "data") {
      const stream = this.#streams.get(frame.stream);
      // Of a stream that is over: what was under way.
      await stream?.receive(frame.body, (frame.flags & fin) !== 0);
      return;
    }
    const { type, flags, body } = frame;
    switch (type) {
      case frameType.synStream:
        if (body.length < 10) throw new Error("a SYN_STREAM is too short");
        return this.#open(body.readUInt32BE(0), await this.#reader.read(body.subarray(10)), flags);
      case frameType.headers:
        // Nothing is in it for us, but it is part of the compressed stream.
        if (body.length > 4) await this.#reader.read(body.subarray(4));
        return;
      case frameType.rstStream:
        this.#streams.get(body.readUInt32BE(0))?.destroy();
        return;
      case frameType.ping:
        return this.#sent(controlFrame(frameType.ping, [body.readUInt32BE(0)]));
      default:
        // Settings and windows say nothing that matters here; a GOAWAY is followed by the end.
        return;
    }
  }

  async #open(id: number, headers: SpdyHeaders, flags: number): Promise<void> {
    if (this.#streams.has(id)) throw new Error(`stream ${id} is open already`);
    if (this.#streams.size >= maxStreams)
      return this.#sent(controlFrame(frameType.rstStream, [id, refusedStream]));
    await this.#sent(controlFrame(frameType.synReply, [id], await this.#writer.write(new Map())));
    const stream = new SpdyStream(id, headers, this);
    this.#streams.set(id, stream);
    if ((flags & fin) !== 0) await stream.receive(Buffer.alloc(0), true);
    this.#opened(stream);
  }
}

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #connection: SpdyConnection;
  /** Called when some of what is unread has been read. */
  #wasRead: (() => void) | undefined;

  constructor(id: number, headers: SpdyHeaders, connection: SpdyConnection) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    this.on("error", () => {});
  }

  /** For the connection: bytes have come. Resolves when more may come. */
  async receive(bytes: Buffer, isLast: boolean): Promise<void> {
    if (this.destroyed || this.readableEnded) return;
    if (bytes.length > 0) this.push(bytes);
    if (isLast) this.push(null);
    while (this.readableLength > unreadLimit && !this.destroyed) {
      await new Promise<void>(resolve => {
        this.#wasRead = resolve;
      });
    }
  }

  override _read(): void {
    this.#wasRead?.();
    this.#wasRead = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#connection.send(dataFrame(this.id, chunk), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.send(dataFrame(this.id, new Uint8Array(), fin), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const isWhole = this.writableFinished && this.readableEnded;
    if (!isWhole) this.#connection.send(controlFrame(frameType.rstStream, [this.id, cancelled]));
    this.#connection.forget(this);
    this.#wasRead?.();
    done(error);
  }
}
