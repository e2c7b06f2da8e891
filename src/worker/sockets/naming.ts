/**
 * `dns.lookup` for the program of a container: names of the cluster are answered from the thread's copy of the directory, all others by
 * Node. It is what Node's own connect uses, and what programs ask that want to know an address themselves.
 */
import dns, { type LookupAddress, type LookupOptions } from "node:dns";
import net from "node:net";
import { notFound } from "./connect-errors.ts";
import type { FoundName } from "./host-names.ts";
import { replace } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

type Callback = (error: Error | null, ...answer: unknown[]) => void;

/** @param networkOf undefined until there is a container */
export function leadNames(networkOf: () => PodNetwork | undefined): void {
  const networkFor = (name: unknown) => {
    const network = networkOf();
    return network && typeof name === "string" && name !== "" && !net.isIP(name) ? network : undefined;
  };
  replace(dns, "lookup", lookup => (...args) => {
    const [name, second, third] = args;
    const callback = (typeof second === "function" ? second : third) as Callback | undefined;
    const network = typeof callback === "function" ? networkFor(name) : undefined;
    if (!network || !callback) return lookup(...args);
    const given = typeof second === "function" ? {} : second;
    const options = optionsOf(given);
    const byNode = (host: string) =>
      new Promise<readonly unknown[]>((resolve, reject) =>
        lookup(host, given, (error: Error | null, ...answer: unknown[]) =>
          error ? reject(error) : resolve(answer),
        ),
      );
    void lookUp(String(name), network, options, byNode)
      .then(
        answer => [null, ...(isOwn(answer) ? shapeOf(answer, options) : answer)] as const,
        error => [error as Error] as const,
      )
      .then(([error, ...answer]) => setImmediate(() => callback(error, ...answer)));
    return {};
  });
  replace(dns.promises, "lookup", lookup => async (...args) => {
    const [name, second] = args;
    const network = networkFor(name);
    if (!network) return lookup(...args);
    const options = optionsOf(second);
    const byNode = async (host: string) => [await lookup(host, ...args.slice(1))];
    const answer = await lookUp(String(name), network, options, byNode);
    // In another turn, as all that the system answers: a program that asks again and again would let nothing else happen.
    await new Promise<void>(resolve => setImmediate(() => resolve()));
    if (!isOwn(answer)) return answer[0];
    return options.all ? answer.found : answer.found[0];
  });
}

/** What is answered here. */
interface Own {
  readonly found: readonly LookupAddress[];
}

function isOwn(answer: Own | readonly unknown[]): answer is Own {
  return "found" in answer;
}

function shapeOf({ found: [first, ...more] }: Own, { all }: LookupOptions): readonly unknown[] {
  return all ? [[first, ...more]] : [first?.address, first?.family];
}

/** @param byNode asks the machine's resolver */
async function lookUp(
  name: string,
  network: PodNetwork,
  options: LookupOptions,
  byNode: (host: string) => Promise<readonly unknown[]>,
): Promise<Own | readonly unknown[]> {
  const host = await network.find(name);
  if (host?.outside !== undefined) return byNode(host.outside);
  if (host && host.addresses.length > 0) return lookedUp(name, host, options, network.aliases(name));
  try {
    if (host) throw notFound(name, host.isUnanswered);
    return await byNode(name);
  } catch (error) {
    // What has just become ready the thread may not have heard of.
    const fresh = await network.fresh(name);
    if (!fresh || fresh.outside !== undefined) throw error;
    return lookedUp(name, fresh, options);
  }
}

function optionsOf(given: unknown): LookupOptions {
  if (typeof given === "number") return { family: given };
  return typeof given === "object" && given !== null ? given : {};
}

/** Pods and Services have IPv4. */
function lookedUp(
  name: string,
  { addresses, isUnanswered }: FoundName,
  { family }: LookupOptions,
  aliases: readonly string[] = addresses,
): Own {
  const wanted = family === "IPv6" ? 6 : family === "IPv4" ? 4 : (family ?? 0);
  const found = aliases.flatMap((address): LookupAddress[] => {
    const own = net.isIP(address) === 6 ? 6 : 4;
    return wanted === 0 || wanted === own ? [{ address, family: own }] : [];
  });
  if (found.length === 0) throw notFound(name, isUnanswered);
  return { found };
}
