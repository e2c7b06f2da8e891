/**
 * The nodes of a cluster and what containers can run on there, as the options ask for them: one agent for each node, which
 * share the images, the addresses and the runtimes of this process. What can be done to a node while the cluster runs stands in
 * calls/nodes.ts.
 */

import { resolve } from "node:path";
import type { ControllerContext } from "../loop/index.ts";
import {
  defaultBackOff,
  HollowRuntime,
  HostFolders,
  Images,
  type ImagesElsewhere,
  type MetricNames,
  NodeAgent,
  type NodeOptions,
  PodAddresses,
  type PodDependencies,
  PodFeed,
  ProcessRuntime,
  PublishedVolumes,
  type Runtime,
  SourceWatch,
  ThreadRuntime,
  VolumeFolders,
} from "../node/index.ts";
import { type Clock, cacheFolder, type Random } from "../outside/index.ts";
import type { StorageDrivers } from "../storage/index.ts";
import { nodeWriter } from "../store/index.ts";
import { type ClusterOptions, capacityOf, pathOf } from "./options/index.ts";

/** By the name of the RuntimeClass that asks for it. */
export function runtimesFor(
  { spareThreads: spares }: ClusterOptions,
  {
    clock,
    random,
    names,
    runtimeOf = runtime => runtime,
  }: {
    readonly clock: Clock;
    readonly random: Random;
    readonly names: MetricNames;
    readonly runtimeOf?: (runtime: Runtime) => Runtime;
  },
): ReadonlyMap<string, Runtime> {
  const onReport = names.add.bind(names);
  const runtimes = [
    new ThreadRuntime({ clock, random, spares, onReport }),
    new ProcessRuntime({ clock, random, onReport }),
    new HollowRuntime({ clock }),
  ];
  return new Map(runtimes.map(runtime => [runtime.name, runtimeOf(runtime)]));
}

/** What all agents are given alike. */
type Shared = Pick<PodDependencies, "registry" | "clock" | "network" | "runtimes" | "ports" | "onFault"> &
  Pick<ControllerContext, "events"> & { readonly storage: StorageDrivers };

/** Makes the agent of a node; what it does not say is as for all nodes. */
export type MakeAgent = (
  own: Pick<NodeOptions, "name" | "capacity" | "labels" | "taints" | "address">,
) => NodeAgent;

/** The nodes that the control planes of this process run together. */
export interface SharedNodes {
  /** By the name of the node; nodes may come while the cluster runs. */
  readonly agents: Map<string, NodeAgent>;
  /** Those that are there from the start; their names may not be known before the store is open. */
  first(): readonly NodeAgent[];
  /** What became of those that do not run. */
  readonly down: Map<string, "off" | "frozen">;
  readonly shuttingDown: Set<string>;
  /** By the name of the node: the last that is done to it. What is asked for meanwhile follows, so that a name has one agent. */
  readonly acts: Map<string, Promise<void>>;
  readonly makeAgent: MakeAgent;
}

/** The names of the nodes that are there from the start. */
export function nodeNamesFor({ nodes = 1, nodeNamePrefix }: ClusterOptions, prefix = "node"): string[] {
  return Array.from({ length: nodes }, (_, number) => `${nodeNamePrefix ?? prefix}-${number}`);
}

/** What nodes have otherwise where there are others in other processes. */
interface OwnFeed {
  readonly addresses: PodAddresses;
  readonly feed: Pick<PodFeed, "listen">;
  readonly elsewhere: ImagesElsewhere;
}

/** The images folders, by their paths. */
export function imageFoldersOf({ images = [] }: Pick<ClusterOptions, "images">): string[] {
  return (images instanceof URL || typeof images === "string" ? [images] : images).map(pathOf);
}

export function agentMaker(
  options: ClusterOptions,
  { events, storage, ...shared }: Shared,
  own?: Partial<OwnFeed>,
): MakeAgent {
  const volumeFolders = new VolumeFolders();
  const { runtime: defaultRuntime, restartBackOff } = options;
  const { clock } = shared;
  const kept = { cache: cacheFolder(), clock, elsewhere: own?.elsewhere };
  const dependencies: Omit<PodDependencies, "tell"> = {
    ...shared,
    images: new Images({ folders: imageFoldersOf(options), ...kept }),
    addresses: own?.addresses ?? new PodAddresses(),
    volumes: {
      folders: volumeFolders,
      sources: new SourceWatch(shared.registry.store),
      published: new PublishedVolumes({ ...shared, drivers: storage, folders: volumeFolders }),
      hostFolders: new HostFolders((options.hostPaths ?? []).map(folder => resolve(pathOf(folder)))),
    },
    unknownImages:
      options.unknownImages === "hollow"
        ? new HollowRuntime({ clock: shared.clock, quiet: false, isLenient: true })
        : undefined,
    backOff: { ...defaultBackOff, ...restartBackOff },
  };
  const tellAs = (node: string): PodDependencies["tell"] => {
    const kubelet = nodeWriter(node, "kubelet");
    return (...told) => events.record(kubelet, ...told);
  };
  const { resyncMs } = options;
  const feed = own?.feed ?? new PodFeed(shared.registry.store, shared.clock, { resyncMs });
  const capacity = capacityOf(options);
  return own => {
    const all = { defaultRuntime, ...own, capacity: { ...capacity, ...own.capacity } };
    return new NodeAgent(all, { ...dependencies, tell: tellAs(own.name) }, feed);
  };
}
