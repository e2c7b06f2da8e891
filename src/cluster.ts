/**
 * The cluster: puts the parts together and gives them a start and a stop. Nothing is decided here. The store keeps, the
 * registry guards its door, loops run the controllers and the scheduler, agents run pods on nodes, the network introduces
 * their threads to each other; this file only says who gets what.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Client, type Source, WorkerCalls } from "./api/index.ts";
import { checkOptions } from "./cluster-options.ts";
import { controllersFor } from "./controllers/index.ts";
import { ApiError } from "./errors/index.ts";
import { type Controller, EventRecorder, Loop, type Surroundings } from "./loop/index.ts";
import type { MessageApi } from "./messages/index.ts";
import { Network } from "./network/index.ts";
import {
  cacheFolder,
  defaultBackOff,
  HollowRuntime,
  Images,
  type LogOptions,
  LogReading,
  NodeAgent,
  type NodeSurroundings,
  PodAddresses,
  PodFeed,
  ProcessRuntime,
  type RestartBackOff,
  type Runtime,
  ThreadRuntime,
} from "./node/index.ts";
import { type Metrics, type Moment, metricsOf, timeline } from "./observe/index.ts";
import { type Clock, type Random, realClock, realRandom } from "./outside/index.ts";
import {
  accepted,
  type Draft,
  type KindDefinition,
  KindRegistry,
  type KubernetesObject,
} from "./resources/index.ts";
import { Scheduler } from "./scheduler/index.ts";
import { allocate, type Change, causeChain, MemoryStore, type ObjectKey, Registry } from "./store/index.ts";

export interface ClusterOptions {
  /** The folder, or folders, that images are found in: paths or file URLs. Nothing outside of them is ever run. */
  readonly images?: string | URL | readonly (string | URL)[];
  /** How many nodes. Default 1. */
  readonly nodes?: number;
  /** What each node can hold. Default: the processors and memory of this machine, 1,000 pods. */
  readonly nodeCapacity?: { readonly cpu?: string; readonly memory?: string; readonly pods?: string };
  /** How pods run that name no runtimeClassName: `thread` (the default), `process` or `hollow`. */
  readonly runtime?: RuntimeName;
  /** How long a container that keeps ending waits before it is started again. Default: 1 s, doubling up to 5 min; after 10 min it begins anew. */
  readonly restartBackOff?: Partial<RestartBackOff>;
  /** How many threads are kept ready for containers to come. Default 2. */
  readonly spareThreads?: number;
  /** How often every object is looked at again, in milliseconds. Default 1,000. */
  readonly resyncMs?: number;
  /** Kinds of your own. */
  readonly kinds?: readonly KindDefinition[];
  /** Controllers of your own, over any kinds. */
  readonly controllers?: readonly Controller[];
  /** Where time comes from. Default: the wall clock. */
  readonly clock?: Clock;
  /** Where chance comes from. Default: as it comes; `seededRandom(n)` repeats itself. */
  readonly random?: Random;
  /** Told of what went wrong inside and harmed nobody: a controller that threw, say. Default: a line on stderr. */
  readonly onFault?: (fault: unknown) => void;
}

export type RuntimeName = "thread" | "process" | "hollow";

/** The actor of what users do, in the store's history. */
const user = "user";

/** The namespaces that every cluster has, as in Kubernetes. */
const firstNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

export class Cluster extends Client {
  readonly #store: MemoryStore;
  readonly #kinds: KindRegistry;
  readonly #surroundings: Surroundings;
  readonly #network: Network;
  readonly #scheduler: Scheduler;
  readonly #loops: readonly Loop[];
  readonly #runtimes: ReadonlyMap<string, Runtime>;
  readonly #agents: ReadonlyMap<string, NodeAgent>;
  /** The runtime that the first containers will most likely ask for; none where there are no images to run. */
  readonly #expected: Runtime | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** Holds the program open while the cluster runs, as a server's socket does: no timer of ours does it. */
  #hold: NodeJS.Timeout | undefined;

  constructor(options: ClusterOptions = {}) {
    checkOptions(options);
    const { clock = realClock, random = realRandom, onFault = printFault } = options;
    const kinds = new KindRegistry();
    for (const kind of options.kinds ?? []) kinds.define(kind);
    const indexedFields = { Pod: ["spec.nodeName"], Service: ["spec.clusterIP"] };
    const store = new MemoryStore({ clock, onFault, indexedFields });
    const registry = new Registry({ store, kinds, check: accepted, allocate, clock, random });
    const parts = { registry, kinds, clock };
    super(parts, user);

    const events = new EventRecorder({ registry, clock, random }, onFault);
    const surroundings = { registry, clock, random, events };
    this.#store = store;
    this.#kinds = kinds;
    this.#surroundings = surroundings;
    this.#network = new Network({ store, clock, random, calls: new WorkerCalls(parts) });
    this.#scheduler = new Scheduler(store);
    // Who starts first is woken first: before anything else is done about a new pod, it is given a node.
    const controllers = [
      this.#scheduler.controller,
      ...controllersFor(() => kinds.all),
      ...(options.controllers ?? []),
    ];
    const { resyncMs } = options;
    const onFailure = (name: string, key: ObjectKey, cause: unknown) => onFault(failed(name, key, cause));
    this.#loops = controllers.map(controller => new Loop(controller, surroundings, { resyncMs, onFailure }));
    this.#runtimes = runtimesFor(options, clock);
    this.#expected = options.images ? this.#runtimes.get(options.runtime ?? "thread") : undefined;
    this.#agents = agentsFor(options, {
      ...surroundings,
      onFault,
      network: this.#network,
      runtimes: this.#runtimes,
    });
  }

  /** Messages to services and containers, from the program that runs the cluster. */
  get api(): MessageApi {
    return this.#network.api;
  }

  /** The store's revision: that of the last write. */
  get revision(): number {
    return this.#store.revision;
  }

  /** What each controller has done so far. */
  get metrics(): Metrics {
    return metricsOf(
      this.#loops,
      this.#store,
      this.#kinds.all.map(({ name }) => name),
    );
  }

  /** Resolves when the control plane runs and the nodes have joined. Safe to call twice. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /**
   * Ends every container at once; what is pending fails with ClusterStopping. Nothing is left running. Safe to call
   * twice, and before `start`; a cluster that was stopped does not start again.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Applies a manifest file, or all of a folder (`.yaml`, `.yml`, `.json`, in the order of their names). If anything in any
   * of them is wrong, nothing is applied. Fails with NotFound where there is no such file.
   */
  async applyFile(place: string | URL): Promise<KubernetesObject[]> {
    return this.applyAll(await manifestsAt(pathOf(place)));
  }

  /**
   * What a pod's container has printed: `await` it for the text, or iterate over its lines (with `follow` also those to
   * come). Fails with NotFound, or BadRequest while there is nothing to read.
   * @param ref `Pod/name` or `Container/name`, with a namespace in between where it is not `default`
   */
  logs(ref: string, options: LogOptions & { readonly container?: string } = {}): LogReading {
    return new LogReading(() => this.#linesOf(ref, options));
  }

  #linesOf(
    ref: string,
    { container, ...options }: LogOptions & { readonly container?: string },
  ): AsyncIterable<string> {
    const { namespace, name } = this.keyOf(ref);
    const pod = this.#store.get("Pod", namespace, name);
    if (!pod) throw new ApiError("NotFound", `pods "${name}" not found`, { kind: "pods", name });
    const agent = this.#agents.get(pod.spec.nodeName ?? "");
    if (!agent)
      throw new ApiError("BadRequest", `pod ${name} is not on a node yet, so it has printed nothing`);
    return agent.logs(pod, container, options);
  }

  /** The last 10,000 writes, oldest first, with who made each and which revision made them do it. */
  history({ after = 0 }: { readonly after?: number } = {}): Change[] {
    return this.#store.history({ after });
  }

  /** The same as it is told to people: of one object, or of all after a revision; each moment with what is different. */
  timeline(of: string | { readonly after: number } = { after: 0 }): Moment[] {
    return timeline(this.#store, typeof of === "string" ? this.keyOf(of) : of);
  }

  /** The chain of writes that led to an object's state, from its last change back to the first cause. */
  why(ref: string): Change[] {
    return causeChain(this.#store, this.keyOf(ref));
  }

  async #start(): Promise<void> {
    if (this.#stopped) throw new ApiError("ServiceUnavailable", "this cluster was stopped: make a new one");
    this.#hold = setInterval(() => {}, 2 ** 30);
    // A thread takes longer to warm up than all the rest takes to get going.
    this.#expected?.expect();
    // It is on its way before anything else is done.
    await new Promise(resolve => setImmediate(resolve));
    const { registry, events } = this.#surroundings;
    const author = { actor: "k4s" };
    for (const name of firstNamespaces)
      await registry.create(clusterWide("v1", "Namespace", name), { author });
    for (const handler of this.#runtimes.keys())
      await registry.create({ ...clusterWide("node.k8s.io/v1", "RuntimeClass", handler), handler } as Draft, {
        author,
      });
    events.start();
    for (const loop of this.#loops) loop.start();
    for (const agent of this.#agents.values()) await agent.start();
  }

  async #stop(): Promise<void> {
    await this.#started?.catch(() => {});
    await Promise.all(this.#loops.map(loop => loop.stop()));
    this.#scheduler.stop();
    this.#network.stop();
    await Promise.all([...this.#agents.values()].map(agent => agent.stop()));
    await Promise.all([...this.#runtimes.values()].map(runtime => runtime.close()));
    await this.#surroundings.events.stop();
    await this.#store.close();
    clearInterval(this.#hold);
  }
}

function runtimesFor({ spareThreads: spares }: ClusterOptions, clock: Clock): ReadonlyMap<string, Runtime> {
  const runtimes = [
    new ThreadRuntime({ clock, spares }),
    new ProcessRuntime({ clock }),
    new HollowRuntime({ clock }),
  ];
  return new Map(runtimes.map(runtime => [runtime.name, runtime]));
}

type Around = Pick<NodeSurroundings, "registry" | "clock" | "network" | "runtimes" | "onFault"> &
  Pick<Surroundings, "events">;

function agentsFor(options: ClusterOptions, { events, ...around }: Around): ReadonlyMap<string, NodeAgent> {
  const { images = [], nodes = 1, nodeCapacity, runtime: defaultRuntime, restartBackOff } = options;
  const folders = (images instanceof URL || typeof images === "string" ? [images] : images).map(pathOf);
  const surroundings: NodeSurroundings = {
    ...around,
    images: new Images({ folders, cache: cacheFolder() }),
    addresses: new PodAddresses(),
    backOff: { ...defaultBackOff, ...restartBackOff },
    tell: (about, type, reason, message, fieldPath) =>
      events.record("kubelet", about, type, reason, message, fieldPath),
  };
  const feed = new PodFeed(around.registry.store, around.clock, { resyncMs: options.resyncMs });
  const capacity = { pods: "1000", ...nodeCapacity };
  const names = Array.from({ length: nodes }, (_, number) => `node-${number}`);
  return new Map(
    names.map(name => [name, new NodeAgent({ name, capacity, defaultRuntime }, surroundings, feed)]),
  );
}

function clusterWide(apiVersion: string, kind: string, name: string): Draft {
  return { apiVersion, kind, metadata: { name } };
}

async function manifestsAt(place: string): Promise<Source[]> {
  try {
    const isFolder = (await stat(place)).isDirectory();
    const names = isFolder
      ? (await readdir(place)).filter(name => /\.(ya?ml|json)$/.test(name)).sort()
      : [""];
    const files = names.map(name => path.join(place, name));
    return await Promise.all(files.map(async file => ({ file, manifest: await readFile(file) })));
  } catch (cause) {
    const message = `cannot read manifests from ${place}: ${(cause as Error).message}`;
    throw new ApiError("NotFound", message, {}, { cause });
  }
}

function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : place;
}

function failed(controller: string, { kind, namespace, name }: ObjectKey, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${controller} failed on ${kind} ${namespace ? `${namespace}/` : ""}${name}: ${message}`, {
    cause,
  });
}

function printFault(fault: unknown): void {
  console.error(`k4s: ${fault instanceof Error ? fault.message : String(fault)}`);
}
