/**
 * The agent of a node, its kubelet: it registers the node (registration.ts), and has a worker (pod-worker.ts) for each pod
 * that is bound to it and that it admits (pod-admission.ts). It learns of pods from the store, and reports there.
 */
import type { Duplex } from "node:stream";
import { ApiError } from "../errors/index.ts";
import { hasEnded, isCritical, type Pod } from "../resources/index.ts";
import { nodeWriter } from "../store/index.ts";
import type { SessionOptions } from "../worker/index.ts";
import type { AskedNode, PodDialling } from "./asked-node.ts";
import type { ContainerLife, ContainerUsage } from "./containers/index.ts";
import type { KubeletPlace, NodeOptions } from "./node-object.ts";
import { PodAdmission } from "./pod-admission.ts";
import {
  nodeShutdown,
  type PodDependencies,
  type PodFeed,
  type PodListener,
  PodWorker,
  type PodWorkerOptions,
} from "./pods/index.ts";
import { Registration } from "./registration.ts";
import { inShutdownOrder, type ShutdownPeriod, usualPeriods } from "./shutdown-periods.ts";
import type { LogOptions, Session } from "./streams/index.ts";

export class NodeAgent implements PodListener, AskedNode {
  readonly name: string;
  readonly options: NodeOptions;
  readonly #dependencies: PodDependencies;
  readonly #feed: Pick<PodFeed, "listen">;
  readonly #workerOptions: PodWorkerOptions;
  /** By uid. */
  readonly #pods = new Map<string, PodWorker>();
  readonly #registration: Registration;
  readonly #admission: PodAdmission;
  #unlisten: (() => void) | undefined;
  #stopped = false;
  #isFrozen = false;
  /** What is on disk for all nodes stays until the last of those that hold it lets go. */
  #holds = false;

  constructor(options: NodeOptions, dependencies: PodDependencies, feed: Pick<PodFeed, "listen">) {
    this.name = options.name;
    this.options = options;
    const tell: PodDependencies["tell"] = (...told) => {
      if (!this.#isFrozen) dependencies.tell(...told);
    };
    this.#dependencies = { ...dependencies, tell };
    this.#feed = feed;
    const writer = nodeWriter(options.name);
    this.#registration = new Registration(options, writer, this.#dependencies);
    this.#admission = new PodAdmission({
      registration: this.#registration,
      pods: this.#pods,
      writer,
      dependencies: this.#dependencies,
    });
    const { address: hostIP = "127.0.0.1", defaultRuntime = "thread" } = options;
    this.#workerOptions = {
      dependencies: this.#dependencies,
      writer,
      hostIP,
      defaultRuntime,
      whyNotResized: pod => this.#admission.whyNotResized(pod),
    };
  }

  /** Registers the node and takes its pods in. */
  async start(): Promise<void> {
    this.#holds = true;
    this.#dependencies.ports.hold();
    this.#dependencies.volumes.folders.hold();
    await this.#registration.start();
    if (!this.#stopped) this.#unlisten = this.#feed.listen(this.name, this);
  }

  /** From now on its kubelet listens there: the node's status says so. */
  serves(place: KubeletPlace): Promise<void> {
    return this.#registration.serves(place);
  }

  /** What the containers of all its pods use that run, by the uid of the pod. */
  async usages(): Promise<ReadonlyMap<string, readonly ContainerUsage[]>> {
    const pods = [...this.allKnown()];
    const used = pods.map(async pod => [pod.metadata.uid, await this.usage(pod)] as const);
    return new Map(await Promise.all(used));
  }

  /**
   * Ends every container: it is asked, and has `graceMs` until it is killed. The objects stay as they are. Resolves when
   * nothing of them is left. Safe to call twice.
   */
  async stop(graceMs = 0): Promise<void> {
    this.#stopped = true;
    this.#registration.stop();
    this.#unlisten?.();
    this.#unlisten = undefined;
    const workers = [...this.#pods.values()];
    this.#pods.clear();
    await Promise.all(workers.map(worker => worker.abandon(graceMs)));
    if (!this.#holds) return;
    this.#holds = false;
    await this.#dependencies.ports.release();
    await this.#dependencies.volumes.folders.release();
  }

  /**
   * Shuts down as a kubelet does: says that it is no longer ready, ends its pods in the order of their priorities, and stops. The
   * pods have failed, for a reason that is no fault of theirs, so that what owns them makes others. Resolves when all have ended.
   * @param periods how long the pods of which priorities may take, be their own grace periods longer; for the usual ones see there
   */
  async shutDown(periods?: readonly ShutdownPeriod[]): Promise<void> {
    const { tell } = this.#dependencies;
    await this.#registration.shutDown();
    const workers = [...this.#pods.values()].filter(each => !hasEnded(each.pod()));
    const given = periods ?? usualPeriods(workers.some(each => isCritical(each.pod())));
    const priorityOf = (worker: PodWorker) => worker.pod().spec.priority ?? 0;
    for (const { graceMs, endings } of inShutdownOrder(workers, priorityOf, given)) {
      const cause = nodeShutdown(graceMs);
      const ended = endings.map(async worker => {
        await worker.end(cause);
        tell(worker.pod(), "Normal", "NodeShutdown", cause.message, undefined, "evacuation");
      });
      await Promise.all(ended);
    }
    await this.stop();
  }

  /**
   * From now on the node is not heard of, and hears nothing, as when its network is gone: what runs on it goes on. Safe to call
   * twice.
   */
  freeze(): void {
    if (this.#isFrozen) return;
    this.#isFrozen = true;
    this.#registration.stop();
    this.#unlisten?.();
    this.#unlisten = undefined;
    for (const worker of this.#pods.values()) worker.hold();
  }

  /** The node is back. First of all it ends the pods that were deleted meanwhile: others run in their place. */
  async thaw(): Promise<void> {
    if (!this.#isFrozen || this.#stopped) return;
    this.#isFrozen = false;
    const { store } = this.#dependencies.registry;
    for (const worker of [...this.#pods.values()]) {
      const { uid, namespace = "", name } = worker.pod().metadata;
      if (store.get("Pod", namespace, name)?.metadata.uid !== uid) this.podGone(worker.pod());
    }
    this.#unlisten = this.#feed.listen(this.name, this);
    for (const worker of this.#pods.values()) worker.release();
    await this.#registration.resume();
  }

  podChanged(pod: Pod): void {
    if (this.#stopped) return;
    const { uid } = pod.metadata;
    const worker = this.#pods.get(uid);
    if (worker) {
      const before = worker.pod();
      worker.changed(pod);
      if (before.spec !== pod.spec || hasEnded(pod)) this.#roomHasChanged();
      return;
    }
    if (isRefused(pod)) return;
    const refusal = this.#admission.whyRefused(pod);
    if (refusal) {
      this.#admission.refuse(pod, refusal).catch(error => this.#dependencies.onFault(error));
      return;
    }
    const added = new PodWorker(pod, this.#workerOptions);
    this.#pods.set(uid, added);
    added.start();
  }

  podGone(pod: Pod): void {
    this.#pods.get(pod.metadata.uid)?.gone();
    this.#pods.delete(pod.metadata.uid);
    this.#roomHasChanged();
  }

  /** Those that wait for room look again. */
  #roomHasChanged(): void {
    for (const worker of this.#pods.values()) worker.retryResize();
  }

  known(uid: string): Pod | undefined {
    return this.#pods.get(uid)?.pod();
  }

  *allKnown(): Generator<Pod> {
    for (const worker of this.#pods.values()) yield worker.pod();
  }

  /** What a container of a pod has printed, by whole lines. Fails with NotFound or BadRequest, as Kubernetes' log does. */
  async logs(
    pod: Pod,
    container: string | undefined,
    options: LogOptions = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const log = await this.#life(pod, container).log(options.previous === true);
    return log.read(options);
  }

  /** Runs a command in a container that runs (worker/exec/interpreter.ts). Fails as the kubelet does where it does not run. */
  exec(
    pod: Pod,
    container: string | undefined,
    command: readonly string[],
    options?: SessionOptions,
  ): Session {
    const life = this.#life(pod, container);
    const processes = this.#pods.get(pod.metadata.uid)?.processesFor(life.spec);
    return life.instance().exec(command, { ...options, ...(processes && { processes }) });
  }

  /** What a container that runs prints from now on. Fails as the kubelet does where it does not run. */
  attach(pod: Pod, container: string | undefined): Session {
    return this.#life(pod, container).instance().attach();
  }

  /** A connection to a port that a container of the pod listens on, as a duplex stream. Rejects as Node's connect does. */
  dial(pod: Pod, port: number): Promise<Duplex> {
    const worker = this.#pods.get(pod.metadata.uid);
    if (!worker) throw new ApiError("BadRequest", `pod ${pod.metadata.name} is not on node ${this.name}`);
    // Its own record of the address: the status may be written by others.
    return this.#dependencies.ports.dial(worker.podIP(), port, { isMachines: sharesPort(pod, port) });
  }

  /**
   * The same for a pod of this node that is known by its address.
   * @param dialling who connects, and what ends the attempt
   */
  async dialAddress(address: string, port: number, dialling: PodDialling = {}): Promise<Duplex> {
    const worker = this.#workerAt(address);
    if (!worker)
      throw Object.assign(new Error(`connect EHOSTUNREACH ${address}:${port}`), { code: "EHOSTUNREACH" });
    const isMachines = sharesPort(worker.pod(), port);
    return this.#dependencies.ports.dial(worker.podIP(), port, { ...dialling, isMachines });
  }

  /** Whether a pod of this node has that address. */
  hasAddress(address: string): boolean {
    return this.#workerAt(address) !== undefined;
  }

  /** What each container of a pod uses that runs. */
  async usage(pod: Pod): Promise<ContainerUsage[]> {
    const containers = this.#pods.get(pod.metadata.uid)?.containers ?? [];
    return (await Promise.all(containers.map(container => container.usage()))).flat();
  }

  #workerAt(address: string): PodWorker | undefined {
    for (const worker of this.#pods.values()) {
      const pod = worker.pod();
      if (pod.status?.podIP === address && !hasEnded(pod)) return worker;
    }
    return undefined;
  }

  #life(pod: Pod, container: string | undefined): ContainerLife {
    const worker = this.#pods.get(pod.metadata.uid);
    const names = worker?.containers.map(({ name }) => name) ?? [];
    const name = container ?? pod.spec.containers[0]?.name ?? "";
    const life = worker?.containers.find(other => other.name === name);
    if (life) return life;
    throw new ApiError(
      "BadRequest",
      `container ${name} is not valid for pod ${pod.metadata.name}: it has ${names.join(", ") || "none"}`,
    );
  }
}

/** A pod that its node has not taken in: it has failed, and has no containers. */
function isRefused(pod: Pod): boolean {
  return hasEnded(pod) && pod.status?.containerStatuses === undefined;
}

/**
 * Whether a port of the machine's own 127.0.0.1 may be the pod's: who may connect to pods must not reach by that what else
 * listens there, so it must be declared.
 */
function sharesPort({ spec }: Pod, port: number): boolean {
  const { containers, initContainers = [], hostNetwork = false } = spec;
  if (hostNetwork) return true;
  return [...containers, ...initContainers].some(({ ports }) =>
    ports?.some(({ containerPort, protocol = "TCP" }) => containerPort === port && protocol === "TCP"),
  );
}
