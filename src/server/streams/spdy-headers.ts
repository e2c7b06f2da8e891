/**
 * The header blocks of SPDY/3: names and values with their lengths in front, all blocks of a direction in one zlib stream that
 * begins with a dictionary both sides know. So the blocks of a connection must be read, and written, in their order.
 */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";

/** Names in lower case. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** More than any client sends; a small block can be inflated to a very large one. */
const maxBlockBytes = 64 * 1024;

const dictionary = dictionaryOf(
  [
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow",
    "authorization cache-control connection content-base content-encoding content-language content-length",
    "content-location content-md5 content-range content-type date etag expect expires from host if-match",
    "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma",
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade",
    "user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie",
    "keep-alive origin",
  ],
  [
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505",
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized",
    "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable",
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT",
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,",
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.",
  ],
);

/** Reads the blocks that arrive. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  #pieces: Buffer[] = [];
  #length = 0;

  constructor() {
    this.#inflate.on("data", (piece: Buffer) => {
      this.#length += piece.length;
      if (this.#length > maxBlockBytes) this.#inflate.destroy(new Error("a SPDY header block is too large"));
      else this.#pieces.push(piece);
    });
    // The error is told to the reader of the block.
    this.#inflate.on("error", () => {});
  }

  /** One at a time. Fails for what is no header block. */
  async read(block: Uint8Array): Promise<SpdyHeaders> {
    await written(this.#inflate, block);
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    return headersIn(bytes);
  }

  close(): void {
    this.#inflate.destroy();
  }
}

/** Makes the blocks that are sent. */
export class HeaderWriter {
  readonly #deflate: Deflate = createDeflate({ dictionary });

  /** One at a time. */
  async write(headers: SpdyHeaders): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const take = (piece: Buffer) => void pieces.push(piece);
    this.#deflate.on("data", take);
    this.#deflate.write(blockOf(headers));
    await new Promise<void>(resolve => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    this.#deflate.off("data", take);
    return Buffer.concat(pieces);
  }

  close(): void {
    this.#deflate.destroy();
  }
}

/** Resolves when the stream has read all that these bytes decompress to. */
function written(stream: Inflate, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(stream.errored ?? new Error("the connection is closed"));
    if (stream.destroyed) return failed();
    stream.once("close", failed);
    stream.write(bytes, error => {
      // An error is followed by the close.
      if (error) return;
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off("close", failed);
        resolve();
      });
    });
  });
}

function headersIn(bytes: Buffer): SpdyHeaders {
  const headers = new Map<string, string>();
  let at = 0;
  const number = () => {
    if (at + 4 > bytes.length) throw new Error("a SPDY header block ends too early");
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (at + length > bytes.length) throw new Error("a SPDY header block ends too early");
    at += length;
    return bytes.toString("latin1", at - length, at);
  };
  for (let left = number(); left > 0; left--) headers.set(text().toLowerCase(), text());
  return headers;
}

function blockOf(headers: SpdyHeaders): Buffer {
  const texts = [...headers].flatMap(pair => pair.map(text => withLength(text)));
  return Buffer.concat([numberBytes(headers.size), ...texts]);
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([numberBytes(bytes.length), bytes]);
}

function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** @param words as in the specification, each with its length in front; `_` is a space in one of them */
function dictionaryOf(words: readonly string[], tail: readonly string[]): Buffer {
  const named = words.flatMap(line => line.split(" ")).map(word => withLength(word.replace("_", " ")));
  return Buffer.concat([...named, Buffer.from(tail.join(""), "latin1")]);
}
