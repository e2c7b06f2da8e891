/** DNS records in the shapes in which Node's resolver gives them, and its errors, from what the directory knows of a name. */
import { isIPv4 } from "node:net";
import type { FoundRecord, FoundRecords } from "../../messages/index.ts";
import { unmapped } from "../../outside/index.ts";
import type { Call } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

/** By the method of the resolver: the type of the records. */
const typeOf: Readonly<Record<string, string>> = {
  resolve4: "A",
  resolve6: "AAAA",
  resolveAny: "ANY",
  resolveCaa: "CAA",
  resolveCname: "CNAME",
  resolveMx: "MX",
  resolveNaptr: "NAPTR",
  resolveNs: "NS",
  resolvePtr: "PTR",
  resolveSoa: "SOA",
  resolveSrv: "SRV",
  resolveTlsa: "TLSA",
  resolveTxt: "TXT",
};

export const recordMethods: readonly string[] = [...Object.keys(typeOf), "resolve", "reverse"];

/** What a call of a method asks for. */
export interface RecordsAsked {
  readonly name: string;
  readonly type: string;
  /** As the program has written it, for errors. */
  readonly given: string;
  /** How Node calls the question in errors. */
  readonly syscall: string;
  /** Whether addresses are told with how long they hold. */
  readonly withTtl: boolean;
}

/** What a call is answered with. */
export interface Answered {
  readonly error?: Error;
  /** What a callback is given. */
  readonly value: readonly unknown[];
  /** What a promise resolves to, where a callback is given more than one thing. */
  readonly whole?: unknown;
  /** What Node is asked instead: another name, outside of the cluster. */
  readonly instead?: unknown;
}

/** Undefined where Node will say what is wrong with it. */
export function questionIn(method: string, [given, second]: readonly unknown[]): RecordsAsked | undefined {
  if (typeof given !== "string") return undefined;
  if (method === "reverse") {
    const name = reversed(given);
    return name === undefined
      ? undefined
      : { name, type: "PTR", given, syscall: "getHostByAddr", withTtl: false };
  }
  const type = method === "resolve" ? (second ?? "A") : typeOf[method];
  if (typeof type !== "string" || !Object.values(typeOf).includes(type)) return undefined;
  const syscall = `query${type.charAt(0)}${type.slice(1).toLowerCase()}`;
  const withTtl = typeof second === "object" && second !== null && "ttl" in second && Boolean(second.ttl);
  return { name: given, type, given, syscall, withTtl };
}

/** Undefined where the name cannot be one of the cluster's. */
export function recordsFor(asked: RecordsAsked, network: PodNetwork): Promise<Answered> | undefined {
  const found = network.records(asked.name, asked.type);
  if (found === undefined) return undefined;
  return Promise.resolve(found).then(each => answerOf(each, asked, network));
}

/**
 * `lookupService`: the name of an address of the cluster, and what systems call the port.
 * @param ofNode knows the names of ports
 */
export function serviceFor(
  address: unknown,
  port: unknown,
  network: PodNetwork,
  ofNode: Call,
): Promise<Answered> | undefined {
  const name = typeof address === "string" ? reversed(address) : undefined;
  const found = name === undefined ? undefined : network.records(name, "PTR");
  if (found === undefined) return undefined;
  return Promise.resolve(found).then(async each => {
    if (!each || each.outside !== undefined) return { value: [], instead: address };
    const [record] = each.records;
    if (!record) return { value: [], error: resolveError("getnameinfo", "ENOTFOUND", String(address)) };
    try {
      const { service } = (await ofNode("127.0.0.1", port)) as { service: string };
      return { value: [record.data, service], whole: { hostname: record.data, service } };
    } catch (error) {
      return { value: [], error: error as Error };
    }
  });
}

function answerOf(found: FoundRecords | undefined, asked: RecordsAsked, network: PodNetwork): Answered {
  const { given, syscall, type } = asked;
  if (!found) return { value: [], instead: given };
  if (found.outside !== undefined) return { value: [], instead: found.outside };
  const records = found.records.filter(record => record.type === type);
  if (records.length === 0) {
    // Node's own call for addresses knows no other.
    const code = found.is === "no-name" || asked.syscall === "getHostByAddr" ? "ENOTFOUND" : "ENODATA";
    return { value: [], error: resolveError(syscall, code, given) };
  }
  const values = network.shuffled(records).map(record => shapeOf(record, asked.withTtl));
  return { value: [type === "SOA" ? values[0] : values] };
}

function shapeOf(record: FoundRecord, withTtl: boolean): unknown {
  switch (record.type) {
    case "A":
    case "AAAA":
      return withTtl ? { address: record.data, ttl: record.ttl } : record.data;
    case "TXT":
      return [record.data];
    case "SRV": {
      const { target: name, port, priority, weight } = record.data;
      return { name, port, priority, weight, ...(tellsType && { type: "SRV" }) };
    }
    case "SOA": {
      const { mname: nsname, rname: hostmaster, serial, refresh, retry, expire, minimum } = record.data;
      return { nsname, hostmaster, serial, refresh, retry, expire, minttl: minimum };
    }
    default:
      return record.data;
  }
}

/** Since Node 24. */
const tellsType = Number(process.versions.node.split(".")[0]) >= 24;

/** The name under which DNS has what an address is called. */
function reversed(address: string): string | undefined {
  const plain = unmapped(address);
  return isIPv4(plain) ? `${plain.split(".").toReversed().join(".")}.in-addr.arpa` : undefined;
}

function resolveError(syscall: string, code: string, hostname: string): Error {
  return Object.assign(new Error(`${syscall} ${code} ${hostname}`), { code, syscall, hostname });
}
