/** Which addresses the pods of a node have: its `spec.podCIDR`, as in `10.244.1.0/24`. */
import { addressNumber } from "../../messages/index.ts";

export function isWithin(address: string, range: string): boolean {
  const [, first = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(range) ?? [];
  const [number, start, length] = [addressNumber(address), addressNumber(first), Number(bits)];
  if (Number.isNaN(number) || Number.isNaN(start) || length > 32 || bits === "") return false;
  const size = 2 ** (32 - length);
  return Math.floor(number / size) === Math.floor(start / size);
}
