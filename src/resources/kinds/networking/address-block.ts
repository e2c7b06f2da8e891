/** Blocks of addresses in CIDR notation, `10.0.0.0/8`: whether a text is one, and whether one lies within another. */
import { isIPv4, isIPv6 } from "./addresses.ts";

interface Block {
  readonly address: bigint;
  /** How many leading bits are the block's; the others are free. */
  readonly length: number;
  readonly bits: 32 | 128;
}

const sentence = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** What is wrong with it, in Kubernetes' words; undefined where nothing is. */
export function blockFault(text: string): string | undefined {
  return parse(text) ? undefined : sentence;
}

/** Whether all addresses of the one, and not all of the other, are in it. Both are blocks. */
export function isStrictlyWithin(inner: string, outer: string): boolean {
  const [a, b] = [parse(inner), parse(outer)];
  if (!a || !b || a.bits !== b.bits || a.length <= b.length) return false;
  const free = BigInt(b.bits - b.length);
  return a.address >> free === b.address >> free;
}

/** Whether the address is in the block. False where either is not one, or they are of different families. */
export function isInBlock(address: string, block: string): boolean {
  return isWithin(`${address}/${address.includes(":") ? 128 : 32}`, block);
}

/** Whether all addresses of the one block are in the other, which may be the same. */
export function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [parse(inner), parse(outer)];
  if (!a || !b || a.bits !== b.bits || a.length < b.length) return false;
  const free = BigInt(b.bits - b.length);
  return a.address >> free === b.address >> free;
}

/** The first address of a block of IPv4 as a number, and how many it has; undefined where it is none. */
export function ipv4Range(block: string): { readonly first: number; readonly count: number } | undefined {
  const parsed = parse(block);
  if (parsed?.bits !== 32) return undefined;
  const count = 2 ** (32 - parsed.length);
  return { first: Math.floor(Number(parsed.address) / count) * count, count };
}

function parse(text: string): Block | undefined {
  const [, host = "", digits = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const bits = isIPv4(host) ? 32 : isIPv6(host) ? 128 : undefined;
  const length = Number(digits);
  if (bits === undefined || length > bits) return undefined;
  return {
    address: bits === 32 ? numberOf(host.split("."), 10, 8n) : numberOf(groupsOf(host), 16, 16n),
    length,
    bits,
  };
}

function numberOf(parts: readonly string[], radix: number, width: bigint): bigint {
  return parts.reduce((sum, part) => (sum << width) | BigInt(Number.parseInt(part, radix)), 0n);
}

/** The eight groups of an IPv6 address, written out by the URL parser. */
function groupsOf(host: string): string[] {
  const canonical = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  const [front = "", back] = canonical.split("::");
  const [left, right] = [front, back ?? ""].map(half => half.split(":").filter(Boolean)) as [
    string[],
    string[],
  ];
  return back === undefined
    ? left
    : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
}
