/**
 * `dns.lookup` for the program of a container: names of the cluster are answered from the thread's copy of the directory, all others by
 * Node. It is what Node's own connect uses, and what programs ask that want to know an address themselves.
 */
import dns, { type LookupAddress, type LookupOptions } from "node:dns";
import net from "node:net";
import type { FoundHost } from "../../messages/index.ts";
import { notFound } from "./connect-errors.ts";
import { replace } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";

type Callback = (error: Error | null, ...answer: unknown[]) => void;

/** @param networkOf undefined until there is a container */
export function leadNames(networkOf: () => PodNetwork | undefined): void {
  const find = (name: unknown) => {
    const network = networkOf();
    return network && typeof name === "string" && name !== "" && !net.isIP(name)
      ? network.find(name)
      : undefined;
  };
  replace(dns, "lookup", lookup => (...args) => {
    const [name, second, third] = args;
    const callback = (typeof second === "function" ? second : third) as Callback | undefined;
    const found = typeof callback === "function" ? find(name) : undefined;
    if (found === undefined || callback === undefined) return lookup(...args);
    const options = optionsOf(second);
    void Promise.resolve(found).then(host => {
      if (!host || host.outside !== undefined) {
        lookup(host?.outside ?? name, ...args.slice(1));
        return;
      }
      const answer = lookedUp(String(name), host, options);
      setImmediate(() => {
        if (answer instanceof Error) callback(answer);
        else if (options.all) callback(null, answer);
        else callback(null, answer[0]?.address, answer[0]?.family);
      });
    });
    return {};
  });
  replace(dns.promises, "lookup", lookup => async (...args) => {
    const [name, second] = args;
    const host = await find(name);
    if (!host || host.outside !== undefined) return lookup(host?.outside ?? name, ...args.slice(1));
    // In another turn, as all that the system answers: a program that asks again and again would let nothing else happen.
    await new Promise<void>(resolve => setImmediate(() => resolve()));
    const options = optionsOf(second);
    const answer = lookedUp(String(name), host, options);
    if (answer instanceof Error) throw answer;
    return options.all ? answer : answer[0];
  });
}

function optionsOf(given: unknown): LookupOptions {
  if (typeof given === "number") return { family: given };
  return typeof given === "object" && given !== null ? given : {};
}

/** Pods and Services have IPv4. */
function lookedUp(
  name: string,
  { addresses }: FoundHost,
  { family }: LookupOptions,
): LookupAddress[] | Error {
  const isSix = family === 6 || family === "IPv6";
  if (isSix || addresses.length === 0) return notFound(name);
  return addresses.map(address => ({ address, family: 4 }));
}
