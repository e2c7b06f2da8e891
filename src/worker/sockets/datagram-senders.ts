/**
 * Whose a datagram is that comes to a UDP socket of a program (datagrams.ts). Pods send from this machine, and say who they are. Whatever
 * else comes to the port of the machine, from its network for instance, is nothing that a pod would hear, unless it may be an answer.
 */
import net, { type AddressInfo } from "node:net";
import { mapped, unmapped } from "../../outside/index.ts";
import { type Bound, type End, keyOf, loopback, mostRemembered } from "./datagram-binding.ts";
import { takeDatagramHead } from "./datagram-head.ts";

/** What the program is told of a datagram; undefined where it is not for it. */
export function received(
  bytes: Buffer,
  info: AddressInfo,
  { asked, heard, shownAs, peer, isLoopback, address: own }: Bound,
): readonly [Buffer, object] | undefined {
  const sender = { address: unmapped(info.address), port: info.port };
  const isOfMachine = sender.address.startsWith("127.") || sender.address === "::1";
  const taken = isOfMachine ? takeDatagramHead(bytes) : undefined;
  const from = taken ? { address: taken.head.from, port: taken.head.fromPort } : sender;
  if (taken ? isLoopback && from.address !== loopback : !mayAnswer(sender, asked)) return undefined;
  const shown = shownAs.get(keyOf(from)) ?? from;
  if (peer && keyOf(shown) !== keyOf(peer.shown)) return undefined;
  if (taken) {
    if (heard.size >= mostRemembered) heard.clear();
    heard.add(keyOf(from));
  }
  const isMapped = own.family === "IPv6" && net.isIPv4(shown.address);
  const address = isMapped ? mapped(shown.address) : shown.address;
  const body = taken?.body ?? bytes;
  return [body, { address, family: own.family, port: shown.port, size: body.length }];
}

/** Groups of receivers, and all receivers: each may answer, from any port. */
const groups = /^(?:22[4-9]|23\d)\.|^255\.255\.255\.255$|^ff[0-9a-f]{2}:/i;

/** Where answers to what is sent there come from. Which address a name has, Node finds out, and says nothing of it. */
function askedKey(host: string, port: number): string {
  const address = unmapped(host);
  if (groups.test(address)) return "all";
  return net.isIPv4(address) ? keyOf({ address, port }) : `any:${port}`;
}

function mayAnswer(sender: End, asked: ReadonlySet<string>): boolean {
  return asked.has(keyOf(sender)) || asked.has(`any:${sender.port}`) || asked.has("all");
}

/** The program has sent something that goes past the cluster. */
export function goesPast({ asked }: Pick<Bound, "asked">, host: string, port: number): void {
  if (asked.size >= mostRemembered) asked.clear();
  asked.add(askedKey(host, port));
}
