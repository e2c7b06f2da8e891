/**
 * The cluster: puts the parts together and gives them a start and a stop. Nothing is decided here. The store keeps, the
 * registry guards its door, loops run the controllers and the scheduler, agents run pods on nodes, the network introduces
 * their threads to each other; this file only says who gets what.
 */
import type { Authority } from "./access/index.ts";
import { AdmissionChain, pluginsFor } from "./admission/index.ts";
import { Api, Client, calls, manifestsAt, WorkerCalls } from "./api/index.ts";
import { type ClusterAccess, clusterAccess } from "./cluster-access.ts";
import { ensure, ensureFirstObjects, storedAs } from "./cluster-bootstrap.ts";
import { defineKindsOf, followDefinitions, isServed } from "./cluster-kinds.ts";
import { agentsFor, runtimesFor } from "./cluster-nodes.ts";
import { type ClusterOptions, checkOptions, pathOf } from "./cluster-options.ts";
import { controllersFor } from "./controllers/index.ts";
import { ApiError, checkArguments, messageOf } from "./errors/index.ts";
import { Lifecycle } from "./lifecycle.ts";
import { type ControllerContext, EventRecorder, Loop, Loops, type Step } from "./loop/index.ts";
import type { MessageApi } from "./messages/index.ts";
import { Network } from "./network/index.ts";
import {
  connectionsTo,
  type LogOptions,
  LogReading,
  type NodeAgent,
  type PodConnections,
  type Runtime,
} from "./node/index.ts";
import { type Metrics, type Moment, metricsOf, timeline } from "./observe/index.ts";
import { cacheFolder, realClock, realRandom } from "./outside/index.ts";
import { describeKind, KindRegistry, type KubernetesObject } from "./resources/index.ts";
import { Scheduler } from "./scheduler/index.ts";
import type { ServeOptions, Serving } from "./server/index.ts";
import {
  administrator,
  apiServerWriter,
  type Change,
  causeChain,
  MemoryStore,
  type ObjectKey,
  type Past,
  Registry,
  type Request,
  type Writer,
} from "./store/index.ts";

/** The program that runs the cluster, as it stands in history. */
const user: Writer = { actor: "user", user: administrator, manager: "k4s" };

/** Who makes what every cluster has. */
const bootstrap = apiServerWriter("k4s");

export class Cluster extends Client {
  readonly #store: MemoryStore;
  readonly #kinds: KindRegistry;
  readonly #context: ControllerContext;
  readonly #network: Network;
  readonly #api: MessageApi;
  readonly #door: Api<PodConnections>;
  /** For what comes over HTTP. */
  readonly #outerDoor: Api<PodConnections>;
  readonly #access: ClusterAccess;
  /** Signs certificates; there is none before the API is served encrypted. */
  #authority: Authority | undefined;
  readonly #scheduler: Scheduler;
  readonly #loops: Loops;
  readonly #runtimes: ReadonlyMap<string, Runtime>;
  readonly #agents: ReadonlyMap<string, NodeAgent>;
  /** The runtime that the first containers will most likely ask for; none where there are no images to run. */
  readonly #expected: Runtime | undefined;
  readonly #lifecycle: Lifecycle;
  readonly #servers: Serving[] = [];
  /** Holds the program open while the cluster runs, as a server's socket does: no timer of ours does it. */
  #hold: NodeJS.Timeout | undefined;

  constructor(options: ClusterOptions = {}) {
    checkOptions(options);
    const { clock = realClock, random = realRandom, onFault = printFault, authorize } = options;
    const kinds = new KindRegistry();
    for (const kind of options.kinds ?? []) kinds.define(describeKind(kind));
    defineKindsOf(options.objects ?? [], kinds);
    const indexedFields = { Pod: ["spec.nodeName"], Service: ["spec.clusterIP"] };
    const content = storedAs(kinds, options.objects ?? []);
    const store = new MemoryStore({ clock, onFault, indexedFields, content });
    const admission = new AdmissionChain(pluginsFor(options.admission), store);
    const access = clusterAccess({
      ...{ store, clock, random, authorize, isStrict: options.rbac ?? false },
      ensure: draft => ensure(draft, registry, { author: bootstrap, isChecked: true }),
    });
    const registry = new Registry({ store, kinds, admission, access: access.reviews, clock, random });
    const events = new EventRecorder({ registry, clock, random }, onFault);
    const lifecycle = new Lifecycle();
    const running = () => lifecycle.running();
    const agents = new Map<string, NodeAgent>();
    const streams = connectionsTo({ agents, store });
    const door = new Api<PodConnections>({ registry, clock, kinds, ...access.inside, streams });
    const parts = { api: door, store, kinds, clock, events, running };
    super(parts, user);
    this.#lifecycle = lifecycle;

    const context = { registry, clock, random, events };
    this.#store = store;
    this.#kinds = kinds;
    this.#context = context;
    this.#network = new Network({ store, clock, random, calls: new WorkerCalls(parts) });
    this.#api = lifecycle.guarded(this.#network.api);
    this.#scheduler = new Scheduler(store);
    // Who starts first is woken first: before anything else is done about a new pod, it is given a node.
    const controllers = [
      this.#scheduler.controller,
      ...controllersFor(
        () => kinds.all,
        definition => isServed(definition, kinds),
        () => this.#authority,
      ),
      ...(options.controllers ?? []),
    ];
    const { resyncMs } = options;
    const onFailure = (name: string, key: ObjectKey, cause: unknown) => onFault(failed(name, key, cause));
    this.#loops = new Loops(
      controllers.map(controller => new Loop(controller, context, { resyncMs, onFailure })),
    );
    this.#runtimes = runtimesFor(options, context);
    this.#expected = options.images ? this.#runtimes.get(options.runtime ?? "thread") : undefined;
    const around = { ...context, onFault, network: this.#network, runtimes: this.#runtimes };
    for (const [name, agent] of agentsFor(options, around)) agents.set(name, agent);
    this.#agents = agents;
    this.#door = door;
    this.#access = access;
    this.#outerDoor = new Api<PodConnections>({ registry, clock, kinds, ...access.outside, streams });
  }

  /** Messages to services and containers, from the program that runs the cluster. */
  get api(): MessageApi {
    return this.#api;
  }

  /**
   * Serves the Kubernetes API over HTTP, encrypted, for kubectl, helm and every other client. Resolves when it answers, to how
   * it is reached; `kubeconfig` is the text of the file that clients want. It ends with the cluster. Fails with BadRequest
   * where it cannot listen there.
   */
  async serve(options: Omit<ServeOptions, "folder"> = {}): Promise<Serving> {
    checkArguments("serve", calls.serve, [options]);
    await this.#lifecycle.running();
    // Who serves nothing reads none of it.
    const { serve } = await import("./server/index.ts");
    await this.#access.ready();
    const { tokens } = this.#access;
    const parts = { api: this.#outerDoor, kinds: this.#kinds, clock: this.#context.clock, tokens };
    const serving = await serve(parts, { ...options, folder: cacheFolder() });
    this.#servers.push(serving);
    this.#authority = serving.authority ?? this.#authority;
    return serving;
  }

  /** The store's revision: that of the last write. */
  get revision(): number {
    return this.#store.revision;
  }

  /** What each controller has done so far. */
  get metrics(): Metrics {
    return metricsOf(
      this.#loops.all,
      this.#store,
      this.#kinds.all.map(({ name }) => name),
    );
  }

  /** Resolves when the control plane runs and the nodes have joined. Safe to call twice. */
  start(): Promise<void> {
    return this.#lifecycle.start(ready => this.#start(ready));
  }

  /**
   * Ends every container at once; what is pending fails with ClusterStopping. Nothing is left running. Safe to call
   * twice, and before `start`; a cluster that was stopped does not start again.
   */
  stop(): Promise<void> {
    return this.#lifecycle.stop(() => this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Applies a manifest file, or all of a folder (`.yaml`, `.yml`, `.json`, in the order of their names). If anything in any
   * of them is wrong, nothing is applied. Fails with NotFound where there is no such file.
   */
  async applyFile(place: string | URL): Promise<KubernetesObject[]> {
    checkArguments("applyFile", calls.applyFile, [place]);
    await this.#lifecycle.running();
    return this.applyAll(await manifestsAt(pathOf(place)));
  }

  /**
   * What a pod's container has printed: `await` it for the text, or iterate over its lines (with `follow` also those to
   * come). Fails with NotFound, or BadRequest while there is nothing to read.
   * @param ref `Pod/name` or `Container/name`, with a namespace in between where it is not `default`
   */
  logs(ref: string, options: LogOptions & { readonly container?: string } = {}): LogReading {
    checkArguments("logs", calls.logs, [ref, options]);
    this.#lifecycle.running();
    return new LogReading(() => this.#linesOf(ref, { ...options }));
  }

  async *#linesOf(ref: string, options: Readonly<Record<string, unknown>>): AsyncGenerator<Uint8Array> {
    const { kind, namespace, name } = this.keyOf(ref);
    if (kind !== "Pod" && kind !== "Container")
      throw new ApiError("BadRequest", `a ${kind} prints nothing: name a Pod or a Container`, { kind, name });
    const target = { kind: this.#kinds.find("Pod"), namespace, name, subresource: "log" as const };
    yield* await this.#door.connect(user, target, options);
  }

  /**
   * Holds the controllers and the scheduler: what changes waits for them. Nodes and containers go on. Resolves when what was
   * under way has ended. To be called after `start`.
   */
  async pause(): Promise<void> {
    await this.#lifecycle.running();
    return this.#loops.pause();
  }

  /** Lets the controllers and the scheduler go on. */
  resume(): void {
    this.#lifecycle.running();
    this.#loops.resume();
  }

  /** While paused: lets one controller look at one object. Resolves to which; to undefined where nothing is to be done. */
  async step(): Promise<Step | undefined> {
    await this.#lifecycle.running();
    return this.#loops.step();
  }

  /** The last 10,000 writes of each kind, oldest first, with who made each and which revision made them do it. */
  history(options: { readonly after?: number } = {}): Change[] {
    checkArguments("history", calls.history, [options]);
    const { after = 0 } = options;
    return this.visible.history({ after });
  }

  /** The same as it is told to people: of one object, or of all after a revision; each moment with what is different. */
  timeline(of: string | { readonly after?: number } = {}): Moment[] {
    checkArguments("timeline", calls.timeline, [of]);
    return timeline(this.visible, typeof of === "string" ? this.keyOf(of) : { after: of.after ?? 0 });
  }

  /**
   * The world as it was after a revision: `get` and `list`, at once. Throws Expired where history does not reach back so far.
   */
  at(revision: number): Past {
    checkArguments("at", calls.at, [revision]);
    const past = this.visible.at(revision);
    return {
      revision: past.revision,
      get: (...given) => {
        checkArguments("at().get", calls["at().get"], given);
        return past.get(...given);
      },
      list: (...given) => {
        checkArguments("at().list", calls["at().list"], given);
        return past.list(...given);
      },
    };
  }

  /** The chain of writes that led to an object's state, from its last change back to the first cause. */
  why(ref: string): Change[] {
    checkArguments("why", calls.why, [ref]);
    return causeChain(this.visible, this.keyOf(ref));
  }

  async #start(ready: () => void): Promise<void> {
    // A thread takes longer to warm up than all the rest takes to get going.
    this.#expected?.expect();
    // It is on its way before anything else is done.
    await new Promise(resolve => setImmediate(resolve));
    this.#hold = setInterval(() => {}, 2 ** 30);
    const { registry, events } = this.#context;
    const request: Request = { author: bootstrap };
    await this.#store.open();
    followDefinitions(this.#store, this.#kinds);
    await ensureFirstObjects(registry, this.#runtimes.keys(), request);
    this.#network.start();
    ready();
    this.#scheduler.start();
    events.start();
    this.#loops.start();
    for (const agent of this.#agents.values()) await agent.start();
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#servers.map(server => server.close()));
    await this.#loops.stop();
    this.#scheduler.stop();
    this.#network.stop();
    await Promise.all([...this.#agents.values()].map(agent => agent.stop()));
    await Promise.all([...this.#runtimes.values()].map(runtime => runtime.close()));
    await this.#context.events.stop();
    await this.#store.close();
    clearInterval(this.#hold);
  }
}

function failed(controller: string, { kind, namespace, name }: ObjectKey, cause: unknown): Error {
  const message = messageOf(cause);
  return new Error(`${controller} failed on ${kind} ${namespace ? `${namespace}/` : ""}${name}: ${message}`, {
    cause,
  });
}

function printFault(fault: unknown): void {
  console.error(`k4s: ${messageOf(fault)}`);
}
