/**
 * What stands before each datagram from one pod to another: who sends it. It goes by a UDP socket of the machine, whose address says nothing of
 * the pod. A datagram without it comes from outside of the cluster.
 */
import { addressNumber, addressText } from "../../messages/index.ts";

export interface DatagramHead {
  /** The address of the pod, in dotted decimals; 127.0.0.1 where it sends to itself by that. */
  readonly from: string;
  readonly fromPort: number;
}

/** No protocol begins so: "k4s", and the number of this form. */
const mark = 0x6b34_7301;
const headLength = 10;

export function encodeDatagramHead({ from, fromPort }: DatagramHead): Buffer {
  const bytes = Buffer.alloc(headLength);
  bytes.writeUInt32BE(mark, 0);
  bytes.writeUInt32BE(addressNumber(from), 4);
  bytes.writeUInt16BE(fromPort, 8);
  return bytes;
}

/** Undefined where there is none. */
export function takeDatagramHead(bytes: Buffer): { head: DatagramHead; body: Buffer } | undefined {
  if (bytes.length < headLength || bytes.readUInt32BE(0) !== mark) return undefined;
  const head = { from: addressText(bytes.readUInt32BE(4)), fromPort: bytes.readUInt16BE(8) };
  return { head, body: bytes.subarray(headLength) };
}
