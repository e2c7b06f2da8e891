/**
 * A node in this process that belongs to the cluster of another: it gets a certificate, follows what concerns it at the API server, and runs the same
 * agent and the same network as the nodes of a cluster do. Whether the server is there or not, what runs goes on; what is to be told waits.
 */

import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { ServerConnection } from "../../client/index.ts";
import { ApiError, hasReason, messageOf } from "../../errors/index.ts";
import { EventRecorder } from "../../loop/index.ts";
import type { FoundEndpoint, ReachPod } from "../../messages/index.ts";
import { NatsCarrier, Network, PolicedConnections } from "../../network/index.ts";
import {
  FarNodes,
  FarRelay,
  MetricNames,
  type NodeAgent,
  NodeDocuments,
  PodAddresses,
  PodFeed,
  PodPorts,
  UsageMeter,
} from "../../node/index.ts";
import {
  type Clock,
  everyEnd,
  everyStep,
  FolderLock,
  onAbort,
  ownFolder,
  realClock,
  realRandom,
  removeOrphans,
  removeOwn,
} from "../../outside/index.ts";
import { RemoteRegistry } from "../../remote/index.ts";
import {
  customKind,
  firstDefinitions,
  KindRegistry,
  type Node,
  nodeLeaseNamespace,
} from "../../resources/index.ts";
import {
  DriverError,
  FolderDriver,
  MachineFolders,
  machineLabel,
  StorageDrivers,
} from "../../storage/index.ts";
import { nodeWriter } from "../../store/index.ts";
import { agentMaker, runtimesFor } from "../agents.ts";
import { followDefinitions } from "../kind-definitions.ts";
import { pathOf } from "../options/index.ts";
import { withServerAt } from "./api-endpoint.ts";
import { FetchedImages } from "./fetched-images.ts";
import type { JoinedNode, JoinOptions } from "./join-options.ts";
import { checkJoinOptions } from "./join-rules.ts";
import { KubeletServing } from "./kubelet.ts";
import { kubeletAuthorities } from "./kubelet-authorities.ts";
import { type Credentials, firstCredentials, keptCredentials, NodeCredentials } from "./node-credentials.ts";
import { PodCalls } from "./pod-calls.ts";
import { ReferencedFeed } from "./referenced-feed.ts";
import { authorityOf } from "./trust.ts";
import { checkClock, checkTold, explained, isOfAnotherAuthority, refusedToken } from "./why-not.ts";

/** What every node follows: what leads from pod to pod, and how containers may be run. */
const followed = [
  "Node",
  "Pod",
  "Service",
  "EndpointSlice",
  "NetworkPolicy",
  "Namespace",
  "RuntimeClass",
  "CustomResourceDefinition",
  "CSIDriver",
  "HTTPRoute.gateway.networking.k8s.io",
  "GRPCRoute.gateway.networking.k8s.io",
  "ReferenceGrant.gateway.networking.k8s.io",
] as const;

/**
 * Resolves when the node is registered and takes pods. Fails, and has left nothing behind, with BadRequest, Unauthorized, Forbidden, ServiceUnavailable
 * or Timeout where it cannot join; and with the reason of `signal` where that aborts.
 */
export async function joinCluster(options: JoinOptions): Promise<JoinedNode> {
  checkJoinOptions(options);
  const { clock = realClock, random = realRandom, signal } = options;
  signal?.throwIfAborted();
  let isHeard = true;
  const onHeard: JoinOptions["onHeard"] = (heard, why) => {
    isHeard = heard;
    options.onHeard?.(heard, heard ? undefined : explained(why, clock));
  };
  const onFault = (fault: unknown) => {
    // That the server is away is told once, and each of those that want something from it tries again.
    if (isHeard || !hasReason(fault, "ServiceUnavailable")) (options.onFault ?? printFault)(fault);
  };
  const server = serverOf(options.server);
  const name = options.name ?? hostname().toLowerCase();
  checkTold(name, options);
  const folder = options.data === undefined ? undefined : resolve(pathOf(options.data));
  const lock = folder === undefined ? undefined : new FolderLock(folder, clock);
  // Holds the program open, as a server's socket does: no timer of ours does it.
  const hold = setInterval(() => {}, 2 ** 30);
  const ends: (() => unknown)[] = [() => clearInterval(hold), () => lock?.release()];
  const end = () => everyStep(ends.toReversed());
  try {
    await lock?.take().catch(cause => {
      throw new ApiError(
        "BadRequest",
        `the node cannot be kept in ${folder}: ${messageOf(cause)}`,
        {},
        { cause },
      );
    });
    const { onWaiting } = options;
    const parts = { server, node: name, folder, clock, random, onFault, onWaiting };
    const held = (await goodCredentials(parts, options.token)) ?? (await joinAs(options, parts));
    const credentials = new NodeCredentials(parts, held);
    ends.push(() => credentials.stop());
    const connection = new ServerConnection(() => credentials.address);
    await checkClock(connection, clock).catch(error => {
      if (!hasReason(error, "ServiceUnavailable")) throw error;
    });
    const kinds = new KindRegistry();
    for (const definition of firstDefinitions) kinds.define(customKind(definition));
    const registry = new RemoteRegistry({
      connection,
      kinds,
      clock,
      random,
      onFault,
      onHeard,
      seenAs: withServerAt(await serverAddress(server), Number(new URL(server).port || 443)),
    });
    ends.push(() => registry.stop());
    // What is waited for below ends with it.
    const stopListening = onAbort(signal, () => registry.stop());
    ends.push(stopListening);
    await Promise.all(followed.map(kind => registry.follow(kind).synced));
    signal?.throwIfAborted();
    // It is renewed by who reads it, and no node may list them.
    await registry.read("Lease", nodeLeaseNamespace, name).catch(() => {});

    const { store } = registry;
    // Workers ask for objects of any kind.
    followDefinitions(store, kinds);
    const authorities = kubeletAuthorities(connection);
    const isHere = (each: string) => each === name;
    const others: FarNodes = new FarNodes({
      store,
      credentials: () => async () => ({ ...credentials.held, ca: (await authorities()).serving }),
      isHere,
      nodeAt: each => network.policies.endAt(each).pod?.node,
      farewells: () => network.farewells(ports.prefix),
    });
    const relay = new FarRelay({ nodes: others, clock });
    ends.push(
      () => others.close(),
      () => relay.close(),
    );
    const ports = new PodPorts();
    const reach: ReachPod = (...of) => relay.reach(...of);
    const ofCluster = () => store.get("Namespace", "", "kube-system")?.metadata.uid ?? "";
    const far = options.nats && { carrier: new NatsCarrier(options.nats, ofCluster), name };
    const calls = new PodCalls({
      server: () => ({ server, ca: credentials.held.ca }),
      registry,
      kinds,
      clock,
      writer: nodeWriter(name),
    });
    const network = new Network({ store, clock, random, calls, onFault, far, isHere, reach });
    network.start();
    ends.push(() => network.stop());
    await network.meetOthers();
    const runtimes = runtimesFor(options, { clock, random, names: new MetricNames() });
    ends.push(() => everyEnd([...runtimes.values()].map(runtime => runtime.close())));
    const events = new EventRecorder({ registry, clock }, onFault, { most: Number.POSITIVE_INFINITY });
    ends.push(() => events.stop());
    const addresses = new PodAddresses();
    const volumes = folder === undefined ? undefined : join(folder, "volumes");
    const storage = new StorageDrivers([foldersHere(name, volumes, clock)], clock);
    ends.push(() => storage.close());
    const pods = new ReferencedFeed(new PodFeed(store, clock), registry);
    const feed = whenAddressed(pods, registry, addresses, onFault);
    const shared = { registry, clock, events, network, runtimes, ports, storage, onFault };
    const imagesFolder = folder === undefined ? ownFolder("images") : join(folder, "images");
    if (folder === undefined) ends.push(() => removeOwn(imagesFolder));
    const elsewhere = new FetchedImages({ connection, folder: imagesFolder });
    await elsewhere.tidy(clock.now());
    const makeAgent = agentMaker(options, shared, { addresses, feed, elsewhere });
    const { capacity, taints } = options;
    const labels = { ...options.labels, [machineLabel]: name };
    const address = options.address ?? (await ownAddress(server));
    const agent = makeAgent({ name, ...withoutUndefined({ capacity, labels, taints, address }) });
    ends.push(
      () => agent.stop(),
      () => elsewhere.close(),
    );
    void removeOrphans();
    await agent.start();
    const agents = new Map([[name, agent]]);
    const meter = new UsageMeter({ agents, store, clock, onFault });
    ends.push(() => meter.stop());
    const denied = (from: string, to: FoundEndpoint) => network.deniedFrom(from, to);
    const policed = new PolicedConnections({ policies: network.policies, denied, clock });
    policed.start();
    ends.push(() => policed.stop());
    const kubelet = new KubeletServing({
      ...{ agent, agents, clock, store, onFault },
      credentials: {
        serving: async (...of) => ({
          ...(await credentials.serving(...of)),
          ca: (await authorities()).client,
        }),
      },
      documents: new NodeDocuments({ agents, meter, clock }),
      storage: () => storage,
      nameAt: each => others.nameAt(each),
      farewells: network.farewells(ports.prefix),
      policed: { denied, follow: policed.follow },
      host: address,
      port: options.port ?? 0,
    });
    ends.push(() => kubelet.stop());
    ends.push(onAbort(signal, () => void kubelet.stop()));
    await kubelet.start();
    signal?.throwIfAborted();
    stopListening();
    // Who says farewell is gone: one of its name may come at once.
    const giveUpLease = async () => {
      const request = { author: nodeWriter(name) };
      await registry.delete("Lease", nodeLeaseNamespace, name, request).catch(() => {});
    };
    return joinedNode(name, agent, { isHeard: () => isHeard, giveUpLease, end });
  } catch (error) {
    await end();
    signal?.throwIfAborted();
    throw error;
  }
}

/** So long the pods have to end of a node that shuts down and cannot tell. */
const unheardGraceMs = 30_000;

interface Ending {
  readonly isHeard: () => boolean;
  readonly giveUpLease: () => Promise<void>;
  readonly end: () => Promise<void>;
}

function joinedNode(name: string, agent: NodeAgent, { isHeard, giveUpLease, end }: Ending): JoinedNode {
  let ended: Promise<void> | undefined;
  const stop = () => {
    ended ??= end();
    return ended;
  };
  let shuttingDown: Promise<void> | undefined;
  const shutDown = () => {
    // What cannot be told is not waited for.
    shuttingDown ??= (isHeard() ? agent.shutDown().then(giveUpLease) : agent.stop(unheardGraceMs)).finally(
      stop,
    );
    return shuttingDown;
  };
  return { name, stop, shutDown, [Symbol.asyncDispose]: stop };
}

/**
 * Those of before, unless the server knows them no more: it is another cluster by now, or one that kept nothing. Where it is away they are taken for good.
 * Fails with Unauthorized where there is no token to ask for others with.
 */
async function goodCredentials(
  parts: Parameters<typeof keptCredentials>[0],
  token: string | undefined,
): Promise<Credentials | undefined> {
  const kept = keptCredentials(parts);
  if (!kept) return undefined;
  const connection = new ServerConnection({ server: parts.server, ...kept });
  try {
    await connection.text("/api/v1/services?limit=1", { silenceMs: 10_000 });
  } catch (error) {
    if (isOfAnotherAuthority(error)) {
      if (token !== undefined) return undefined;
      throw explained(error, parts.clock);
    }
    if (!hasReason(error, "Unauthorized")) return kept;
    if (token !== undefined) return undefined;
    const why = `the cluster at ${parts.server} does not know the certificate of ${parts.node} any more: a bootstrap token is wanted`;
    throw new ApiError("Unauthorized", why, {}, { cause: error });
  }
  return kept;
}

/** The first certificate, by a token. */
async function joinAs(
  { token, ca, caHash, signal }: JoinOptions,
  parts: Parameters<typeof firstCredentials>[0],
): Promise<Credentials> {
  if (token === undefined)
    throw new ApiError("BadRequest", "a bootstrap token is wanted to join: k4s token create prints one");
  if (ca === undefined && caHash === undefined) {
    const why =
      "the certificate of the cluster's authority is wanted, or its hash: anybody could answer there";
    throw new ApiError("BadRequest", why);
  }
  const trusted = ca ?? (await authorityOf(parts.server, caHash ?? ""));
  return firstCredentials(parts, token, trusted, signal).catch(error => {
    throw explained(refusedToken(token, parts.server, error), parts.clock);
  });
}

/** The volumes of this machine: others are asked where they lie. */
function foldersHere(name: string, folder: string | undefined, clock: Clock): MachineFolders {
  const own = new FolderDriver({ folder, now: () => clock.now() });
  const call = async () => {
    throw new DriverError("Unavailable", "only who leads the cluster asks other machines");
  };
  return new MachineFolders(own, { own: () => name, of: () => name, has: () => true, call });
}

/** Pods come when the node has addresses for them. */
function whenAddressed(
  feed: Pick<PodFeed, "listen">,
  { store }: RemoteRegistry,
  addresses: PodAddresses,
  onFault: (fault: unknown) => void,
): Pick<PodFeed, "listen"> {
  return {
    listen(name, listener) {
      let unlisten: (() => void) | undefined;
      const look = (node: Node | undefined) => {
        const range = node?.spec?.podCIDR;
        if (unlisten || !range) return;
        try {
          addresses.within(range);
          unlisten = feed.listen(name, listener);
        } catch (fault) {
          onFault(fault);
        }
      };
      const unwatch = store.watch({ kind: "Node" }, ({ object }) => look(object as Node));
      look(store.get("Node", "", name));
      return () => {
        unwatch();
        unlisten?.();
      };
    },
  };
}

/** The IP address of the server; what it is called, where that cannot be found out now. */
async function serverAddress(server: string): Promise<string> {
  const host = new URL(server).hostname.replace(/^\[|\]$/g, "");
  return lookup(host).then(
    ({ address }) => address,
    () => host,
  );
}

/** By which this machine is seen from the server. */
function ownAddress(server: string): Promise<string> {
  const { hostname: host, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port: Number(port || 443) });
    socket.once("error", reject);
    socket.once("connect", () => {
      const { localAddress = "127.0.0.1" } = socket;
      socket.destroy();
      resolve(localAddress.replace(/^::ffff:/, ""));
    });
  });
}

/** Throws BadRequest for what is no address of a server that shows a certificate. */
function serverOf(given: string): string {
  const text = given.includes("://") ? given : `https://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" && url.pathname === "/") return url.origin;
  throw new ApiError("BadRequest", `an address like https://host:6443 is wanted to join, not ${given}`);
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

function printFault(fault: unknown): void {
  console.error(`k4s: ${messageOf(fault)}`);
}
