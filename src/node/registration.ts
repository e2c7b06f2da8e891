/**
 * What a node says of itself, to the store: it creates its Node when it starts, keeps the status of it fresh, tells what is otherwise than
 * before, and renews its lease, at once and with each heartbeat.
 */
import { hasReason } from "../errors/index.ts";
import type { Timer } from "../outside/index.ts";
import { type Node, type NodeStatus, nodeLeaseNamespace } from "../resources/index.ts";
import type { Writer } from "../store/index.ts";
import {
  defaultLabels,
  eventsOfChange,
  isStatusDue,
  type KubeletPlace,
  leaseOf,
  type NodeOptions,
  nodeObject,
  nodeStatus,
  shuttingDown,
  statusEvent,
} from "./node-object.ts";
import type { PodDependencies } from "./pods/index.ts";

type Dependencies = Pick<PodDependencies, "registry" | "clock" | "runtimes" | "volumes" | "tell" | "onFault">;

export class Registration {
  readonly #options: NodeOptions;
  readonly #writer: Writer;
  readonly #dependencies: Dependencies;
  #heartbeat: Timer | undefined;
  #isHeard = false;
  #isShuttingDown = false;
  #wasUnschedulable = false;
  /** Where its kubelet listens, if it does. */
  #place: KubeletPlace | undefined;

  constructor(options: NodeOptions, writer: Writer, dependencies: Dependencies) {
    this.#options = options;
    this.#writer = writer;
    this.#dependencies = dependencies;
  }

  get isShuttingDown(): boolean {
    return this.#isShuttingDown;
  }

  /** The Node, as it is in the store; undefined where it was deleted. */
  node(): Node | undefined {
    return this.#dependencies.registry.store.get("Node", "", this.#options.name);
  }

  /** Registers the node, and reports from now on with each heartbeat. */
  async start(): Promise<void> {
    this.#isHeard = true;
    await this.#register(true);
    this.#beatLater();
  }

  /** The same after `stop`; what fails now is done with the next heartbeat. */
  async resume(): Promise<void> {
    await this.start().catch(error => {
      this.#beatLater();
      throw error;
    });
  }

  /** From now on nothing is heard of the node. */
  stop(): void {
    this.#isHeard = false;
    this.#heartbeat?.cancel();
  }

  /** Says where its kubelet listens by now. */
  async serves(place: KubeletPlace): Promise<void> {
    if (this.#place?.host === place.host && this.#place.port === place.port) return;
    this.#place = place;
    if (this.#isHeard) await this.#register();
  }

  /** Says that the node takes no more pods, and is about to go. */
  async shutDown(): Promise<void> {
    this.#isShuttingDown = true;
    const node = this.node();
    if (node)
      this.#dependencies.tell(node, "Normal", "NodeShutdown", "Shutdown manager detected shutdown event");
    await this.#register();
  }

  #beatLater(): void {
    if (!this.#isHeard) return;
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#dependencies.clock.after(this.#options.heartbeatMs ?? 10_000, () => {
      this.#register()
        .catch(error => this.#dependencies.onFault(error))
        .finally(() => this.#beatLater());
    });
  }

  /**
   * Reports the node's status where that is due, tells what is otherwise than before, and renews its lease. As a kubelet does,
   * it creates the Node only when it starts: one that is deleted meanwhile stays so.
   */
  async #register(isStart = false): Promise<void> {
    const { registry, clock, runtimes, volumes } = this.#dependencies;
    const request = { author: this.#writer, isChecked: true };
    const isNew = !this.node();
    if (isNew && !isStart) return;
    if (isNew) {
      // Not as what controllers create: who taints a node, and who cordons it, is to be seen in its managed fields.
      await registry.create<Node>(nodeObject(this.#options), { author: this.#writer }).catch(error => {
        if (!hasReason(error, "AlreadyExists")) throw error;
      });
    } else if (isStart) await this.#completeLabels();
    let before: NodeStatus | undefined;
    const reported = (node: Node): Node => {
      const says = this.#isShuttingDown ? shuttingDown : undefined;
      const said = { says, place: this.#place };
      const own = nodeStatus(node, this.#options, [...runtimes.keys()], clock.now(), said);
      const inUse = volumes.published.inUseOn(this.#options.name);
      const isSaid = inUse.length > 0 || node.status?.volumesInUse !== undefined;
      const status = isSaid ? { ...own, volumesInUse: inUse } : own;
      before = node.status;
      return isStatusDue(node.status, status, clock.now()) ? { ...node, status } : node;
    };
    const asked = { subresource: "status", ...request };
    const written = await registry.modify("Node", "", this.#options.name, reported, asked).catch(asGone);
    if (!written) return;
    const { object: node } = written;
    const { tell } = this.#dependencies;
    if (isNew) tell(node, "Normal", "Starting", "Starting kubelet.");
    for (const told of eventsOfChange(this.#options.name, before, node.status ?? {})) tell(node, ...told);
    const isUnschedulable = node.spec?.unschedulable ?? false;
    if (isUnschedulable !== this.#wasUnschedulable)
      tell(
        node,
        ...statusEvent(this.#options.name, isUnschedulable ? "NodeNotSchedulable" : "NodeSchedulable"),
      );
    this.#wasUnschedulable = isUnschedulable;
    await this.#renewLease(node);
  }

  /** As a kubelet does whose Node is there already: labels that every node has are written where they are missing. */
  async #completeLabels(): Promise<void> {
    const { name } = this.#options;
    const complete = (node: Node): Node => {
      const labels = { ...defaultLabels(name), ...node.metadata.labels };
      const isComplete = Object.keys(labels).length === Object.keys(node.metadata.labels ?? {}).length;
      return isComplete ? node : { ...node, metadata: { ...node.metadata, labels } };
    };
    const request = { author: this.#writer };
    await this.#dependencies.registry.modify("Node", "", name, complete, request).catch(asGone);
  }

  /** Says by its lease, too, that the node is there: that is where Kubernetes' clients look. */
  async #renewLease(node: Node): Promise<void> {
    const { registry, clock } = this.#dependencies;
    const request = { author: this.#writer, isChecked: true };
    const lease = leaseOf(node, clock.now());
    const found = registry.store.get("Lease", nodeLeaseNamespace, this.#options.name);
    const renewed = found
      ? registry.update({ ...found, spec: lease.spec }, request)
      : registry.create(lease, request);
    await renewed.catch(error => {
      // Without its namespace there are no leases, or another has just written it: the next beat renews it.
      if (!hasReason(error, "NotFound", "Conflict", "AlreadyExists", "Forbidden")) throw error;
    });
  }
}

/** It was deleted since it was read. */
function asGone(error: unknown): undefined {
  if (!hasReason(error, "NotFound")) throw error;
}
