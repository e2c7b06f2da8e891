/**
 * What a node that joins is made of, stage by stage: the network of its pods, the agent that runs them, and the kubelet server by which others reach
 * both. Each stage is given those before it, and says how it ends.
 */
import { join } from "node:path";
import type { ServerConnection } from "../../client/index.ts";
import { EventRecorder } from "../../loop/index.ts";
import type { FoundEndpoint, ReachPod } from "../../messages/index.ts";
import { Entrances, NatsCarrier, Network } from "../../network/index.ts";
import {
  dialEndpoint,
  FarNodes,
  FarRelay,
  MetricNames,
  type NodeAgent,
  NodeDocuments,
  NodesHere,
  PodAddresses,
  PodFeed,
  PodPorts,
  UsageMeter,
} from "../../node/index.ts";
import {
  type Clock,
  everyEnd,
  onAbort,
  ownFolder,
  type Random,
  removeOrphans,
  removeOwn,
} from "../../outside/index.ts";
import type { RemoteRegistry } from "../../remote/index.ts";
import type { KindRegistry } from "../../resources/index.ts";
import {
  DriverError,
  FolderDriver,
  MachineFolders,
  machineLabel,
  StorageDrivers,
} from "../../storage/index.ts";
import { nodeWriter } from "../../store/index.ts";
import { agentMaker, runtimesFor } from "../agents.ts";
import { loopEvents } from "../loop-events.ts";
import { whenAddressed } from "./addressed-feed.ts";
import { FetchedImages } from "./fetched-images.ts";
import type { JoinOptions } from "./join-options.ts";
import { assertFree, KubeletServing } from "./kubelet.ts";
import { kubeletAuthorities } from "./kubelet-authorities.ts";
import type { NodeCredentials } from "./node-credentials.ts";
import { PodCalls } from "./pod-calls.ts";
import { ReferencedFeed } from "./referenced-feed.ts";
import { ownAddress } from "./server-address.ts";

/** A node that has come to a cluster, and does nothing there yet. */
export interface Joining {
  readonly options: JoinOptions;
  readonly name: string;
  /** The API server's URL. */
  readonly server: string;
  /** Where it keeps what is to outlive it. */
  readonly folder: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: (fault: unknown) => void;
  readonly credentials: NodeCredentials;
  readonly connection: ServerConnection;
  readonly kinds: KindRegistry;
  readonly registry: RemoteRegistry;
  /** What ends what was begun, to be called from the last to the first. */
  readonly ends: (() => unknown)[];
}

export interface NodeNetwork {
  readonly network: Network;
  readonly ports: PodPorts;
  readonly others: FarNodes;
  readonly authorities: ReturnType<typeof kubeletAuthorities>;
}

/** Resolves when the threads of the cluster's other processes, where there is a NATS, know of this one. */
export async function startNetwork(joining: Joining): Promise<NodeNetwork> {
  const { options, name, server, clock, random, onFault, credentials, connection, kinds, registry, ends } =
    joining;
  const { store } = registry;
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
  return { network, ports, others, authorities };
}

export interface RunningNode {
  readonly agent: NodeAgent;
  readonly storage: StorageDrivers;
  readonly events: EventRecorder;
  /** By which other machines reach this one. */
  readonly address: string;
}

/** Resolves when the node is registered. */
export async function startAgent(joining: Joining, { network, ports }: NodeNetwork): Promise<RunningNode> {
  const { options, name, server, folder, clock, random, onFault, connection, registry, ends } = joining;
  const runtimes = runtimesFor(options, { clock, random, names: new MetricNames() });
  ends.push(() => everyEnd([...runtimes.values()].map(runtime => runtime.close())));
  const events = new EventRecorder({ registry, clock }, onFault, { most: Number.POSITIVE_INFINITY });
  ends.push(() => events.stop());
  const addresses = new PodAddresses();
  const volumes = folder === undefined ? undefined : join(folder, "volumes");
  const storage = new StorageDrivers([foldersHere(name, volumes, clock)], clock);
  ends.push(() => storage.close());
  const pods = new ReferencedFeed(new PodFeed(registry.store, clock), registry);
  const feed = whenAddressed(pods, registry, addresses, onFault);
  const imagesFolder = folder === undefined ? ownFolder("images") : join(folder, "images");
  if (folder === undefined) ends.push(() => removeOwn(imagesFolder));
  const elsewhere = new FetchedImages({ connection, folder: imagesFolder });
  await elsewhere.tidy(clock.now());
  const shared = { registry, clock, events, network, runtimes, ports, storage, onFault };
  const makeAgent = agentMaker(options, shared, { addresses, feed, elsewhere });
  const { capacity, taints } = options;
  const labels = { ...options.labels, [machineLabel]: name };
  const address = options.address ?? (await ownAddress(server));
  const agent = makeAgent({
    name,
    labels,
    address,
    ...(capacity && { capacity }),
    ...(taints && { taints }),
  });
  ends.push(
    () => agent.stop(),
    () => elsewhere.close(),
  );
  void removeOrphans();
  await assertFree({ host: address, port: options.port ?? 0 });
  await agent.start();
  return { agent, storage, events, address };
}

/** Resolves when others reach the node, or it is known that they cannot yet. */
export async function serveKubelet(
  { options, name, clock, random, onFault, credentials, registry: { store }, ends }: Joining,
  { network, ports, others, authorities }: NodeNetwork,
  { agent, storage, address, events }: RunningNode,
): Promise<void> {
  const agents = new Map([[name, agent]]);
  const meter = new UsageMeter({ agents, store, clock, onFault });
  ends.push(() => meter.stop());
  const documents = new NodeDocuments({ agents, meter, clock });
  const nodes = new NodesHere(agents, documents, others);
  const denied = (from: string, to: FoundEndpoint) => network.deniedFrom(from, to);
  // Nothing comes in here from outside; but routes between pods are applied where the pod runs that calls.
  const entrances = new Entrances({
    ...{ ingress: undefined, nodePorts: false, store, clock, random, onFault, denied },
    dial: (endpoint, dialled) => dialEndpoint(nodes, endpoint, dialled),
    findDatagramPort: endpoint => ports.datagramPort(endpoint),
    listen: ports.listen.bind(ports),
    traffic: network.traffic,
    table: network.mesh,
    policies: network.policies,
    onLoop: loopEvents(events, store),
  });
  await entrances.start();
  ends.push(() => entrances.stop());
  const kubelet = new KubeletServing({
    ...{ agent, agents, clock, store, onFault },
    credentials: {
      serving: async (...of) => ({
        ...(await credentials.serving(...of)),
        ca: (await authorities()).client,
      }),
    },
    documents,
    storage: () => storage,
    nameAt: each => others.nameAt(each),
    farewells: network.farewells(ports.prefix),
    policed: { denied, follow: entrances.follow },
    host: address,
    port: options.port ?? 0,
  });
  ends.push(() => kubelet.stop());
  const stopListening = onAbort(options.signal, () => void kubelet.stop());
  await kubelet.start();
  stopListening();
}

/** The volumes of this machine: others are asked where they lie. */
function foldersHere(name: string, folder: string | undefined, clock: Clock): MachineFolders {
  const own = new FolderDriver({ folder, now: () => clock.now() });
  const call = async () => {
    throw new DriverError("Unavailable", "only who leads the cluster asks other machines");
  };
  return new MachineFolders(own, { own: () => name, of: () => name, has: () => true, call });
}
