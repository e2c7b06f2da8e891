/**
 * The answer to one DNS query, bytes in, bytes out: what is asked, by which rules of the protocol it is answered (RFC 1034, 1035, 2308,
 * 6891), and how much of it fits. The records are zone.ts'; what the cluster does not know is left to the resolvers of the machine.
 */
import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  type OptAnswer,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import type { Random } from "../../outside/index.ts";
import { mostAliases } from "../dns-names.ts";
import { authority, ttl, type ZoneFacts, zoneAnswer } from "./zone.ts";

export interface ReplyParts {
  readonly facts: ZoneFacts;
  /** In which order several records are told: clients mostly take the first. */
  readonly random: Random;
  /** Asks the resolvers of the machine; resolves to the packet that came. Rejects where none answers, or too many ask. */
  readonly forward: (query: Buffer, transport: Transport) => Promise<Buffer>;
}

export type Transport = "udp" | "tcp";

/** What a client of UDP takes that says nothing of it, and what it may say at most. */
const [leastPayload, mostPayload] = [512, 4_096];
const codes = { none: 0, format: 1, server: 2, name: 3, notImplemented: 4, refused: 5, badVersion: 16 };

/** Undefined: no answer is due, for it is no question. Never rejects. */
export function replyTo(
  query: Buffer,
  transport: Transport,
  parts: ReplyParts,
): Promise<Buffer> | Buffer | undefined {
  // Whatever answers an answer can be made to answer itself.
  if (query.length < 12 || (query.readUInt8(2) & 0x80) !== 0) return undefined;
  const asked = understood(query);
  if (typeof asked === "number") return refusal(query, asked);
  const reply = new Reply(asked, transport, parts.random);
  const { name, type } = asked;
  if (asked.edns && asked.edns.ednsVersion !== 0) return reply.bytes({ code: codes.badVersion });
  if (type === "AXFR" || type === "IXFR") return reply.bytes({ code: codes.refused });
  const chain: Answer[] = [];
  let current = name;
  for (let aliases = 0; ; aliases++) {
    const found = zoneAnswer(current, type, parts.facts);
    switch (found.is) {
      case "records":
        return reply.bytes({
          answers: [...chain, ...reply.shuffled(found.answers)],
          additionals: found.additionals,
        });
      case "alias": {
        chain.push({ name: current, type: "CNAME", ttl, data: found.target });
        if (type === "CNAME") return reply.bytes({ answers: chain });
        if (aliases === mostAliases) return reply.bytes({ code: codes.server });
        current = found.target;
        break;
      }
      case "outside":
        if (chain.length === 0) return forwarded(query, transport, reply, parts);
        return resolvedOutside(current, chain, asked, reply, parts);
      default: {
        // An alias that leads nowhere is an answer nevertheless.
        const code = found.is === "no-name" ? codes.name : codes.none;
        const apex = type === "SOA" && current.toLowerCase().replace(/\.$/, "") === "cluster.local";
        const soa = authority(current, parts.facts.store.revision);
        return reply.bytes(apex ? { answers: [soa] } : { code, answers: chain, authorities: [soa] });
      }
    }
  }
}

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly question: NonNullable<DecodedPacket["questions"]>[number];
  readonly isRecursive: boolean;
  readonly edns: OptAnswer | undefined;
}

/** A code where it is no question that can be answered. */
function understood(query: Buffer): Asked | number {
  const opcode = (query.readUInt8(2) >> 3) & 0xf;
  if (opcode !== 0) return codes.notImplemented;
  let packet: DecodedPacket;
  try {
    packet = decode(query);
  } catch {
    return codes.format;
  }
  const { id = 0, questions = [], additionals = [], flags = 0 } = packet;
  const [question] = questions;
  if (!question || questions.length !== 1) return codes.format;
  if (question.class !== undefined && question.class !== "IN" && question.class !== "ANY")
    return codes.refused;
  const edns = additionals.filter(each => each.type === "OPT");
  if (edns.length > 1) return codes.format;
  const { name, type } = question;
  const isRecursive = (flags & RECURSION_DESIRED) !== 0;
  return { id, name, type: String(type).toUpperCase(), question, isRecursive, edns: edns[0] };
}

/** The header alone, for what was not understood. */
function refusal(query: Buffer, code: number): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 4);
  header.writeUInt8((header.readUInt8(2) & 0x79) | 0x80, 2);
  header.writeUInt8(code, 3);
  return header;
}

interface Content {
  readonly code?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/** Builds the packets that answer one question. */
class Reply {
  readonly #asked: Asked;
  readonly #limit: number;
  readonly #random: Random;

  constructor(asked: Asked, transport: Transport, random: Random) {
    this.#asked = asked;
    this.#random = random;
    const taken = Math.min(Math.max(asked.edns?.udpPayloadSize ?? 0, leastPayload), mostPayload);
    this.#limit = transport === "tcp" ? 65_535 : taken;
  }

  shuffled(answers: readonly Answer[]): readonly Answer[] {
    if (answers.length < 2) return answers;
    const start = this.#random.below(answers.length);
    return [...answers.slice(start), ...answers.slice(0, start)];
  }

  /** What is not needed is left out first; where the answers do not fit, it is said that there are more. */
  bytes({ code = codes.none, answers = [], authorities = [], additionals = [] }: Content): Buffer {
    const whole = this.#encoded(code, answers, authorities, additionals);
    if (whole.length <= this.#limit) return whole;
    const needed = this.#encoded(code, answers, authorities, []);
    if (needed.length <= this.#limit) return needed;
    let [fits, tooMany] = [0, answers.length];
    while (tooMany - fits > 1) {
      const half = (fits + tooMany) >> 1;
      if (this.#encoded(code, answers.slice(0, half), [], []).length <= this.#limit) fits = half;
      else tooMany = half;
    }
    return this.#encoded(code, answers.slice(0, fits), [], [], TRUNCATED_RESPONSE);
  }

  #encoded(
    code: number,
    answers: readonly Answer[],
    authorities: readonly Answer[],
    additionals: readonly Answer[],
    more = 0,
  ): Buffer {
    const { id, question, isRecursive, edns } = this.#asked;
    const recursive = RECURSION_AVAILABLE | (isRecursive ? RECURSION_DESIRED : 0);
    const opt: OptAnswer[] = edns
      ? [
          {
            name: ".",
            type: "OPT",
            udpPayloadSize: mostPayload,
            extendedRcode: code >> 4,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [];
    return encode({
      type: "response",
      id,
      flags: AUTHORITATIVE_ANSWER | recursive | more | (code & 0xf),
      questions: [question],
      answers: [...answers],
      authorities: [...authorities],
      additionals: [...additionals, ...opt],
    });
  }
}

async function forwarded(
  query: Buffer,
  transport: Transport,
  reply: Reply,
  { forward }: ReplyParts,
): Promise<Buffer> {
  try {
    return await forward(query, transport);
  } catch (error) {
    return reply.bytes({ code: error instanceof TooManyForwarded ? codes.refused : codes.server });
  }
}

/** Too many questions are under way to the resolvers of the machine. */
export class TooManyForwarded extends Error {}

/** An ExternalName: what its target is, the resolvers of the machine say. */
async function resolvedOutside(
  name: string,
  chain: readonly Answer[],
  { question }: Asked,
  reply: Reply,
  { forward, random }: ReplyParts,
): Promise<Buffer> {
  const id = random.below(65_536);
  const query = encode({ type: "query", id, flags: RECURSION_DESIRED, questions: [{ ...question, name }] });
  try {
    const { answers = [], rcode } = decode(await forward(query, "udp")) as DecodedPacket & { rcode?: string };
    const code = rcode === "NXDOMAIN" ? codes.name : rcode === "NOERROR" ? codes.none : codes.server;
    return reply.bytes({ code, answers: [...chain, ...answers] });
  } catch {
    // The alias itself is known: a client may ask another server for the rest.
    return reply.bytes({ code: codes.server, answers: chain });
  }
}
