import { Duplex, PassThrough } from "node:stream";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { SpdyConnection, type SpdyStream } from "./spdy-connection.ts";
import { controlFrame, dataFrame, type Frame, fin, framesOf, frameType } from "./spdy-frames.ts";
import { HeaderReader, HeaderWriter } from "./spdy-headers.ts";

async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("frames", () => {
  const bodies = fc.uint8Array({ maxLength: 300 });
  const frames = fc.oneof(
    fc.record({
      kind: fc.constant("data" as const),
      stream: fc.nat({ max: 0x7fffffff }),
      flags: fc.nat({ max: 255 }),
      body: bodies,
    }),
    fc.record({
      kind: fc.constant("control" as const),
      type: fc.nat({ max: 0xffff }),
      flags: fc.nat({ max: 255 }),
      body: bodies,
    }),
  );

  it("come out as they went in, however the bytes are cut", () =>
    fc.assert(
      fc.asyncProperty(fc.array(frames), fc.array(fc.nat({ max: 50 })), async (sent, sizes) => {
        const bytes = sent.map(frame =>
          frame.kind === "data"
            ? dataFrame(frame.stream, frame.body, frame.flags)
            : controlFrame(frame.type, [], frame.body, frame.flags),
        );
        const got = await all(framesOf(inPieces(Buffer.concat(bytes), sizes)));
        expect(got).toEqual(sent.map(frame => ({ ...frame, body: Buffer.from(frame.body) })));
      }),
    ));

  it("are refused where they are too large, cut off, or of another version", async () => {
    const read = (bytes: Buffer) => all(framesOf(inPieces(bytes, [])));
    await expect(read(Buffer.from("0000000100ffffff", "hex"))).rejects.toThrow("too large");
    await expect(read(dataFrame(1, Buffer.from("abc")).subarray(0, -1))).rejects.toThrow("too early");
    await expect(read(Buffer.from("8002000600000004000000ff", "hex"))).rejects.toThrow("version 2");
  });
});

describe("header blocks", () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  const reader = () => {
    const made = new HeaderReader();
    open.push(made);
    return made;
  };
  const writer = () => {
    const made = new HeaderWriter();
    open.push(made);
    return made;
  };

  it("begin with the dictionary of the specification", async () => {
    const block = await writer().write(new Map());
    // Its Adler-32 stands behind the two bytes of zlib.
    expect(block.subarray(2, 6).toString("hex")).toBe("e3c6a7c2");
  });

  it("come out as they went in, one after another", () => {
    const text = fc.string({ unit: "binary-ascii", maxLength: 40 });
    const headers = fc.dictionary(
      text.map(name => name.toLowerCase()),
      text,
      { noNullPrototype: true },
    );
    return fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 5 }), async blocks => {
        const [writes, reads] = [writer(), reader()];
        for (const block of blocks) {
          const sent = new Map(Object.entries(block));
          expect(await reads.read(await writes.write(sent))).toEqual(sent);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are refused where they are none, and where they become too large", async () => {
    await expect(reader().read(Buffer.from("no zlib at all"))).rejects.toThrow();
    const large = new Map([["a", "x".repeat(100_000)]]);
    await expect(reader().read(await writer().write(large))).rejects.toThrow("too large");
    const broken = reader();
    await expect(broken.read(Buffer.from([1, 2, 3]))).rejects.toThrow();
    await expect(broken.read(Buffer.from([1, 2, 3]))).rejects.toThrow();
  });
});

/** Two ends of a connection in memory. */
function pair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [
    Duplex.from({ readable: there, writable: back } as never),
    Duplex.from({ readable: back, writable: there } as never),
  ];
}

/** A client that speaks in frames. */
class TestClient {
  readonly #socket: Duplex;
  readonly #writer = new HeaderWriter();
  readonly #frames: AsyncGenerator<Frame>;
  readonly streams: SpdyStream[] = [];
  readonly connection: SpdyConnection;

  constructor() {
    const [client, server] = pair();
    this.#socket = client;
    client.on("error", () => {});
    this.connection = new SpdyConnection(server, stream => this.streams.push(stream));
    this.#frames = framesOf(client);
  }

  async open(id: number, headers: Record<string, string>, flags = 0): Promise<void> {
    const block = await this.#writer.write(new Map(Object.entries(headers)));
    this.send(controlFrame(frameType.synStream, [id, 0], Buffer.concat([Buffer.alloc(2), block]), flags));
  }

  send(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  async next(): Promise<Frame> {
    const { value } = await this.#frames.next();
    return value as Frame;
  }

  leave(): void {
    this.#writer.close();
    this.#socket.destroy();
  }

  end(): void {
    this.#writer.close();
    this.#socket.end();
  }
}

describe("a connection", () => {
  let client: TestClient;
  afterEach(async () => {
    client.leave();
    await client.connection.ended;
  });

  it("answers new streams, carries bytes both ways, and half-closes", async () => {
    client = new TestClient();
    await client.open(1, { StreamType: "data", port: "80" });
    expect(await client.next()).toMatchObject({ kind: "control", type: frameType.synReply });
    const [stream] = client.streams;
    expect([...(stream?.headers ?? [])]).toEqual([
      ["streamtype", "data"],
      ["port", "80"],
    ]);
    client.send(dataFrame(1, Buffer.from("ping"), fin));
    expect(
      Buffer.concat(
        (await all((stream as SpdyStream).iterator({ destroyOnReturn: false }))) as Buffer[],
      ).toString(),
    ).toBe("ping");
    stream?.end("pong");
    expect(await client.next()).toMatchObject({
      kind: "data",
      stream: 1,
      flags: 0,
      body: Buffer.from("pong"),
    });
    expect(await client.next()).toMatchObject({ kind: "data", stream: 1, flags: fin });
  });

  it("echoes pings, ignores windows, and ends where a stream is opened twice", async () => {
    client = new TestClient();
    client.send(controlFrame(frameType.ping, [7]));
    expect(await client.next()).toMatchObject({ type: frameType.ping, body: Buffer.from([0, 0, 0, 7]) });
    client.send(controlFrame(frameType.settings, [0]));
    client.send(controlFrame(frameType.windowUpdate, [1, 10]));
    await client.open(1, {});
    expect(await client.next()).toMatchObject({ type: frameType.synReply });
    await client.open(1, {});
    await client.connection.ended;
    expect(client.streams[0]?.destroyed).toBe(true);
  });

  it("is held back by a stream that is not read", async () => {
    client = new TestClient();
    await client.open(1, {});
    await client.next();
    const piece = dataFrame(1, Buffer.alloc(65_536));
    let sent = 0;
    while (sent < 100 && client.send(piece)) {
      sent++;
      for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(40);
    const [stream] = client.streams;
    expect(stream?.readableLength).toBeLessThan(1_200_000);
    stream?.resume();
    client.send(dataFrame(1, Buffer.alloc(0), fin));
    await new Promise(resolve => stream?.once("end", resolve));
  });

  it("ends, and never fails, whatever arrives", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 })), async pieces => {
        client = new TestClient();
        // Half of them are whole frames with rubbish inside.
        for (const [i, piece] of pieces.entries())
          client.send(i % 2 === 0 ? controlFrame((piece[0] ?? 0) % 10, [], piece) : dataFrame(1, piece));
        for (const piece of pieces) client.send(piece);
        client.end();
        for (const stream of client.streams) stream.resume();
        await client.connection.ended;
      }),
      { numRuns: 200 },
    ));
});
