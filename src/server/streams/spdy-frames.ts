/**
 * The frames of SPDY/3.1, as far as Kubernetes' streams use them: bytes in, frames out, and back. What is inside of the header
 * blocks is spdy-headers.ts's.
 */

/** Types of control frames. */
export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The flag of the last frame of a stream. */
export const fin = 1;

export type Frame =
  | { readonly kind: "data"; readonly stream: number; readonly flags: number; readonly body: Buffer }
  | { readonly kind: "control"; readonly type: number; readonly flags: number; readonly body: Buffer };

/** Larger ones are refused: clients send pieces of 32 KiB. */
const maxFrameBytes = 4 * 1024 * 1024;
const headLength = 8;
const version = 3;

/** The frames in a stream of bytes. Throws for what is no SPDY/3, and where a frame is cut off by the end. */
export async function* framesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let needed = headLength;
  for await (const piece of bytes) {
    pieces.push(piece);
    length += piece.length;
    if (length < needed) continue;
    let rest = Buffer.concat(pieces);
    for (needed = neededFor(rest); rest.length >= needed; needed = neededFor(rest)) {
      yield frameIn(rest.subarray(0, needed));
      rest = rest.subarray(needed);
    }
    pieces = [rest];
    length = rest.length;
  }
  if (length > 0) throw new Error("a SPDY frame ends too early");
}

/** How many bytes the first frame has, as far as can be told. */
function neededFor(bytes: Buffer): number {
  if (bytes.length < headLength) return headLength;
  const length = bytes.readUInt32BE(4) & 0xffffff;
  if (length > maxFrameBytes) throw new Error(`a SPDY frame of ${length} bytes is too large`);
  return headLength + length;
}

function frameIn(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0);
  const flags = bytes.readUInt8(4);
  const body = bytes.subarray(headLength);
  if (first < 0x80000000) return { kind: "data", stream: first, flags, body };
  const its = (first >>> 16) & 0x7fff;
  if (its !== version) throw new Error(`SPDY of version ${its} is not spoken here`);
  return { kind: "control", type: first & 0xffff, flags, body };
}

export function dataFrame(stream: number, body: Uint8Array, flags = 0): Buffer {
  return Buffer.concat([head(stream, flags, body.length), body]);
}

/** @param numbers of 32 bits, which come before the rest of the body */
export function controlFrame(
  type: number,
  numbers: readonly number[],
  rest: Uint8Array = nothing,
  flags = 0,
): Buffer {
  const fields = Buffer.alloc(numbers.length * 4);
  for (const [i, number] of numbers.entries()) fields.writeUInt32BE(number >>> 0, i * 4);
  const first = (0x80000000 | (version << 16) | type) >>> 0;
  return Buffer.concat([head(first, flags, fields.length + rest.length), fields, rest]);
}

const nothing = new Uint8Array();

function head(first: number, flags: number, length: number): Buffer {
  const bytes = Buffer.alloc(headLength);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(length, 4);
  bytes.writeUInt8(flags, 4);
  return bytes;
}
