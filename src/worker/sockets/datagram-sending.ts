/**
 * Where a datagram of a program goes that it sends to a host of the cluster: to an endpoint that is chosen once for each socket and port,
 * where policies allow it. What they deny is lost, as in life.
 */
import type { Socket } from "node:dgram";
import { type FoundEndpoint, type FoundHost, isPodAddress } from "../../messages/index.ts";
import { mapped } from "../../outside/index.ts";
import { type Bound, type End, isOfSix, keyOf, loopback, remember } from "./datagram-binding.ts";
import { encodeDatagramHead } from "./datagram-head.ts";
import { datagramFile, machinePortAt } from "./datagram-ports.ts";
import type { SendAsked } from "./datagram-questions.ts";
import { goesPast } from "./datagram-senders.ts";

/** Node's own `send`. */
type Send = (this: Socket, ...args: unknown[]) => unknown;

export class DatagramSending {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** To a host of the cluster. */
  to(socket: Socket, bound: Bound, found: FoundHost, port: number, { body, callback }: SendAsked): void {
    const { network, heard, shownAs } = bound;
    const lost = () => {
      if (callback) process.nextTick(callback, null, body.length);
    };
    const endpoint = endpointFor(bound, found, port);
    if (!endpoint) {
      lost();
      return;
    }
    const { address, endpoint: to } = endpoint;
    if (address !== to.address || port !== to.port) remember(shownAs, keyOf(to), { address, port });
    const go = (isAllowed: boolean) => {
      if (isAllowed) this.#deliver(socket, bound, to, body, callback);
      else {
        network.verdicts?.turnedDown(to.address, to.port, "UDP");
        lost();
      }
    };
    const isOwn = to.address === loopback || to.address === network.sockets.podIP;
    const allowed =
      isOwn || heard.has(keyOf(to)) || (network.verdicts?.isAllowed(to.address, to.port, "UDP") ?? true);
    if (allowed instanceof Promise) void allowed.then(go);
    else go(allowed);
  }

  #deliver(socket: Socket, bound: Bound, to: End, body: Buffer, callback: SendAsked["callback"]): void {
    const { network, address: own } = bound;
    const { prefix, podIP } = network.sockets;
    const isLoopback = to.address === loopback;
    const told = callback && ((error: Error | null) => callback(error, error ? undefined : body.length));
    const sendTo = (parts: readonly Buffer[], port: number, host: string) => {
      const at = isOfSix(socket) ? mapped(host) : host;
      this.#send.call(socket, parts, port, at, told);
    };
    const sendPast = (port: number, host: string) => {
      sendTo([body], port, host);
      goesPast(bound, host, port);
    };
    if (!isLoopback && !isPodAddress(to.address)) {
      sendPast(to.port, to.address);
      return;
    }
    const files = [datagramFile(prefix, isLoopback ? podIP : to.address, to.port, false)];
    if (isLoopback) files.push(datagramFile(prefix, podIP, to.port, true));
    const port = files.map(machinePortAt).find(each => each !== undefined);
    const from = isLoopback ? loopback : podIP;
    if (port !== undefined) sendTo([encodeDatagramHead({ from, fromPort: own.port }), body], port, loopback);
    // What no program of the pod has may be a service of the machine.
    else if (isLoopback) sendPast(to.port, loopback);
    else if (told) process.nextTick(told, null);
  }
}

/** The same for all that the socket sends there, as long as the Service leads to it. */
function endpointFor(
  { network, chosen }: Bound,
  found: FoundHost,
  port: number,
): { readonly address: string; readonly endpoint: FoundEndpoint } | undefined {
  const [address] = network.shuffled(found.addresses);
  if (address === undefined) return undefined;
  const key = keyOf({ address, port });
  const before = chosen.get(key);
  const listed = found.udpPorts?.find(each => each.port === port)?.endpoints ?? [];
  if (before && listed.some(each => keyOf(each) === keyOf(before))) return { address, endpoint: before };
  const endpoint = network.datagramEndpoint(found, address, port);
  if (found.ports && endpoint) remember(chosen, key, endpoint);
  return endpoint && { address, endpoint };
}
