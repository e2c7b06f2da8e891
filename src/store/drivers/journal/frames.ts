/**
 * The frames that a file of the journal is made of. Each is 16 bytes of head (a mark, the length of what follows, its checksum,
 * and the checksum of the head itself), then the text. What is written and synced at once is one frame, and the next is
 * written only then: so after a crash only the last frame can be there in part, and whatever else is wrong is damage.
 */
import { crc32 } from "node:zlib";

const mark = Buffer.from("K4SJ", "latin1");
const headLength = 16;

/** A frame that holds this text. */
export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headLength + length);
  frame.write(text, headLength);
  mark.copy(frame);
  frame.writeUInt32LE(length, 4);
  frame.writeUInt32LE(crc32(frame.subarray(headLength)), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 12)), 12);
  return frame;
}

export interface Frames {
  readonly texts: readonly string[];
  /** Where the last whole frame ends, in bytes. */
  readonly end: number;
  /** What comes after it: nothing, the beginning of a frame that was never synced, or damage, for a whole frame follows. */
  readonly rest: "nothing" | "torn" | "damaged";
}

/** Reads frames up to the first that is not whole. */
export function framesIn(bytes: Buffer): Frames {
  const texts: string[] = [];
  let end = 0;
  while (end < bytes.length) {
    const next = endOfFrame(bytes, end);
    if (next === undefined) return { texts, end, rest: isFollowed(bytes, end) ? "damaged" : "torn" };
    texts.push(bytes.toString("utf8", end + headLength, next));
    end = next;
  }
  return { texts, end, rest: "nothing" };
}

/** Where the frame that begins here ends; undefined where there is no whole one. */
function endOfFrame(bytes: Buffer, start: number): number | undefined {
  const from = start + headLength;
  if (from > bytes.length || !mark.equals(bytes.subarray(start, start + 4))) return undefined;
  if (crc32(bytes.subarray(start, start + 12)) !== bytes.readUInt32LE(start + 12)) return undefined;
  const end = from + bytes.readUInt32LE(start + 4);
  if (end > bytes.length) return undefined;
  return crc32(bytes.subarray(from, end)) === bytes.readUInt32LE(start + 8) ? end : undefined;
}

/** Whether a whole frame begins anywhere after this place. No text looks like one: JSON has no byte 0, and a head has. */
function isFollowed(bytes: Buffer, place: number): boolean {
  for (let at = bytes.indexOf(mark, place + 1); at >= 0; at = bytes.indexOf(mark, at + 1))
    if (endOfFrame(bytes, at) !== undefined) return true;
  return false;
}
