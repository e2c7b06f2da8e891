/**
 * The cluster: its calls. Nothing is decided here: what it is made of, and who gets what, stands in parts.ts; in which order that starts and
 * stops, in cluster-run.ts.
 */
import { Client, calls, manifestsAt } from "../api/index.ts";
import { ApiError, checkArguments } from "../errors/index.ts";
import type { Step } from "../loop/index.ts";
import type { MessageApi } from "../messages/index.ts";
import type { DnsOptions, DnsServing } from "../network/index.ts";
import type { LogReading } from "../node/index.ts";
import { type Metrics, type Moment, metricsOf } from "../observe/index.ts";
import type { AutoscaleOptions } from "../operations/index.ts";
import type { HorizontalPodAutoscaler, KubernetesObject } from "../resources/index.ts";
import type { SchedulingReport } from "../scheduler/index.ts";
import type { ServeOptions, Serving } from "../server/index.ts";
import { administrator, type Change, type Past, type Writer } from "../store/index.ts";
import {
  type ClusterStats,
  type ContainerLogOptions,
  type EvictOptions,
  OwnDiscovery,
  OwnHistory,
  OwnNodes,
  OwnPods,
  OwnPolicy,
  OwnWorkloads,
  type Rollout,
  statsOf,
} from "./calls/index.ts";
import { ClusterRun } from "./cluster-run.ts";
import type { Foundations } from "./foundations.ts";
import { Lifecycle } from "./lifecycle.ts";
import { type ClusterOptions, pathOf, type StandbyOptions } from "./options/index.ts";
import { clusterPages } from "./pages.ts";
import { type ClusterParts, clusterParts } from "./parts.ts";
import { ClusterServing } from "./serving.ts";

/** The program that runs the cluster, as it stands in history. */
const user: Writer = { actor: "user", user: administrator, manager: "k4s" };

export class Cluster extends Client {
  readonly #parts: ClusterParts;
  readonly #lifecycle: Lifecycle;
  readonly #api: MessageApi;
  readonly #nodes: OwnNodes;
  readonly #pods: OwnPods;
  readonly #policy: OwnPolicy;
  readonly #discovery: OwnDiscovery;
  readonly #history: OwnHistory;
  readonly #workloads: OwnWorkloads;
  readonly #serving: ClusterServing;
  readonly #run: ClusterRun;
  readonly #options: ClusterOptions;
  readonly #on: Foundations;

  /** @param on what it stands on besides: for what is built around clusters */
  constructor(options: ClusterOptions = {}, on: Foundations = {}) {
    const lifecycle = new Lifecycle();
    const serving = new ClusterServing();
    const parts = clusterParts(
      options,
      {
        running: () => lifecycle.running(),
        authority: () => serving.authority,
        url: () => serving.url,
      },
      on,
    );
    super(parts.client, user);
    this.#options = options;
    this.#on = on;
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#serving = serving;
    const { api, kinds, store, scheduler } = parts;
    const { clock } = parts.context;
    const running = () => lifecycle.running();
    const asking = { client: this, api, caller: user, kinds, running };
    const draining = { ...asking, clock };
    this.#nodes = new OwnNodes({ ...parts.shares.nodes, store, draining, running });
    this.#workloads = new OwnWorkloads({ ...asking, now: () => clock.now() });
    this.#pods = new OwnPods({ ...asking, scheduler, draining });
    this.#policy = new OwnPolicy({ client: this, network: parts.network, running });
    const assertRunning = () => lifecycle.assertRunning();
    this.#discovery = new OwnDiscovery({ network: parts.network, running, assertRunning });
    this.#history = new OwnHistory(this.visible, ref => this.keyOf(ref));
    this.#api = lifecycle.guarded(parts.network.api);
    const warmedAtStart = options.images ? parts.runtimes.get(options.runtime ?? "thread") : undefined;
    this.#run = new ClusterRun(parts, serving, { warmedAtStart, isPlayed: on.isPlayed ?? false });
  }

  /**
   * Sets how many replicas there are to be. Resolves when that is written. Fails with NotFound, or BadRequest for what has no scale.
   * @param ref `Kind/name` or `Kind/namespace/name`
   */
  scale(ref: string, replicas: number): Promise<void> {
    return this.#workloads.scale(ref, replicas);
  }

  /**
   * Has a workload scaled by load, by a HorizontalPodAutoscaler of its name. Resolves to that. Fails with NotFound where there is no
   * such workload, BadRequest for what has no scale, AlreadyExists where there is an autoscaler of this name.
   * @param options `max` and `min` (1) replicas; `cpu`: how much of the processor time that its pods request they should use, in
   *   percent (80)
   */
  autoscale(ref: string, options: AutoscaleOptions): Promise<HorizontalPodAutoscaler> {
    return this.#workloads.autoscale(ref, options);
  }

  /** How the templates of Deployments, StatefulSets and DaemonSets are rolled out: status, wait, history, undo, restart, pause, resume. */
  get rollout(): Rollout {
    return this.#workloads;
  }

  /** How large the cluster is, how full, and what it has done to heal and to scale so far. */
  async stats(): Promise<ClusterStats> {
    await this.#lifecycle.running();
    const { counts, scalings, meter } = this.#parts.shares;
    const [nodes, pods] = [await this.list("Node"), await this.list("Pod")];
    return statsOf({ nodes, pods, usage: await meter.nodeMetrics(), counts, scalings: scalings.count });
  }

  /**
   * Asks a pod to go, unless a PodDisruptionBudget forbids that: then it fails with TooManyRequests, and may be tried again later.
   * Resolves when the pod is asked to stop.
   * @param ref `Pod/name` or `Pod/namespace/name`
   * @param options `gracePeriodSeconds`: how long it has to end; its own time unless said
   */
  evict(ref: string, options: EvictOptions = {}): Promise<void> {
    return this.#pods.evict(ref, options);
  }

  /**
   * Says how much there is of something outside of the cluster, for autoscalers with External metrics: how long a queue is, say.
   * @param value undefined: it is not known any more
   * @param options the `namespace` of the autoscalers (`default`), and `labels` by which they may choose
   */
  reportExternal(
    name: string,
    value: number | undefined,
    options: {
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string | number>>;
    } = {},
  ): void {
    checkArguments("reportExternal", calls.reportExternal, [name, value, options]);
    this.#lifecycle.assertRunning();
    const { namespace = "default", labels } = options;
    this.#parts.reported.external.report(namespace, name, value, labels);
  }

  /** What can be done to its nodes: add, cordon, drain, stop, crash, freeze, start again and remove. */
  get nodes(): OwnNodes {
    return this.#nodes;
  }

  /** Where Services and pods are reached: addresses, ports, endpoints, DNS names. */
  get discovery(): OwnDiscovery {
    return this.#discovery;
  }

  /** What NetworkPolicies allow: whether one may connect to another, before anybody tries, and what holds for a pod. */
  get policy(): OwnPolicy {
    return this.#policy;
  }

  /**
   * A further control plane over the same store, the same nodes and the same network: it takes over where this one stops, or cannot
   * renew its leases. It has an API of its own, and is to be started and stopped like any cluster; what they share begins with the
   * first of them and ends with the last, and what is done to nodes can be done through each. Throws BadRequest where this cluster has no `leaderElection`.
   * @param options what it is to have otherwise than this one
   */
  standby(options: StandbyOptions = {}): Cluster {
    checkArguments("standby", calls.standby, [options]);
    if (!this.#parts.leaders)
      throw new ApiError(
        "BadRequest",
        "standby: two control planes must agree who leads: make the first with leaderElection: true",
      );
    const { objects: _, ...same } = this.#options;
    return new Cluster({ ...same, ...options }, { ...this.#on, shares: this.#parts.shares });
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
    const shown = { pages: clusterPages(this), metrics: () => this.metrics };
    return this.#serving.serve(this.#parts, shown, options);
  }

  /**
   * Answers DNS for any program of this machine, over UDP and TCP, with the names of Services and pods: `dig @127.0.0.1 -p PORT
   * web.shop.svc.cluster.local`. Resolves when it answers, to where. It ends with the cluster. Fails with BadRequest where it cannot
   * listen there.
   */
  async serveDns(options: DnsOptions = {}): Promise<DnsServing> {
    checkArguments("serveDns", calls.serveDns, [options]);
    await this.#lifecycle.running();
    return this.#serving.serveDns(this.#parts, options);
  }

  /** Where Ingresses are reached: `127.0.0.1:8080`. Undefined without the option `ingress`, and before the start. */
  get ingress(): string | undefined {
    const { host, port } = this.#parts.shares.entrances.ingressAddress ?? {};
    return host && `${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** The store's revision: that of the last write. */
  get revision(): number {
    return this.#parts.store.revision;
  }

  /** What each controller has done so far, and what was sent to the endpoints of Services. */
  get metrics(): Metrics {
    const { loops, store, kinds, network } = this.#parts;
    const names = kinds.all.map(({ name }) => name);
    return metricsOf(loops.all, store, names, network.trafficCounts.all());
  }

  /** Resolves when the control plane runs and the nodes have joined. Safe to call twice. */
  start(): Promise<void> {
    return this.#lifecycle.start(ready => this.#run.start(ready));
  }

  /**
   * Ends every container at once; what is pending fails with ClusterStopping. Nothing is left running, also where a part cannot be
   * closed: it fails with that when all is done, with an AggregateError where there are several. Safe to call twice, and before
   * `start`; a cluster that was stopped does not start again.
   */
  stop(): Promise<void> {
    return this.#lifecycle.stop(() => this.#run.stop());
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
  logs(ref: string, options: ContainerLogOptions = {}): LogReading {
    this.#lifecycle.assertRunning();
    return this.#pods.logs(ref, options);
  }

  /**
   * Holds the controllers and the scheduler: what changes waits for them. Nodes and containers go on. Resolves when what was
   * under way has ended. To be called after `start`.
   */
  async pause(): Promise<void> {
    await this.#lifecycle.running();
    return this.#parts.loops.pause();
  }

  /** Lets the controllers and the scheduler go on. */
  resume(): void {
    this.#lifecycle.assertRunning();
    this.#parts.loops.resume();
  }

  /** While paused: lets one controller look at one object. Resolves to which; to undefined where nothing is to be done. */
  async step(): Promise<Step | undefined> {
    await this.#lifecycle.running();
    return this.#parts.loops.step();
  }

  /** The last 10,000 writes of each kind, oldest first, with who made each and which revision made them do it. */
  history(options: { readonly after?: number } = {}): Change[] {
    return this.#history.history(options);
  }

  /** The same as it is told to people: of one object, or of all after a revision; each moment with what is different. */
  timeline(of: string | { readonly after?: number } = {}): Moment[] {
    return this.#history.timeline(of);
  }

  /**
   * The world as it was after a revision: `get` and `list`, at once. Throws Expired where history does not reach back so far.
   */
  at(revision: number): Past {
    return this.#history.at(revision);
  }

  /** The chain of writes that led to an object's state, from its last change back to the first cause. */
  why(ref: string): Change[] {
    return this.#history.why(ref);
  }

  /**
   * Why a pod is where it is, or has no node: what each plugin of the scheduler says of each node, and what would have to change.
   * @param ref `Pod/name`, with a namespace in between where it is not `default`
   */
  scheduling(ref: string): Promise<SchedulingReport> {
    return this.#pods.scheduling(ref);
  }
}
