/** Addresses in CEL: `ip("10.0.0.1")`, `cidr("10.0.0.0/8").containsIP(…)`, `url("https://example.com")`. */
import { isIPv4, isIPv6 } from "node:net";
import type { Environment } from "./library.ts";

type Family = 4 | 6;

/** An address. Kubernetes takes neither zones nor IPv4 addresses that are written as IPv6. */
class Address {
  readonly family: Family;
  /** As one writes it. */
  readonly text: string;
  readonly bits: bigint;

  constructor(text: string) {
    const family = familyOf(text);
    if (family === undefined)
      throw new RangeError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
    this.family = family;
    this.bits = family === 4 ? bitsOf4(text) : bitsOf6(text);
    this.text = family === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1);
  }

  toString(): string {
    return this.text;
  }
}

function familyOf(text: string): Family | undefined {
  if (isIPv4(text)) return 4;
  const isMapped = /^::ffff:/i.test(text) && text.includes(".");
  return isIPv6(text) && !text.includes("%") && !isMapped ? 6 : undefined;
}

function bitsOf4(text: string): bigint {
  return text.split(".").reduce((bits, part) => (bits << 8n) + BigInt(part), 0n);
}

function bitsOf6(text: string): bigint {
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const all = tail === undefined ? before : [...before, ...zeros, ...after];
  return all.reduce((bits, group) => (bits << 16n) + BigInt(`0x${group}`), 0n);
}

/** A range of addresses, and the address that it was written with. */
class Range {
  readonly address: Address;
  readonly prefix: number;

  constructor(text: string) {
    const [address = "", prefix = "", ...more] = text.split("/");
    const family = familyOf(address);
    const most = family === 4 ? 32 : 128;
    const isRange =
      family !== undefined && /^\d{1,3}$/.test(prefix) && Number(prefix) <= most && more.length === 0;
    if (!isRange)
      throw new RangeError(
        `network address parse error during conversion from string: ${JSON.stringify(text)}`,
      );
    this.address = new Address(address);
    this.prefix = Number(prefix);
  }

  contains({ family, bits }: Address): boolean {
    return family === this.address.family && this.#network(bits) === this.#network(this.address.bits);
  }

  #network(bits: bigint): bigint {
    return bits >> BigInt((this.address.family === 4 ? 32 : 128) - this.prefix);
  }

  /** With all bits behind the prefix unset. */
  masked(): Range {
    const width = this.address.family === 4 ? 32 : 128;
    const rest = BigInt(width - this.prefix);
    return new Range(`${textOf(this.address.family, (this.address.bits >> rest) << rest)}/${this.prefix}`);
  }

  toString(): string {
    return `${this.address.text}/${this.prefix}`;
  }
}

function textOf(family: Family, bits: bigint): string {
  const size = family === 4 ? 8 : 16;
  const count = family === 4 ? 4 : 8;
  const parts = Array.from(
    { length: count },
    (_, i) => (bits >> BigInt(size * (count - 1 - i))) & ((1n << BigInt(size)) - 1n),
  );
  return family === 4 ? parts.join(".") : parts.map(part => part.toString(16)).join(":");
}

class IpNamespace {}

export function registerAddresses(environment: Environment): void {
  const isIn = (...ranges: string[]) => {
    const parsed = ranges.map(range => new Range(range));
    return (address: Address) => parsed.some(range => range.contains(address));
  };
  const isUnspecified = isIn("0.0.0.0/32", "::/128");
  const isLoopback = isIn("127.0.0.0/8", "::1/128");
  const isMulticast = isIn("224.0.0.0/4", "ff00::/8");
  const isLocal = isIn("169.254.0.0/16", "fe80::/10");
  const isBroadcast = isIn("255.255.255.255/32");
  environment
    .registerType("net.IP", Address)
    .registerType("net.CIDR", Range)
    .registerType("IpNamespace", IpNamespace)
    .registerConstant("ip", "IpNamespace", new IpNamespace())
    .registerFunction("ip(string): net.IP", (text: string) => new Address(text))
    .registerFunction("isIP(string): bool", (text: string) => familyOf(text) !== undefined)
    .registerFunction(
      "IpNamespace.isCanonical(string): bool",
      (_: IpNamespace, text: string) => new Address(text).text === text,
    )
    .registerFunction("string(net.IP): string", String)
    .registerFunction("net.IP.family(): int", ({ family }: Address) => BigInt(family))
    .registerFunction("net.IP.isUnspecified(): bool", isUnspecified)
    .registerFunction("net.IP.isLoopback(): bool", isLoopback)
    .registerFunction("net.IP.isLinkLocalMulticast(): bool", isIn("224.0.0.0/24", "ff02::/16"))
    .registerFunction("net.IP.isLinkLocalUnicast(): bool", isLocal)
    .registerFunction(
      "net.IP.isGlobalUnicast(): bool",
      (address: Address) =>
        ![isUnspecified, isLoopback, isMulticast, isLocal, isBroadcast].some(holds => holds(address)),
    )
    .registerOperator("net.IP == net.IP", (one: Address, other: Address) => one.text === other.text)
    .registerFunction("cidr(string): net.CIDR", (text: string) => new Range(text))
    .registerFunction("isCIDR(string): bool", isRange)
    .registerFunction("string(net.CIDR): string", String)
    .registerFunction("net.CIDR.containsIP(net.IP): bool", (range: Range, address: Address) =>
      range.contains(address),
    )
    .registerFunction("net.CIDR.containsIP(string): bool", (range: Range, text: string) =>
      range.contains(new Address(text)),
    )
    .registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", containsRange)
    .registerFunction("net.CIDR.containsCIDR(string): bool", (range: Range, text: string) =>
      containsRange(range, new Range(text)),
    )
    .registerFunction("net.CIDR.ip(): net.IP", ({ address }: Range) => address)
    .registerFunction("net.CIDR.masked(): net.CIDR", (range: Range) => range.masked())
    .registerFunction("net.CIDR.prefixLength(): int", ({ prefix }: Range) => BigInt(prefix))
    .registerOperator("net.CIDR == net.CIDR", (one: Range, other: Range) => String(one) === String(other));
}

function isRange(text: string): boolean {
  try {
    return new Range(text) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function containsRange(outer: Range, inner: Range): boolean {
  return outer.prefix <= inner.prefix && outer.contains(inner.address);
}

export function registerUrls(environment: Environment): void {
  environment
    .registerType("kubernetes.URL", URL)
    .registerFunction("url(string): kubernetes.URL", (text: string) => {
      if (!isUrl(text))
        throw new RangeError(`URL parse error during conversion from string: ${JSON.stringify(text)}`);
      return urlOf(text);
    })
    .registerFunction("isURL(string): bool", isUrl)
    .registerFunction("kubernetes.URL.getScheme(): string", (url: URL) =>
      url.origin === nowhere ? "" : url.protocol.slice(0, -1),
    )
    .registerFunction("kubernetes.URL.getHost(): string", (url: URL) =>
      url.origin === nowhere ? "" : url.host,
    )
    .registerFunction("kubernetes.URL.getHostname(): string", (url: URL) =>
      url.origin === nowhere ? "" : url.hostname.replace(/^\[(.*)\]$/, "$1"),
    )
    .registerFunction("kubernetes.URL.getPort(): string", ({ port }: URL) => port)
    .registerFunction("kubernetes.URL.getEscapedPath(): string", ({ pathname }: URL) => pathname)
    .registerFunction(
      "kubernetes.URL.getQuery(): map<string, list<string>>",
      ({ searchParams }: URL) =>
        new Map([...searchParams.keys()].map(key => [key, searchParams.getAll(key)])),
    )
    .registerOperator("kubernetes.URL == kubernetes.URL", (one: URL, other: URL) => one.href === other.href);
}

/** Where a path without a host is taken to lie. */
const nowhere = "http://nowhere.invalid";

function isUrl(text: string): boolean {
  return text.startsWith("/") || (/^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text));
}

function urlOf(text: string): URL {
  return text.startsWith("/") ? new URL(text, nowhere) : new URL(text);
}
