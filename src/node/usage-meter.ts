/**
 * Measures what containers use, for NodeMetrics and PodMetrics: memory as it is now, processors over the last fifteen to thirty
 * seconds. It is asked, and then goes on measuring for some minutes, so that the next one who asks learns of the last seconds
 * and not of all the time since; a cluster whose usage nobody asks for does not pay for it.
 */
import { type Clock, type Timer, timestamp } from "../outside/index.ts";
import {
  type NodeMetrics,
  type Pod,
  type PodMetrics,
  type ResourceUsage,
  usageApiVersion,
} from "../resources/index.ts";
import type { StoreReads } from "../store/index.ts";
import type { NodeAgent } from "./agent.ts";
import type { ContainerUsage } from "./containers/index.ts";
import type { PodReport } from "./reported/index.ts";
import type { Reported } from "./runtimes/index.ts";

/** How long it goes on measuring for one question. */
const interestMs = 5 * 60_000;

export interface UsageMeterParts {
  /** By the name of the node. */
  readonly agents: ReadonlyMap<string, Pick<NodeAgent, "usage" | "allKnown">>;
  /** Nodes of other processes. */
  readonly far?: FarUsage | undefined;
  readonly store: Pick<StoreReads, "get" | "list">;
  readonly clock: Clock;
  /** Told why a pod could not be measured that nobody had asked for at this moment. */
  readonly onFault: (fault: unknown) => void;
  /** How often it measures, in milliseconds. Default: metrics-server's own `--metric-resolution`, 15,000. */
  readonly periodMs?: number | undefined;
}

interface FarUsage {
  /** Of those that can be asked. */
  names(): readonly string[];
  /** Nothing where the node does not answer: as with metrics-server, there are no metrics of it then. */
  usage(pod: Pod): Promise<readonly ContainerUsage[]>;
  /** Whether the node answers. */
  answers(name: string): Promise<boolean>;
}

interface Sample {
  readonly at: number;
  readonly cpuMs: number;
  readonly reported: Reported;
}

/** By the id of an instance: the last two samples, the older one first. */
type Samples = Map<string, readonly [Sample, Sample]>;

/** What a container has used since a moment. */
export interface Measured extends ContainerUsage {
  /** Of processors, over the window. */
  readonly cores: number;
  readonly windowMs: number;
  readonly memoryBytes: number;
  /** What its worker function had reported when the window began. */
  readonly reportedBefore: Reported;
}

export class UsageMeter {
  /** How often it measures, in milliseconds. */
  readonly periodMs: number;
  readonly #parts: UsageMeterParts;
  readonly #samples: Samples = new Map();
  #askedAt = 0;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(parts: UsageMeterParts) {
    this.#parts = parts;
    this.periodMs = parts.periodMs ?? 15_000;
  }

  /** Of those of these pods that run. */
  async podMetrics(pods: readonly Pod[]): Promise<PodMetrics[]> {
    this.#goOn();
    const measured = await Promise.all(
      pods.filter(runs).map(async pod => [pod, await this.#measure(pod)] as const),
    );
    return measured
      .filter(([, containers]) => containers.length > 0)
      .map(([pod, containers]) => this.#podMetrics(pod, containers));
  }

  /** What containers of these pods report that run. */
  async reports(pods: readonly Pod[]): Promise<PodReport[]> {
    this.#goOn();
    const measured = await Promise.all(
      pods.filter(runs).map(async pod => ({ pod, of: await this.#measure(pod) })),
    );
    return measured.map(({ pod, of }) => ({
      pod,
      containers: of.flatMap(({ name, reported: now, reportedBefore: before }) =>
        now ? [{ name, now, before }] : [],
      ),
    }));
  }

  /** Of all nodes that have an agent here, or of one: what their pods use together. */
  async nodeMetrics(name?: string): Promise<NodeMetrics[]> {
    const { agents, far, store } = this.#parts;
    this.#goOn();
    const found: NodeMetrics[] = [];
    for (const [each, pods] of this.#podsByNode(name)) {
      const node = store.get("Node", "", each);
      if (!node) continue;
      if (!agents.has(each) && !(await far?.answers(each))) continue;
      const containers = await Promise.all([...pods].map(pod => this.#measure(pod)));
      const { labels } = node.metadata;
      found.push({
        ...this.#head("NodeMetrics", { name: each, labels }, containers.flat()),
        usage: sumOf(containers.flat()),
      });
    }
    return found;
  }

  /** Of the containers of a pod that run. */
  containersOf(pod: Pod): Promise<Measured[]> {
    this.#goOn();
    return this.#measure(pod);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Of all nodes that can be asked, or of one. */
  *#podsByNode(name: string | undefined): Generator<readonly [string, Iterable<Pod>]> {
    const { agents, far, store } = this.#parts;
    const isMeant = (each: string) => name === undefined || name === each;
    for (const [each, agent] of agents) if (isMeant(each)) yield [each, agent.allKnown()];
    for (const each of far?.names() ?? [])
      if (isMeant(each)) yield [each, store.list("Pod", { matchFields: { "spec.nodeName": each } })];
  }

  #podMetrics({ metadata: { name, namespace, labels } }: Pod, containers: readonly Measured[]): PodMetrics {
    return {
      ...this.#head("PodMetrics", { name, namespace, labels }, containers),
      containers: containers.map(each => ({ name: each.name, usage: sumOf([each]) })),
    };
  }

  #head<Kind extends string>(
    kind: Kind,
    { name, namespace, labels }: Pick<Pod["metadata"], "name" | "namespace" | "labels">,
    containers: readonly Measured[],
  ) {
    const now = timestamp(this.#parts.clock.now());
    const windowMs = Math.max(0, ...containers.map(each => each.windowMs));
    return {
      kind,
      apiVersion: usageApiVersion,
      // It is no object that is kept: it has no uid and no revision, as metrics-server's have none.
      metadata: {
        name,
        creationTimestamp: now,
        uid: "",
        resourceVersion: "",
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels }),
      },
      timestamp: now,
      window: `${Math.round(windowMs) / 1_000}s`,
    };
  }

  async #measure(pod: Pod): Promise<Measured[]> {
    const { agents, far, clock } = this.#parts;
    const usages = await (agents.get(pod.spec.nodeName ?? "") ?? far)?.usage(pod);
    return (usages ?? []).map(usage => this.#sampled(usage, clock.now()));
  }

  #sampled(usage: ContainerUsage, at: number): Measured {
    const { id, ageMs, cpuMs, memoryBytes = 0, reported } = usage;
    const nothing = { at: at - ageMs, series: [] };
    const started = { at: at - ageMs, cpuMs: 0, reported: nothing };
    const [older, newer] = this.#samples.get(id) ?? [started, started];
    if (at - newer.at >= this.periodMs)
      this.#samples.set(id, [newer, { at, cpuMs, reported: reported ?? nothing }]);
    const windowMs = Math.max(1, at - older.at);
    const cores = Math.max(0, cpuMs - older.cpuMs) / windowMs;
    return { ...usage, windowMs, memoryBytes, cores, reportedBefore: older.reported };
  }

  #goOn(): void {
    this.#askedAt = this.#parts.clock.now();
    if (!this.#timer && !this.#isStopped) this.#later();
  }

  #later(): void {
    const { clock, onFault } = this.#parts;
    this.#timer = clock.after(this.periodMs, async () => {
      // Who asks meanwhile finds the samples of all.
      const gone = new Set(this.#samples.keys());
      for (const agent of this.#parts.agents.values()) {
        for (const pod of agent.allKnown()) {
          // One that cannot be measured now, as its agent stops, keeps none of the others from being measured.
          await this.#again(agent, pod, gone).catch(onFault);
        }
      }
      for (const id of gone) this.#samples.delete(id);
      const isWanted = clock.now() - this.#askedAt < interestMs && !this.#isStopped;
      this.#timer = undefined;
      if (isWanted) this.#later();
      else this.#samples.clear();
    });
  }

  /** Takes those that are there out of `gone`: the rest is forgotten. */
  async #again(agent: Pick<NodeAgent, "usage">, pod: Pod, gone: Set<string>): Promise<void> {
    for (const usage of await agent.usage(pod)) {
      gone.delete(usage.id);
      this.#sampled(usage, this.#parts.clock.now());
    }
  }
}

function runs({ status }: Pod): boolean {
  return status?.phase === "Running";
}

function sumOf(containers: readonly Measured[]): ResourceUsage {
  const cores = containers.reduce((sum, each) => sum + each.cores, 0);
  const bytes = containers.reduce((sum, each) => sum + each.memoryBytes, 0);
  return { cpu: `${Math.round(cores * 1e9)}n`, memory: `${Math.ceil(bytes / 1_024)}Ki` };
}
