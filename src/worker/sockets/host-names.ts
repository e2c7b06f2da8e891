/**
 * What a name means to the programs of a pod, in the order in which a system looks it up: the pod's own entries of /etc/hosts, then the
 * search domains and the server of names that its `dnsPolicy` and `dnsConfig` say (node/containers/pod-names.ts). The cluster's names come
 * from the thread's copy of the directory. A name that only the cluster could have is never asked of the machine's resolver.
 */
import dns from "node:dns";
import { isIP } from "node:net";
import type { FoundHost } from "../../messages/index.ts";
import type { KnownAnswers } from "./known-answers.ts";

/** How the names of a pod are looked up, where that is not as it mostly is. */
export interface PodNames {
  /** By name, in small letters: addresses, as `hostAliases` say. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** The cluster's DNS is asked. */
  readonly isClusters: boolean;
  /** Undefined: those that the cluster gives, with its `ndots`. */
  readonly search?: { readonly domains: readonly string[]; readonly ndots: number } | undefined;
  /** As /etc/resolv.conf of the pod has them: where the cluster's is among them, that answers; none: the machine's. */
  readonly servers: readonly string[];
}

/** A name that nobody has: it has no address. */
export interface FoundName extends FoundHost {
  /** No server of names has answered. */
  readonly isUnanswered?: boolean;
}

type Answer = FoundName | undefined;
type Ask = (question: string) => Promise<FoundHost | undefined>;

/** Where the cluster's DNS is asked: the Service kube-system/kube-dns. */
export const clusterServer = "10.96.0.10";
const usual: PodNames = { aliases: {}, isClusters: true, servers: [clusterServer] };
const zone = ".cluster.local";

export class HostNames {
  readonly #hosts: KnownAnswers<FoundHost>;
  readonly #names: PodNames;
  readonly #isThere: (name: string) => Promise<boolean>;

  /** @param isThere whether the machine's resolver knows a name */
  constructor(hosts: KnownAnswers<FoundHost>, names: PodNames | undefined, isThere = isOutside) {
    this.#hosts = hosts;
    this.#isThere = isThere;
    this.#names = names ?? usual;
  }

  /** Undefined where Node is to look for it, a promise where that is not known yet. */
  find(host: string): Answer | Promise<Answer> {
    const question = this.#plainQuestion(host);
    const known = question === undefined ? undefined : this.#hosts.known(question);
    if (known) return known.found ?? nowhere(host);
    return this.#look(host, name => this.#hosts.ask(name));
  }

  /** As it is by now: the change that the thread has not heard of yet is in it. */
  async fresh(host: string): Promise<Answer> {
    return this.#look(host, name => this.#hosts.fresh(name));
  }

  /** What /etc/hosts of the pod says; it is the pod's own addresses that are missing here. */
  aliases(host: string): readonly string[] | undefined {
    const { aliases } = this.#names;
    const name = host.toLowerCase();
    return Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  }

  /** Whether the cluster's DNS answers for this name, as far as the name says it. */
  get isClusters(): boolean {
    return this.#names.isClusters;
  }

  get servers(): readonly string[] {
    return this.#names.servers;
  }

  /** What is asked in one question, the search domains of the pod's namespace with it. */
  #plainQuestion(host: string): string | undefined {
    const isPlain = isIP(host) > 0 || (this.#names.isClusters && !this.#names.search);
    return isPlain && this.aliases(host) === undefined ? host : undefined;
  }

  #look(host: string, ask: Ask): Answer | Promise<Answer> {
    const [alias] = this.aliases(host) ?? [];
    // An address may be a Service's.
    if (alias !== undefined) return ask(alias).then(found => found ?? { name: host, addresses: [alias] });
    const question = this.#plainQuestion(host);
    if (question !== undefined) return ask(question).then(found => found ?? nowhere(host));
    const { search, servers } = this.#names;
    if (!this.#names.isClusters && servers.length === 0 && !search?.domains.length) return undefined;
    return this.#search(host, ask);
  }

  /** One full name after the other, until one is found. */
  async #search(host: string, ask: Ask): Promise<Answer> {
    const { isClusters, servers, search = { domains: [], ndots: 1 } } = this.#names;
    const names = fullNames(host, search);
    let isUnanswered = false;
    for (const name of names) {
      if (isClusters && `.${name}`.endsWith(zone)) {
        const found = await ask(`${name}.`);
        if (found) return found;
      } else if (!isClusters && servers.length > 0) {
        const addresses = await askServers(name, servers);
        if (addresses === undefined) isUnanswered = true;
        else if (addresses.length > 0) return { name, addresses };
      } else if (!isClusters || mayBeOutside(name)) {
        const isLast = name === names.at(-1);
        // Nobody else is asked after it: Node says what comes of it.
        if (isLast && name === host) return undefined;
        if (await this.#isThere(name)) return { name, addresses: [], outside: name };
      }
    }
    return { name: host, addresses: [], isUnanswered };
  }
}

/** With fewer dots than `ndots` the search domains come first. */
function fullNames(
  host: string,
  { domains, ndots }: { readonly domains: readonly string[]; readonly ndots: number },
): readonly string[] {
  if (host.endsWith(".")) return [host.slice(0, -1)];
  const searched = domains.map(domain => `${host}.${domain.replace(/\.$/, "")}`);
  return host.split(".").length - 1 < ndots ? [...searched, host] : [host, ...searched];
}

/** Names of one word, and of the zone of the cluster, nobody else has. */
export function mayBeOutside(host: string): boolean {
  const name = host.replace(/\.$/, "").toLowerCase();
  return isIP(name) > 0 || (name.includes(".") && !/\.(?:svc|cluster\.local)$/.test(name));
}

function nowhere(host: string): FoundName | undefined {
  return mayBeOutside(host) ? undefined : { name: host, addresses: [] };
}

/** Node's own, before naming.ts takes its place. */
const { lookup } = dns;

function isOutside(name: string): Promise<boolean> {
  return new Promise(resolve => lookup(name, error => resolve(error === null)));
}

/** Undefined where none of them has answered. */
async function askServers(name: string, servers: readonly string[]): Promise<string[] | undefined> {
  const resolver = new dns.promises.Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers(servers);
  for (const method of ["resolve4", "resolve6"] as const) {
    try {
      return await resolver[method](name);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTFOUND" && code !== "ENODATA") return undefined;
    }
  }
  return [];
}
