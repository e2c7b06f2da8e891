/**
 * Node's resolver for the program of a container: `dns.resolve4`, `resolveSrv`, `reverse`, `lookupService` and the like, of `node:dns`, of
 * `node:dns/promises` and of each `Resolver`. Names below cluster.local and addresses of the cluster are answered from the thread's copy
 * of the directory, as `lookup` is (naming.ts): no server of DNS is in between, so there is no port and no packet, and all answers agree.
 * All other names, and a resolver whose servers are others (resolver-servers.ts), are left to Node. As with DNS in a pod, only full names
 * have records: Node's resolver knows no search domains, `lookup` does.
 */
import dns from "node:dns";
import type { Call } from "./named.ts";
import type { PodNetwork } from "./pod-network.ts";
import { type Answered, questionIn, recordMethods, recordsFor, serviceFor } from "./record-answers.ts";
import { ResolverServers } from "./resolver-servers.ts";

type Callback = (error: Error | null, ...answer: unknown[]) => void;
type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method | undefined>;

/** What a call is answered with; undefined where it is left to Node. */
type Answering = (owner: unknown, method: string, args: readonly unknown[]) => Promise<Answered> | undefined;

/** @param networkOf undefined until there is a container */
export function leadResolvers(networkOf: () => PodNetwork | undefined): void {
  const servers = new ResolverServers(networkOf);
  const records: Answering = (owner, method, args) => {
    const network = networkOf();
    const asked = network && questionIn(method, args);
    return network && servers.asksCluster(owner) && asked ? recordsFor(asked, network) : undefined;
  };
  for (const method of recordMethods) {
    for (const owner of [dns, dns.Resolver.prototype]) lead(owner, method, withCallback, records);
    for (const owner of [dns.promises, dns.promises.Resolver.prototype])
      lead(owner, method, withPromise, records);
  }
  const { lookupService } = dns.promises;
  const services: Answering = (_owner, _method, [address, port]) => {
    const network = networkOf();
    return network?.asksCluster ? serviceFor(address, port, network, lookupService as Call) : undefined;
  };
  lead(dns, "lookupService", withCallback, services);
  lead(dns.promises, "lookupService", withPromise, services);
}

/** With everything that Node has noted about the function. Older versions of Node have not all of them. */
function lead(
  owner: object,
  name: string,
  style: (name: string, method: Method, answering: Answering) => Method,
  answering: Answering,
): void {
  const methods = owner as Methods;
  const method = methods[name];
  if (!method) return;
  const own = style(name, method, answering);
  methods[name] = Object.defineProperties(own, Object.getOwnPropertyDescriptors(method)) as Method;
}

function withPromise(name: string, method: Method, answering: Answering): Method {
  return function (...args) {
    const answered = answering(this, name, args);
    if (!answered) return method.apply(this, args);
    return answered.then(inAnotherTurn).then(({ error, value, whole, instead }) => {
      if (instead !== undefined) return method.apply(this, [instead, ...args.slice(1)]);
      if (error) throw error;
      return whole ?? value[0];
    });
  };
}

function withCallback(name: string, method: Method, answering: Answering): Method {
  return function (...args) {
    const callback = args.at(-1) as Callback;
    const answered = typeof callback === "function" ? answering(this, name, args.slice(0, -1)) : undefined;
    if (!answered) return method.apply(this, args);
    void answered.then(({ error, value, instead }) => {
      setImmediate(() => {
        if (instead !== undefined) method.apply(this, [instead, ...args.slice(1)]);
        else if (error) callback(error);
        else callback(null, ...value);
      });
    });
    return {};
  };
}

/** As all that the system answers: a program that asks again and again would let nothing else happen in its thread. */
function inAnotherTurn<T>(value: T): Promise<T> {
  return new Promise(resolve => setImmediate(() => resolve(value)));
}
