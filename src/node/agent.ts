/**
 * The agent of a node, its kubelet: it registers the node, keeps its status fresh, and has a worker (pod-worker.ts) for
 * each pod that is bound to it. It learns of pods from the store and answers there; nobody calls it.
 */
import { arch, availableParallelism, platform, totalmem } from "node:os";
import { ApiError } from "../errors/index.ts";
import { type Timer, timestamp } from "../outside/index.ts";
import type { Draft, Node, NodeCondition, NodeStatus, Pod, Taint } from "../resources/index.ts";
import type { LogOptions } from "./logs.ts";
import type { PodFeed, PodListener } from "./pod-feed.ts";
import { PodWorker, type PodWorkerOptions } from "./pod-worker.ts";
import type { Usage } from "./runtime.ts";
import type { NodeSurroundings } from "./surroundings.ts";

export interface NodeOptions {
  readonly name: string;
  /** What it can hold. Default: the processors and memory of this machine, 110 pods. */
  readonly capacity?: { readonly cpu?: string; readonly memory?: string; readonly pods?: string };
  /** Besides those that every node has (kubernetes.io/hostname, …). */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** How pods without a RuntimeClass are run. Default `thread`. */
  readonly defaultRuntime?: string;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** How often the node says that it is alive, in milliseconds. Default 10,000. */
  readonly heartbeatMs?: number;
}

const version = "v1.35.2";

/** Asked once: hundreds of nodes report it at each heartbeat, and each time it is a call to the system. */
const machine = { cpu: String(availableParallelism()), memory: `${Math.floor(totalmem() / 1024)}Ki` };

export class NodeAgent implements PodListener {
  readonly name: string;
  readonly #options: NodeOptions;
  readonly #world: NodeSurroundings;
  readonly #feed: PodFeed;
  readonly #workerOptions: PodWorkerOptions;
  /** By uid. */
  readonly #pods = new Map<string, PodWorker>();
  #unlisten: (() => void) | undefined;
  #heartbeat: Timer | undefined;
  #stopped = false;

  constructor(options: NodeOptions, world: NodeSurroundings, feed: PodFeed) {
    this.name = options.name;
    this.#options = options;
    this.#world = world;
    this.#feed = feed;
    const { address: hostIP = "127.0.0.1", defaultRuntime = "thread" } = options;
    this.#workerOptions = { world, nodeName: options.name, hostIP, defaultRuntime };
  }

  /** Registers the node and takes its pods in. */
  async start(): Promise<void> {
    await this.#register();
    this.#unlisten = this.#feed.listen(this.name, this);
    this.#beatLater();
  }

  /**
   * Ends every container: it is asked, and has `graceMs` until it is killed. The objects stay as they are. Resolves when
   * nothing of them is left. Safe to call twice.
   */
  async stop(graceMs = 0): Promise<void> {
    this.#stopped = true;
    this.#heartbeat?.cancel();
    this.#unlisten?.();
    this.#unlisten = undefined;
    const workers = [...this.#pods.values()];
    this.#pods.clear();
    await Promise.all(workers.map(worker => worker.abandon(graceMs)));
  }

  podChanged(pod: Pod): void {
    if (this.#stopped) return;
    const { uid } = pod.metadata;
    const worker = this.#pods.get(uid);
    if (worker) worker.changed(pod);
    else this.#pods.set(uid, new PodWorker(pod, this.#workerOptions));
  }

  podGone(pod: Pod): void {
    this.#pods.get(pod.metadata.uid)?.gone();
    this.#pods.delete(pod.metadata.uid);
  }

  known(uid: string): Pod | undefined {
    return this.#pods.get(uid)?.pod();
  }

  *allKnown(): Generator<Pod> {
    for (const worker of this.#pods.values()) yield worker.pod();
  }

  /** What a container of a pod has printed, line by line. Fails with NotFound or BadRequest, as Kubernetes' log does. */
  logs(pod: Pod, container: string | undefined, options: LogOptions = {}): AsyncIterable<string> {
    const worker = this.#pods.get(pod.metadata.uid);
    const names = worker?.containers.map(({ name }) => name) ?? [];
    const name = container ?? pod.spec.containers[0]?.name ?? "";
    const life = worker?.containers.find(other => other.name === name);
    if (!life) {
      throw new ApiError(
        "BadRequest",
        `container ${name} is not valid for pod ${pod.metadata.name}: it has ${names.join(", ") || "none"}`,
      );
    }
    return life.log(options.previous === true).lines(options);
  }

  /** What each container of a pod uses, by name. */
  usage(pod: Pod): Map<string, Usage> {
    const found = new Map<string, Usage>();
    for (const container of this.#pods.get(pod.metadata.uid)?.containers ?? []) {
      const usage = container.usage();
      if (usage) found.set(container.name, usage);
    }
    return found;
  }

  #beatLater(): void {
    this.#heartbeat = this.#world.clock.after(this.#options.heartbeatMs ?? 10_000, () => {
      this.#register()
        .catch(error => this.#world.onFault(error))
        .finally(() => {
          if (!this.#stopped) this.#beatLater();
        });
    });
  }

  /** Creates the Node where there is none, and reports its status either way. */
  async #register(): Promise<void> {
    const { registry } = this.#world;
    const options = { author: { actor: `node/${this.name}` }, trusted: true };
    if (!registry.store.get("Node", "", this.name)) {
      await registry.create<Node>(this.#node(), options).catch(error => {
        if (!(error instanceof ApiError && error.reason === "AlreadyExists")) throw error;
      });
    }
    await registry.modify("Node", "", this.name, node => ({ ...node, status: this.#statusOf(node) }), {
      ...options,
      subresource: "status",
    });
  }

  #node(): Draft<Node> {
    const { labels, taints } = this.#options;
    const system = { arch: arch() === "x64" ? "amd64" : arch(), os: platform() };
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: this.name,
        labels: {
          "kubernetes.io/arch": system.arch,
          "kubernetes.io/hostname": this.name,
          "kubernetes.io/os": system.os,
          ...labels,
        },
      },
      spec: taints === undefined ? {} : { taints },
    };
  }

  #statusOf({ status: before }: Node): NodeStatus {
    const { capacity = {}, address = "127.0.0.1" } = this.#options;
    const now = timestamp(this.#world.clock);
    const capacities = {
      cpu: capacity.cpu ?? machine.cpu,
      memory: capacity.memory ?? machine.memory,
      pods: capacity.pods ?? "110",
    };
    const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
      const old = before?.conditions?.find(other => other.type === type);
      const since = old?.status === status ? (old.lastTransitionTime ?? now) : now;
      return { type, status, lastHeartbeatTime: now, lastTransitionTime: since, reason, message };
    };
    return {
      ...before,
      capacity: capacities,
      allocatable: capacities,
      conditions: [
        condition(
          "MemoryPressure",
          "False",
          "KubeletHasSufficientMemory",
          "kubelet has sufficient memory available",
        ),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: this.name },
      ],
      nodeInfo: {
        machineID: this.name,
        systemUUID: this.name,
        bootID: "",
        kernelVersion: process.version,
        osImage: `Node.js ${process.version}`,
        containerRuntimeVersion: `thread://${process.versions.node}`,
        kubeletVersion: version,
        kubeProxyVersion: "",
        operatingSystem: platform(),
        architecture: arch() === "x64" ? "amd64" : arch(),
      },
      runtimeHandlers: [...this.#world.runtimes.keys()].map(name => ({ name })),
    };
  }
}
