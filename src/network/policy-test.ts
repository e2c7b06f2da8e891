/**
 * The answer to "may this one connect to that one?" before anybody tries: the verdict on each way from a pod to an endpoint, with the
 * policies and the rule that decided it at both ends. It is the verdict that connections and messages get, and nothing is sent.
 */
import { ApiError } from "../errors/index.ts";
import { type EndFacts, namedEnd, receiversOf, sendersOf } from "./named-ends.ts";
import { type Decision, nameOfEnd, type Policies, type Protocol } from "./policy/index.ts";

export interface PolicyTestOptions {
  /** A number, or the name of a port of the Service or pod. Left out: a message, which has no port. It may stand behind the name too. */
  readonly port?: number | string;
  /** Default: TCP. */
  readonly protocol?: Protocol;
  /** From where names are looked up. Default: `default`. */
  readonly namespace?: string;
}

/** One way from a pod or address to another. */
export interface PolicyWay {
  /** `pod shop/web`, `203.0.113.7`. */
  readonly from: string;
  readonly to: string;
  /** Of the pod that is connected to, which may be another than that of the Service. */
  readonly port?: number;
  readonly protocol: Protocol;
  readonly allowed: boolean;
  /** Whatever policies say: a pod and itself, a pod and its own node. */
  readonly isAlways: boolean;
  readonly egress: Decision;
  readonly ingress: Decision;
}

export interface PolicyTest {
  /** Whether every way is allowed, and there is one. */
  readonly allowed: boolean;
  /** From each pod behind the one name to each endpoint behind the other. None: a Service has no endpoint. */
  readonly ways: readonly PolicyWay[];
  /** The same for people to read, in lines. */
  readonly text: string;
}

interface TestFacts extends EndFacts {
  readonly policies: Pick<Policies, "endOf" | "endAt" | "explanation">;
}

/** Who wants to know it of so many is to name single pods. */
const mostWays = 10_000;

/** Fails with NotFound where something that is named is not there. */
export function policyTest(
  from: string,
  to: string,
  options: PolicyTestOptions,
  facts: TestFacts,
): PolicyTest {
  const { namespace = "default" } = options;
  const asked = withPort(to, options);
  const { port, protocol } = asked;
  const sender = namedEnd(from, namespace, facts);
  const receiver = namedEnd(asked.name, namespace, facts);
  const senders = sendersOf(sender, facts);
  const receivers = receiversOf(receiver, port, protocol, facts);
  if (senders.length * receivers.length > mostWays)
    throw new ApiError(
      "BadRequest",
      `${sender.name} and ${receiver.name} are ${senders.length} and ${receivers.length} ends: name single pods`,
    );
  const ways = senders.flatMap(from =>
    receivers.map(({ end, port }): PolicyWay => {
      const told = facts.policies.explanation(from, end, port, protocol);
      const names = { from: nameOfEnd(from), to: nameOfEnd(end) };
      return { ...names, ...(port !== undefined && { port }), protocol, ...told };
    }),
  );
  const empty = [...(senders.length === 0 ? [sender] : []), ...(receivers.length === 0 ? [receiver] : [])];
  const lines = [
    ...empty.map(({ name }) => `nothing to test: ${name} has no endpoint`),
    ...ways.flatMap(linesOf),
  ];
  const text = lines.map(line => `${line}\n`).join("");
  return { allowed: ways.length > 0 && ways.every(({ allowed }) => allowed), ways, text };
}

/** The port that stands behind a name: `web:80`, `web:http`, `web:53/UDP`, `10.96.0.7:80`, `[fd00::1]:80`. */
function withPort(
  to: string,
  { port, protocol = "TCP" }: PolicyTestOptions,
): { readonly name: string; readonly port: number | string | undefined; readonly protocol: Protocol } {
  const [, name, behind, other] = /^([^:]*|\[.*\]):([^:/]+)(?:\/(TCP|UDP|SCTP))?$/i.exec(to) ?? [];
  if (name === undefined || behind === undefined) return { name: to, port, protocol };
  if (port !== undefined)
    throw new ApiError("BadRequest", `the port is given twice: ${behind} behind the name, and ${port}`);
  const number = /^\d+$/.test(behind) ? portNumber(behind) : behind;
  return { name, port: number, protocol: (other?.toUpperCase() as Protocol | undefined) ?? protocol };
}

function portNumber(text: string): number {
  const number = Number(text);
  if (number >= 1 && number <= 65_535) return number;
  throw new ApiError("BadRequest", `a port is a number from 1 to 65535, not ${text}`);
}

function linesOf({ from, to, port, protocol, allowed, isAlways, egress, ingress }: PolicyWay): string[] {
  const at = port === undefined ? "messages" : `port ${port}/${protocol}`;
  const verdict = `${allowed ? "allowed" : "denied"}: ${from} -> ${to}, ${at}`;
  if (isAlways) return [verdict, "  a pod reaches itself and its own node, whatever policies say"];
  return [verdict, `  ${sideText(egress, from)}`, `  ${sideText(ingress, to)}`];
}

function sideText({ direction, selectedBy, allowedBy }: Decision, side: string): string {
  const way = `${direction.toLowerCase()} of ${side}`;
  if (selectedBy.length === 0) return `${way}: open, no NetworkPolicy selects it`;
  if (allowedBy)
    return `${way}: allowed by NetworkPolicy ${allowedBy.policy}, spec.${direction.toLowerCase()}[${allowedBy.rule}]`;
  return `${way}: denied, no rule of NetworkPolicy ${selectedBy.join(", ")} allows it`;
}
