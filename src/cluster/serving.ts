/**
 * The API of a cluster over HTTP: its servers, and what a served cluster has besides them: objects that tell clients of the API, and
 * APIServices that follow its kinds. All of it ends with the control plane that serves.
 */

import {
  type Authority,
  administratorToken,
  isAdministratorToken,
  isSameAuthority,
  serviceAccountKey,
} from "../access/index.ts";
import { apiServiceObjects } from "../controllers/index.ts";
import { type DnsOptions, type DnsServing, trafficFamilies } from "../network/index.ts";
import { type Metrics, workQueueFamilies } from "../observe/index.ts";
import { everyEnd, everyStep, listenAddress } from "../outside/index.ts";
import type { ConfigMap, Draft } from "../resources/index.ts";
import type { Pages, ServeOptions, Serving } from "../server/index.ts";
import { administrator, type RegistryVerbs } from "../store/index.ts";
import { keysFolder } from "./data-folder.ts";
import {
  apiObjects,
  bootstrap,
  ensure,
  keepApiServices,
  keepDnsService,
  kubeletAuthorityObjects,
  nodeBootstrapBindings,
} from "./objects/index.ts";
import type { ClusterParts } from "./parts.ts";

/** What is asked of the cluster for each answer. */
interface Shown {
  readonly pages: Pages;
  readonly metrics: () => Metrics;
}

export class ClusterServing {
  readonly #servers: Serving[] = [];
  readonly #dnsServers: DnsServing[] = [];
  /** Ends what keeps them; undefined until the cluster is served. */
  #apiServices: ReturnType<typeof keepApiServices> | undefined;

  /** Who signs certificates; undefined until the API is served encrypted. */
  get authority(): Serving["authority"] {
    return this.#servers.findLast(server => server.authority)?.authority;
  }

  /** Where the API is served; undefined until then. */
  get url(): string | undefined {
    return this.#servers[0]?.url;
  }

  async serve(
    cluster: ClusterParts,
    { pages, metrics }: Shown,
    options: Omit<ServeOptions, "folder">,
  ): Promise<Serving> {
    // Who serves nothing reads none of it.
    const { serve } = await import("../server/index.ts");
    const { access, apiOverHttp, kinds, context, images, onFault, reported, shares } = cluster;
    await access.ready();
    const { loops, scheduler, leaders, network } = cluster;
    const families = () => [
      ...workQueueFamilies(loops.all),
      ...scheduler.metrics(),
      ...(leaders?.families() ?? []),
      ...context.events.counts.families(),
      ...trafficFamilies(network.trafficCounts.all()),
    ];
    const { tokens, issued } = access;
    const { data } = shares;
    const key = data && serviceAccountKey(keysFolder(data));
    const authenticate: typeof access.authenticate = async (token, audiences) =>
      key && isAdministratorToken(token, key)
        ? { user: administrator, audiences: [...audiences] }
        : access.authenticate(token, audiences);
    const { clock, random, registry } = context;
    const outside = { clock, random, onFault };
    const isStoreBroken = () => cluster.store.broken !== undefined;
    const shown = { metrics, families, reported, pages, images, isStoreBroken };
    const parts = { api: apiOverHttp, kinds, ...outside, tokens, authenticate, issued, ...shown };
    const kept = key && { token: administratorToken(key) };
    const serving = await serve(parts, { ...kept, ...options, folder: keysFolder(data) });
    this.#servers.push(serving);
    shares.reaching.served(listenAddress(options.listen ?? "127.0.0.1:0")?.host);
    const facts = { authority: serving.authority?.certificate, now: clock.now() };
    // Nodes show certificates, which are seen over encrypted connections alone.
    const joining = serving.authority
      ? [...nodeBootstrapBindings, ...(await kubeletAuthoritiesOf(serving.authority))]
      : [];
    for (const draft of [...apiServiceObjects(serving.url), ...apiObjects(facts), ...joining])
      await ensure(draft, registry, { author: bootstrap });
    // Of an authority that is gone: its keys were removed.
    if (serving.authority) await keepAuthorities(joining, registry);
    this.#apiServices ??= keepApiServices({
      kinds,
      reported: reported.names,
      registry,
      request: { author: bootstrap },
      onFault,
    });
    await this.#apiServices;
    return serving;
  }

  async serveDns({ network, context }: ClusterParts, options: DnsOptions): Promise<DnsServing> {
    const serving = await network.serveDns(options);
    const isFirst = this.#dnsServers.length === 0;
    this.#dnsServers.push(serving);
    // The Service has one address: of IPv4, and the server's that came first.
    if (!isFirst || serving.host.includes(":")) return serving;
    const remove = await keepDnsService(serving, context.registry, { author: bootstrap });
    const close = () =>
      everyStep([
        remove,
        () => serving.close(),
        async () => void this.#dnsServers.splice(this.#dnsServers.indexOf(serving), 1),
      ]);
    return { ...serving, close };
  }

  close(): Promise<void> {
    return everyStep([
      async () => (await this.#apiServices)?.(),
      () => everyEnd([...this.#servers, ...this.#dnsServers].map(server => server.close())),
    ]);
  }
}

async function kubeletAuthoritiesOf(authority: Authority): Promise<readonly Draft[]> {
  return kubeletAuthorityObjects({ serving: await authority.ofKubelets(), client: authority.certificate });
}

/** In the ConfigMap may be others since before, which are not right any more: the keys were removed, or the authority was renewed. */
async function keepAuthorities(
  drafts: readonly Draft[],
  registry: Pick<RegistryVerbs, "modify">,
): Promise<void> {
  const [meant] = drafts.filter(({ kind }) => kind === "ConfigMap") as Draft<ConfigMap>[];
  if (!meant) return;
  const { data = {}, metadata } = meant;
  const isSame = (kept: ConfigMap["data"] = {}) =>
    Object.entries(data).every(([key, certificate]) => isSameAuthority(kept[key] ?? "", certificate ?? ""));
  const { namespace = "", name = "" } = metadata;
  await registry.modify(
    "ConfigMap",
    namespace,
    name,
    each => (isSame(each.data) ? undefined : { ...each, data }),
    { author: bootstrap },
  );
}
