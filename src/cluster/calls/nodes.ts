/**
 * What can be done to the nodes of a cluster while it runs: what happens to real ones. A node is added, drained, shut down, lost
 * from one moment to the next, or cut off from the control plane; the rest of the cluster finds out as it would of a real one, by
 * what the node says and by its silence (controllers/node-lifecycle/node-lifecycle.ts).
 */
import { calls } from "../../api/index.ts";
import { ApiError, checkArguments, nearestName } from "../../errors/index.ts";
import type { NodeAgent, NodeOptions, ShutdownPeriod } from "../../node/index.ts";
import { type DrainOptions, drain } from "../../operations/index.ts";
import { conditionOf, hasEnded, type Taint } from "../../resources/index.ts";
import type { Store } from "../../store/index.ts";
import type { SharedNodes } from "../agents.ts";
import { type ClusterOptions, quantitiesOf } from "../options/index.ts";
import { cordon, type DrainParts, drainPort } from "./drain.ts";

/** What a node that is added may have of its own. */
export interface AddedNode extends Partial<Pick<NodeOptions, "name" | "labels" | "taints">> {
  readonly capacity?: ClusterOptions["nodeCapacity"];
}

/** A node that the cluster runs, as the program sees it, whatever the control plane has heard. */
export interface RunNode {
  readonly name: string;
  /** `off`: it was stopped or has crashed; `frozen`: it goes on, and is not heard of. */
  readonly state: "running" | "off" | "frozen";
  /** What the control plane believes: that it may be given pods. False where its Node object is not there. */
  readonly ready: boolean;
  /** How many pods are bound to it that have not ended. */
  readonly pods: number;
}

interface NodeParts extends SharedNodes {
  readonly store: Store;
  readonly running: () => Promise<void> | undefined;
  readonly draining: DrainParts;
}

export interface NodeStopOptions {
  /**
   * How long the pods have to end, by their priority, lowest first, as a kubelet's setting of this name says it. Default: 30 s, of which
   * critical pods, where there are any, have the last 10.
   */
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownPeriod[];
}

type Act = "nodes.stop" | "nodes.crash" | "nodes.freeze" | "nodes.start";

/** Every call fails with NotFound where there is no node of this name. */
export class OwnNodes {
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** The nodes that this cluster runs, in the order in which they came. */
  async list(): Promise<RunNode[]> {
    await this.#parts.running();
    const { agents, store } = this.#parts;
    return [...agents.keys()].map(name => {
      const node = store.get("Node", "", name);
      const pods = store.list("Pod", { matchFields: { "spec.nodeName": name } });
      return {
        name,
        state: this.#parts.down.get(name) ?? "running",
        ready: node !== undefined && conditionOf(node, "Ready")?.status === "True",
        pods: pods.filter(pod => !hasEnded(pod)).length,
      };
    });
  }

  /**
   * A further node joins. Resolves to its name, when it has joined: it is ready for pods in the next moment. A Node object of its
   * name that nothing runs yet becomes its own, and gets the labels and taints besides those that it has. Fails with AlreadyExists
   * where this cluster runs a node of this name.
   * @param options `name`: the next free `node-N` unless said; `capacity`: that of the other nodes; `labels`, `taints`
   */
  async add(options: AddedNode = {}): Promise<string> {
    checkArguments("nodes.add", calls["nodes.add"], [options]);
    await this.#parts.running();
    const { agents, makeAgent } = this.#parts;
    const { name = this.#nextName(), capacity = {}, ...own } = options;
    if (agents.has(name)) throw new ApiError("AlreadyExists", `there is a node ${name} already`, { name });
    const agent = makeAgent({ name, capacity: quantitiesOf(capacity), ...own });
    agents.set(name, agent);
    try {
      await this.#afterOthers(name, async () => {
        await this.#completeNode(name, own);
        await agent.start();
      });
    } catch (error) {
      // What it was given was refused: there is no such node.
      agents.delete(name);
      await agent.stop();
      throw error;
    }
    return name;
  }

  /**
   * Shuts a node down as an administrator does: it says that it is not ready, and ends its pods within their grace periods, in the
   * order of their priorities. Its Node object stays. Resolves when all its pods have ended.
   */
  async stop(name: string, options: NodeStopOptions = {}): Promise<void> {
    checkArguments("nodes.stop", calls["nodes.stop"], [name, options]);
    await this.#act("nodes.stop", name, async agent => {
      const before = this.#parts.down.get(name);
      this.#parts.down.set(name, "off");
      // One that is cut off cannot say that it goes.
      if (before !== undefined) return agent.stop();
      this.#parts.shuttingDown.add(name);
      await agent
        .shutDown(options.shutdownGracePeriodByPodPriority)
        .finally(() => this.#parts.shuttingDown.delete(name));
    });
  }

  /**
   * Loses a node from one moment to the next: its containers end, and nothing is heard of it any more. After 50 seconds of
   * silence it counts as not ready, and its pods leave it when their tolerationSeconds have passed.
   */
  async crash(name: string): Promise<void> {
    const found = await this.#agentOf("nodes.crash", name);
    // One that shuts down ends at once what it has still waited for.
    if (this.#parts.shuttingDown.has(name)) await found.stop();
    await this.#act("nodes.crash", name, async agent => {
      this.#parts.down.set(name, "off");
      await agent.stop();
    });
  }

  /** Cuts a node off: it is not heard of, and hears nothing, but what runs on it goes on, until it is started again. */
  freeze(name: string): Promise<void> {
    return this.#act("nodes.freeze", name, async agent => {
      if (this.#parts.down.get(name) === "off") return;
      this.#parts.down.set(name, "frozen");
      agent.freeze();
    });
  }

  /**
   * Brings back a node that was stopped, crashed or frozen. One that was frozen ends the pods that were deleted meanwhile; one
   * that was off starts the containers anew of those that are still its own; one that shuts down does that first. Safe to call
   * for one that runs.
   */
  start(name: string): Promise<void> {
    return this.#act("nodes.start", name, async agent => {
      const { agents, makeAgent, store } = this.#parts;
      const state = this.#parts.down.get(name);
      if (state === "frozen") await agent.thaw();
      else {
        // Its Node was deleted while it ran: as with a kubelet that is started anew, it registers again.
        if (state === undefined && store.get("Node", "", name)) return;
        this.#parts.down.set(name, "off");
        await agent.stop();
        const anew = makeAgent(agent.options);
        agents.set(name, anew);
        await anew.start();
      }
      // Not before: one that could not start is off, and can be asked again.
      this.#parts.down.delete(name);
    });
  }

  /**
   * Takes a node out of the cluster: its Node object is deleted and its containers end, whatever state it is in. Its pods are gone at
   * once, and those that something has in charge come up elsewhere; to move them first, `drain`. A Node object that nothing runs goes too.
   */
  async remove(name: string): Promise<void> {
    checkArguments("nodes.remove", calls["nodes.remove"], [name]);
    await this.#parts.running();
    const { agents, store, down, shuttingDown, draining } = this.#parts;
    const known = store.get("Node", "", name) ? agents.get(name) : this.#known(name);
    // One that shuts down ends at once what it has still waited for.
    if (shuttingDown.has(name)) await known?.stop();
    await this.#afterOthers(name, async () => {
      if (store.get("Node", "", name)) await draining.client.delete("Node", name);
      const agent = agents.get(name);
      agents.delete(name);
      down.delete(name);
      await agent?.stop();
    });
  }

  /** No further pod comes to the node; those that are there stay. */
  async cordon(name: string): Promise<void> {
    checkArguments("nodes.cordon", calls["nodes.cordon"], [name]);
    await this.#parts.running();
    await cordon(this.#parts.draining, name, true);
  }

  /** Pods may come to the node again. */
  async uncordon(name: string): Promise<void> {
    checkArguments("nodes.uncordon", calls["nodes.uncordon"], [name]);
    await this.#parts.running();
    await cordon(this.#parts.draining, name, false);
  }

  /**
   * Cordons the node and has its pods go, as `kubectl drain --ignore-daemonsets` does: by evictions, which keep
   * PodDisruptionBudgets, and are asked for again each second where one forbids them. Resolves when they are gone. Fails with
   * BadRequest, before any pod is asked to go, where one has no controller or an emptyDir; with Timeout where that takes too long.
   * @param options `force` (false): pods without a controller go too; `deleteEmptyDirData` (false): those with an emptyDir, too;
   *   `ignoreDaemonSets` (true): false refuses the drain where there are pods of one; `podSelector`: only pods with these labels;
   *   `disableEviction` (false): pods are deleted, whatever budgets say; `gracePeriodSeconds`: how long each has to end, its own
   *   time unless said; `timeoutMs` (10 minutes) for all; `signal`
   */
  async drain(name: string, options: DrainOptions = {}): Promise<void> {
    checkArguments("nodes.drain", calls["nodes.drain"], [name, options]);
    await this.#parts.running();
    await drain(drainPort(this.#parts.draining), name, options);
  }

  /** Gives a Node that is there already what the node is to have. */
  async #completeNode(
    name: string,
    { labels, taints = [] }: Pick<AddedNode, "labels" | "taints">,
  ): Promise<void> {
    const { store, draining } = this.#parts;
    const there = store.get("Node", "", name);
    if (!there || (!labels && taints.length === 0)) return;
    const isGiven = ({ key, effect }: Taint) =>
      taints.some(given => given.key === key && given.effect === effect);
    const others = there.spec?.taints?.filter(taint => !isGiven(taint)) ?? [];
    await draining.client.patch("Node", name, {
      metadata: { labels },
      ...(taints.length > 0 && { spec: { taints: [...others, ...taints] } }),
    });
  }

  /** Does this when all is done that was asked for before. */
  async #act(call: Act, name: string, act: (agent: NodeAgent) => Promise<void>): Promise<void> {
    await this.#agentOf(call, name);
    await this.#afterOthers(name, async () => act(this.#known(name)));
  }

  async #afterOthers(name: string, act: () => Promise<void>): Promise<void> {
    const before = this.#parts.acts.get(name);
    // Where that fails, it has told the one who asked for it.
    const mine = before ? Promise.allSettled([before]).then(act) : act();
    this.#parts.acts.set(name, mine);
    try {
      await mine;
    } finally {
      if (this.#parts.acts.get(name) === mine) this.#parts.acts.delete(name);
    }
  }

  async #agentOf(call: Act, name: string): Promise<NodeAgent> {
    checkArguments(call, calls[call], [name]);
    await this.#parts.running();
    return this.#known(name);
  }

  #known(name: string): NodeAgent {
    const { agents } = this.#parts;
    const agent = agents.get(name);
    if (agent) return agent;
    const near = nearestName(name, agents.keys());
    const hint = near === undefined ? "nodes.list tells which there are" : `did you mean ${near}?`;
    throw new ApiError("NotFound", `this cluster runs no node ${name}; ${hint}`, { kind: "Node", name });
  }

  #nextName(): string {
    const { agents, store } = this.#parts;
    let number = agents.size;
    while (agents.has(`node-${number}`) || store.get("Node", "", `node-${number}`)) number++;
    return `node-${number}`;
  }
}
